//! Programs that a plan runs on nodes: what they print is kept for the one who asks why, and none of them runs for ever.

use std::io;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use inventory::Node;

/// What a program came to.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// The beginning of what it printed.
    pub(crate) said: String,
}

/// So much of what a program prints is kept.
const KEPT: usize = 4 * 1024;

impl Ended {
    /// Nothing, or what to tell about a failure.
    pub(crate) fn or_failed(self, argv: &[String]) -> Result<(), String> {
        if self.status.success() {
            return Ok(());
        }
        let Ended { status, said } = self;
        Err(format!("{}: {status}{}{said}", argv.join(" "), if said.is_empty() { "" } else { ": " }))
    }
}

/// Runs a program on a node and waits for its end.
pub(crate) fn run(node: &Node, argv: &[String], until: Instant) -> Result<Ended, String> {
    let failed = |error: io::Error| format!("{} on {}: {error}", argv.join(" "), node.name);
    let mut command = node.command(argv);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    let printed = [collect(child.stdout.take()), collect(child.stderr.take())];
    let status = loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            break status;
        }
        if Instant::now() > until {
            end(&mut child);
            return Err(format!("{} on {} had not ended when the time was over", argv.join(" "), node.name));
        }
        thread::sleep(Duration::from_millis(20));
    };
    // what it left running may hold its output open for ever: that is not waited for
    let closed = Instant::now() + Duration::from_millis(500);
    while printed.iter().any(|printed| !printed.is_whole()) && Instant::now() < closed {
        thread::sleep(Duration::from_millis(5));
    }
    let said: Vec<String> = printed.iter().map(Printed::text).filter(|text| !text.is_empty()).collect();
    Ok(Ended { status, said: said.join(" ") })
}

fn end(child: &mut Child) {
    let _ = child.kill(); // it may have ended by itself
    let _ = child.wait();
}

/// What a program prints: the beginning of it, as far as it has come.
struct Printed {
    kept: Arc<Mutex<Vec<u8>>>,
    reader: thread::JoinHandle<()>,
}

impl Printed {
    fn is_whole(&self) -> bool {
        self.reader.is_finished()
    }

    fn text(&self) -> String {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&kept).trim().to_owned()
    }
}

/// Reads to the end, so that the program never waits.
fn collect(from: Option<impl io::Read + Send + 'static>) -> Printed {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let shared = Arc::clone(&kept);
    let reader = thread::spawn(move || {
        let Some(mut from) = from else { return };
        let mut piece = [0; 1024];
        while let Ok(length @ 1..) = from.read(&mut piece) {
            let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
            let room = KEPT.saturating_sub(kept.len()).min(length);
            kept.extend_from_slice(piece.get(..room).unwrap_or_default());
        }
    });
    Printed { kept, reader }
}
