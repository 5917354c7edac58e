//! How fast CLIXML is written and read: a document of about 10 MB made of what endpoints send.

use std::time::{Duration, Instant};

use clixml::{DateTime, Limits, Object, Plain, TimeSpan, Value, read, write};

/// MB/s, one core.
pub(crate) struct Speed {
    pub(crate) encode: f64,
    pub(crate) decode: f64,
    pub(crate) megabytes: f64,
    /// What was read and written.
    pub(crate) text: String,
}

pub(crate) fn measure() -> Speed {
    let document = document();
    let mut text = String::new();
    write(&document, &Plain, &mut text);
    let limits = Limits { bytes: usize::MAX, elements: usize::MAX, ..Limits::default() };
    let encode = best(|| {
        let mut out = String::with_capacity(text.len());
        write(&document, &Plain, &mut out);
        out.len()
    });
    let decode = best(|| {
        read(&text, &limits, &Plain).expect("what was written can be read");
        text.len()
    });
    #[allow(clippy::cast_precision_loss)]
    Speed { encode, decode, megabytes: text.len() as f64 / 1e6, text }
}

/// Best of several rounds: the machine's other work only ever slows it.
fn best(mut round: impl FnMut() -> usize) -> f64 {
    let mut best = Duration::MAX;
    let mut bytes = 0;
    for _ in 0..9 {
        let start = Instant::now();
        bytes = round();
        best = best.min(start.elapsed());
    }
    #[allow(clippy::cast_precision_loss)]
    let megabytes = bytes as f64 / 1e6;
    megabytes / best.as_secs_f64()
}

fn document() -> Value {
    let rows = (0..24_000).map(|number: i32| {
        Object::with_type_names(&[
            "Selected.System.Diagnostics.Process",
            "System.Management.Automation.PSCustomObject",
            "System.Object",
        ])
        .note("Name", format!("service-{number:05}"))
        .note("Id", number)
        .note("Responding", number % 3 != 0)
        .note("WorkingSet", i64::from(number) * 4096)
        .note("CPU", f64::from(number) * 0.25)
        .note("StartTime", DateTime::from_unix(1_700_000_000 + i64::from(number), 0))
        .note("Elapsed", TimeSpan::from_ticks(i64::from(number) * 1_234_567))
        .note("Path", format!("/usr/lib/services/{number}/bin/service --config \"/etc/service/{number}.toml\" <main>"))
        .note("Description", "Keeps the fabric's inventory, and tells who asks for it.")
        .into()
    });
    Value::array(rows.collect())
}

/// The same document in another implementation: a program that prints MB/s of encode and of decode.
pub(crate) fn of_peer(program: &str, text: &str) -> (f64, f64) {
    let path = std::env::temp_dir().join(format!("pepd-bench-{}.clixml", std::process::id()));
    std::fs::write(&path, text).expect("a file for the peer");
    let output = std::process::Command::new(program).arg(&path).output().expect("the peer runs");
    let _ = std::fs::remove_file(&path);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut figures = printed.split_whitespace().map(|figure| figure.parse().expect("a number"));
    (figures.next().expect("encode"), figures.next().expect("decode"))
}
