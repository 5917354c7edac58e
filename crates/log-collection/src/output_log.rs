//! `Get-AzureStackLog_Output.log`: what happened, beside the zips, line by line while it happens.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::oneshot;

use crate::target::{Target, TargetFile};

const NAME: &str = "Get-AzureStackLog_Output.log";

/// The log of one run. Dropped before it is closed, it says that the run was broken off.
pub(crate) struct OutputLog {
    lines: mpsc::Sender<Line>,
    closed: oneshot::Receiver<io::Result<()>>,
    zone: TimeZone,
    lost: AtomicUsize,
}

enum Line {
    Text(String),
    End,
}

impl OutputLog {
    /// Makes it. The caller may block.
    pub(crate) fn open(target: &dyn Target, folder: &str, zone: TimeZone, head: &[String]) -> io::Result<OutputLog> {
        let mut file = target.create(&format!("{folder}/{NAME}"))?;
        let (lines, came) = mpsc::channel();
        let (close, closed) = oneshot::channel();
        for line in head {
            writeln!(file, "{line}\r")?;
        }
        file.flush()?;
        std::thread::Builder::new().name("output-log".into()).spawn(move || {
            let _ = close.send(write(file, &came)); // a run that was broken off does not ask
        })?;
        Ok(OutputLog { lines, closed, zone, lost: AtomicUsize::new(0) })
    }

    /// One line, with the time on the stamp's clock.
    pub(crate) fn line(&self, text: &str) {
        let now = Timestamp::now().to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S%:z").to_string();
        let clean: String = text.chars().filter(|letter| !letter.is_control()).collect();
        let _ = self.lines.send(Line::Text(format!("{now} {clean}"))); // a broken log is told at its end
    }

    pub(crate) fn count_lost(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn lost(&self) -> usize {
        self.lost.load(Ordering::Relaxed)
    }

    /// Waits until it is whole.
    pub(crate) async fn close(self) -> io::Result<()> {
        let _ = self.lines.send(Line::End);
        self.closed.await.map_err(io::Error::other)?
    }
}

fn write(mut file: Box<dyn TargetFile>, lines: &mpsc::Receiver<Line>) -> io::Result<()> {
    loop {
        match lines.recv() {
            Ok(Line::Text(line)) => {
                writeln!(file, "{line}\r")?;
                file.flush()?;
            }
            Ok(Line::End) => return file.finish(),
            Err(_) => {
                writeln!(file, "The collection was broken off.\r")?;
                return file.finish();
            }
        }
    }
}
