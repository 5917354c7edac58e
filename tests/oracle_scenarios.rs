//! Stock PowerShell does to pepd what it did to a real endpoint when the recordings were made: the same messages, the same screens.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::fs;

use support::capture;
use support::compare::{Allowed, RECORDED_PLACE, compare_from, conversation, lines_apart, report};
use support::machine;
use support::oracle::{Recording, run_script};
use support::stand_in::StandIn;
use support::steps::{self, Step};

/// One test a recording.
macro_rules! recordings {
    ($how:ident: $($test:ident = $name:literal;)*) => { $(#[test] fn $test() { $how($name); })* };
}

recordings! { scenario:
    api = "api";
    errors = "errors";
    failures = "failures";
    format_data = "format-data";
    get_command = "get-command";
    help = "help";
    import = "import";
    import_some = "import-some";
    invoke = "invoke";
    more = "more";
    objects = "objects";
    open_close = "open-close";
    parameters = "parameters";
    pool = "pool";
    prompts_noninteractive = "prompts-noninteractive";
    prompts_noninteractive_2_3 = "prompts-noninteractive-2.3";
    report_pipeline = "report-pipeline";
    scripts = "scripts";
    secret_output = "secret-output";
    secret_output_2_3 = "secret-output-2.3";
    secure = "secure";
    secure_2_3 = "secure-2.3";
    stop = "stop";
    streams = "streams";
    variables = "variables";
}

recordings! { screen:
    enter_basic = "screen-enter-basic";
    enter_errors = "screen-enter-errors";
    enter_keys = "screen-enter-keys";
    enter_lost = "screen-enter-lost";
    enter_prompts = "screen-enter-prompts";
    enter_secrets_2_3 = "screen-enter-secrets-2.3";
    enter_session = "screen-enter-session";
    enter_stop = "screen-enter-stop";
    enter_streams = "screen-enter-streams";
    friendly_keys = "screen-friendly-keys";
    import_screen = "screen-import";
}

#[test]
fn every_recording_is_lived_through() {
    let text = fs::read_to_string(machine::repository().join("tests/oracle_scenarios.rs")).unwrap();
    for name in Recording::names() {
        assert!(text.contains(&format!("= \"{name}\";")), "{name}");
    }
}

#[test]
fn the_page_shows_what_is_allowed_to_differ() {
    let path = machine::repository().join("docs/differences.md");
    let (begin, end) = ("<!-- differences: begin -->\n", "<!-- differences: end -->");
    let page = fs::read_to_string(&path).unwrap();
    let (head, rest) = page.split_once(begin).unwrap();
    let (_, tail) = rest.split_once(end).unwrap();
    let wanted = format!("{head}{begin}{}{end}{tail}", Allowed::load().table());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &wanted).unwrap();
    }
    assert!(
        page == wanted,
        "docs/differences.md is not what fixtures/oracle/differences.toml says: UPDATE_DOCS=1 rewrites it"
    );
}

fn stand_in(recording: Recording<'_>) -> StandIn {
    let server = format!("{} {}", machine::built("oracle-pepd").display(), recording.server_arguments().join(" "));
    StandIn::new(&server).protocol(recording.protocol())
}

/// A script: what it printed, and what the server said.
fn scenario(name: &str) {
    let (recording, allowed) = (Recording { name }, Allowed::load());
    let stand_in = stand_in(recording);
    let script = recording.script();
    let printed = stand_in.client.run_file(&run_script(), &[script.to_str().unwrap()]).text;
    let place = script.parent().unwrap().to_str().unwrap();
    let printed: Vec<String> =
        printed.lines().map(|line| line.replace(place, "/srv/oracle/client/scenarios")).collect();
    let wanted = allowed.predicted(name, "", &steps::normalised(&recording.printed()));
    let printed = allowed.settled(name, &steps::normalised(&printed));
    let kept = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.printed"));
    fs::write(kept, printed.join("\n")).unwrap(); // for whoever wonders about a failure
    let mut problems = lines_apart("what the client printed", &wanted, &printed);
    problems += &messages(recording, place, &stand_in, &allowed);
    assert!(problems.is_empty(), "{name}\n{problems}");
}

/// A user at a console: what stood there after each step, and what the server said.
fn screen(name: &str) {
    let (recording, allowed) = (Recording { name }, Allowed::load());
    let stand_in = stand_in(recording);
    let recorded = recording.screen();
    let labels = steps::labels(&recorded);
    let wanted: Vec<Step> = recorded
        .into_iter()
        .zip(&labels)
        .map(|(step, label)| Step {
            seen: allowed.predicted(name, label, &steps::normalised(&step.seen)),
            line: step.line,
        })
        .collect();
    let mut console = stand_in.client.console();
    let seen = steps::play(&mut console, &wanted, || stand_in.kill_server());
    drop(console);
    let mut problems: String = wanted.iter().zip(&seen).map(|(a, b)| lines_apart(&a.line, &a.seen, &b.seen)).collect();
    problems += &messages(recording, RECORDED_PLACE, &stand_in, &allowed);
    assert!(problems.is_empty(), "{name}\n{problems}");
}

fn messages(recording: Recording<'_>, place: &str, stand_in: &StandIn, allowed: &Allowed) -> String {
    let ours = conversation(&capture::load(&stand_in.capture()));
    let left = allowed.unexplained(recording.name, compare_from(place, &conversation(&recording.chunks()), &ours));
    if left.is_empty() {
        String::new()
    } else {
        format!("== what the server said ({} differences)\n{}", left.len(), report(&left))
    }
}
