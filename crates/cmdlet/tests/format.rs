//! The formatter writes what a real PowerShell 7.6 writes: each case of `fixtures/format` at three widths, byte for byte.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Instant;

use clixml::{Limits, Plain, Value};
use cmdlet::format::{Alignment, Column, ErrorView, Item, OutDefault, View};

/// The views of `node.format.ps1xml`.
const VIEWS: [View; 4] = [
    View::table(
        "PepNode",
        &["Oracle.Pep.Node"],
        &[
            Column::property("Name").label("Node").width(12),
            Column::property("State").label("State").width(10),
            Column::property("FreeGB").label("Free GB").width(8).align(Alignment::Right),
            Column::property("LastSeen"),
        ],
    ),
    View::list(
        "PepJob",
        &["Oracle.Pep.Job"],
        &[
            Item::property("Id").label("Job"),
            Item::property("Status"),
            Item::computed("Seconds", "Elapsed", |job| job.property("Elapsed").map_or(Value::Null, seconds)),
        ],
    ),
    View::table(
        "PepAuto",
        &["Oracle.Pep.Auto"],
        &[Column::property("Id").label("Number").width(20).align(Alignment::Right), Column::property("Name")],
    )
    .auto_size(),
    View::table(
        "PepNote",
        &["Oracle.Pep.Note"],
        &[
            Column::property("Id").width(4).align(Alignment::Right),
            Column::property("Text").label("A long heading indeed").width(10),
            Column::property("End").label("Closing").width(5),
        ],
    )
    .wrap(),
];

fn seconds(span: &Value) -> Value {
    match span {
        Value::TimeSpan(span) => (span.ticks / clixml::TimeSpan::TICKS_PER_SECOND).into(),
        _ => Value::Null,
    }
}

fn fixtures() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/format"))
}

fn objects(name: &str) -> Vec<Value> {
    let text = fs::read_to_string(fixtures().join(format!("{name}.clixml"))).unwrap();
    let document = clixml::read_document(&text, &Limits::default(), &Plain).unwrap();
    document[0].as_list().unwrap().to_vec()
}

/// `Out-String` uses all columns of its width; a console leaves the last one free.
fn shown(objects: &[Value], width: u16) -> String {
    let mut formatter = OutDefault::new(VIEWS, width + 1, true, ErrorView::Concise);
    let now = Instant::now();
    let mut lines: Vec<_> = objects.iter().flat_map(|object| formatter.push(object, now)).collect();
    lines.extend(formatter.finish());
    lines.into_iter().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "{}", line.text);
        text
    })
}

#[test]
fn every_shape_reads_as_the_real_formatter_writes_it() {
    let mut names: Vec<String> = fs::read_dir(fixtures())
        .unwrap()
        .filter_map(|entry| {
            entry.unwrap().file_name().into_string().unwrap().strip_suffix(".clixml").map(str::to_owned)
        })
        .collect();
    names.sort();
    assert!(names.len() >= 35, "the fixtures are there");
    let mut wrong = String::new();
    for name in &names {
        let objects = objects(name);
        let expected = fs::read_to_string(fixtures().join(format!("{name}.txt"))).unwrap();
        let parts: Vec<&str> = expected.split("#### ").skip(1).collect();
        assert_eq!(parts.len(), 3, "{name}");
        for part in parts {
            let (width, expected) = part.split_once('\n').unwrap();
            let got = shown(&objects, width.parse().unwrap());
            if got != expected {
                let _ = writeln!(wrong, "== {name} at {width}\n-- expected\n{expected:?}\n-- got\n{got:?}");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Lines of an interactive session with a real endpoint, and the objects behind them.
#[test]
fn screens_read_as_those_of_a_real_session() {
    for name in ["table3", "list6", "nested", "mixed", "hash", "typed"] {
        let read = |kind: &str| fs::read_to_string(fixtures().join(format!("screens/{name}.{kind}"))).unwrap();
        let objects: Vec<Value> =
            read("objects").lines().map(|body| clixml::read(body, &Limits::default(), &Plain).unwrap()).collect();
        assert_eq!(shown(&objects, 99), read("screen"), "{name}");
    }
}
