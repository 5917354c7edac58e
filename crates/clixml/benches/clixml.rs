//! How fast CLIXML is written and read.

#![allow(missing_docs, clippy::unwrap_used)]

use clixml::{DateTime, Limits, Object, Plain, Value, read, to_string, write};
use divan::Bencher;
use divan::counter::BytesCount;

fn main() {
    divan::main();
}

/// About a megabyte of property bags.
fn document() -> Value {
    let rows = (0..3_000).map(|number: i32| {
        Object::custom()
            .note("Name", format!("service-{number:05}"))
            .note("Id", number)
            .note("Responding", number % 3 != 0)
            .note("CPU", f64::from(number) * 0.25)
            .note("StartTime", DateTime::from_unix(1_700_000_000 + i64::from(number), 0))
            .note("Path", format!("/usr/lib/services/{number}/bin/service --config \"/etc/service.toml\" <main>"))
            .note("Description", "Keeps the fabric's inventory, and tells who asks for it.")
            .into()
    });
    Value::array(rows.collect())
}

#[divan::bench]
fn encode(bencher: Bencher<'_, '_>) {
    let document = document();
    let size = to_string(&document, &Plain).len();
    bencher.counter(BytesCount::new(size)).bench_local(|| {
        let mut out = String::with_capacity(size);
        write(&document, &Plain, &mut out);
        out
    });
}

#[divan::bench]
fn decode(bencher: Bencher<'_, '_>) {
    let text = to_string(&document(), &Plain);
    bencher.counter(BytesCount::new(text.len())).bench_local(|| read(&text, &Limits::default(), &Plain).unwrap());
}
