//! What real clients said to a real endpoint is said again, without a client, to the same commands served by pepd.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use support::capture::Chunk;
use support::compare::{Allowed, Delta, compare, conversation, report};
use support::machine;
use support::oracle::Recording;
use support::replay::replay;
use support::steps::{labels, normalised};

/// One test a recording.
macro_rules! recordings {
    ($($test:ident = $name:literal;)*) => {
        const PLAYED: &[&str] = &[$($name,)*];
        $(#[test] fn $test() { play($name); })*
    };
}

recordings! {
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
    report_pipeline = "report-pipeline";
    screen_enter_basic = "screen-enter-basic";
    screen_enter_errors = "screen-enter-errors";
    screen_enter_keys = "screen-enter-keys";
    screen_enter_prompts = "screen-enter-prompts";
    screen_enter_session = "screen-enter-session";
    screen_enter_stop = "screen-enter-stop";
    screen_enter_streams = "screen-enter-streams";
    screen_friendly_keys = "screen-friendly-keys";
    screen_import = "screen-import";
    scripts = "scripts";
    secret_output = "secret-output";
    secure = "secure";
    stop = "stop";
    streams = "streams";
    variables = "variables";
}

/// A secret of protocol 2.3 was sealed for one session's key, and a killed server ends a conversation in mid-word.
const ONLY_LIVE: [&str; 5] =
    ["prompts-noninteractive-2.3", "screen-enter-lost", "screen-enter-secrets-2.3", "secret-output-2.3", "secure-2.3"];

#[test]
fn every_recording_is_played() {
    let mut names = [PLAYED, &ONLY_LIVE].concat();
    names.sort_unstable();
    assert_eq!(names, Recording::names());
}

#[test]
fn a_recording_is_equal_to_itself() {
    for name in Recording::names() {
        let chunks = Recording { name: &name }.chunks();
        assert_eq!(compare(&conversation(&chunks), &conversation(&chunks)), [], "{name}");
    }
}

#[test]
fn a_tampered_recording_is_not() {
    let chunks = Recording { name: "invoke" }.chunks();
    let real = conversation(&chunks);
    let mut tampered = real.clone();
    let group = tampered.iter_mut().find(|group| group.label == "Get-PepGreeting -Name World").unwrap();
    group.messages[0].body = Some("Hello Mallory".into());
    let deltas = compare(&real, &tampered);
    assert_eq!(lines(&deltas), ["- $ = String Hello World (Low) 1", "+ $ = String Hello Mallory"]);

    let mut shorter = real.clone();
    shorter.iter_mut().find(|group| group.label == "Get-PepGreeting -Name World").unwrap().messages.pop();
    assert_eq!(lines(&compare(&real, &shorter)), ["- the whole message: "]);
    assert_eq!(compare(&real, &real[1..]).len(), 1);
}

fn lines(deltas: &[Delta]) -> Vec<&str> {
    deltas.iter().map(|delta| delta.line.as_str()).collect()
}

fn play(name: &str) {
    let (left, missed) = unexplained(name, &Allowed::load());
    assert!(left.is_empty(), "{name}: {} differences\n{}\nwaited for in vain: {missed:#?}", left.len(), report(&left));
}

fn unexplained(name: &str, allowed: &Allowed) -> (Vec<Delta>, Vec<String>) {
    let server = machine::built("oracle-pepd");
    let recorded = Recording { name }.chunks();
    let (mut ours, mut missed): (Vec<Vec<Chunk>>, Vec<String>) = (Vec::new(), Vec::new());
    for connection in &recorded {
        let played = replay(&server, Recording { name }.server_arguments(), connection);
        ours.push(played.chunks);
        missed.extend(played.missed);
    }
    (allowed.unexplained(name, compare(&conversation(&recorded), &conversation(&ours))), missed)
}

#[test]
fn whatever_is_allowed_to_differ_still_does() {
    let allowed = Allowed::load();
    for name in PLAYED {
        unexplained(name, &allowed);
        let recording = Recording { name };
        if name.starts_with("screen-") {
            let steps = recording.screen();
            for (step, label) in steps.iter().zip(labels(&steps)) {
                allowed.predicted(name, &label, &normalised(&step.seen));
            }
        } else {
            allowed.predicted(name, "", &normalised(&recording.printed()));
        }
    }
    assert_eq!(allowed.unused(PLAYED), [""; 0], "no longer different: take it out of fixtures/oracle/differences.toml");
}
