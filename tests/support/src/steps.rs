//! What a user types into a console, step by step, and what a recording says stood on the screen after each step.

use std::thread;
use std::time::{Duration, Instant};

use regex::Regex;

use crate::console::{Console, Key};

/// How long a step may take before what is on the screen is taken as it is.
const PATIENCE: Duration = Duration::from_secs(20);

/// One step, and the lines that were new on the screen after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// `send TEXT`, `type TEXT`, `answer TEXT`, `keys NAME…`, `wait REGEX`, `rest`, `sleep SECONDS` or `kill-server`.
    pub line: String,
    /// The new lines.
    pub seen: Vec<String>,
}

/// Reads a recorded screen.
pub fn recorded(screen: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in screen.lines() {
        if let Some(line) = line.strip_prefix("<<< ") {
            if line.starts_with("(whole screen") {
                break;
            }
            steps.push(Step { line: line.to_owned(), seen: Vec::new() });
        } else if let Some(step) = steps.last_mut() {
            step.seen.push(line.strip_prefix("    ").unwrap_or(line).to_owned());
        }
    }
    steps
}

/// Types the steps into a console. A step has ended when the expected lines stand there, or when nothing moves any more.
pub fn play(console: &mut Console, expected: &[Step], kill_server: impl Fn()) -> Vec<Step> {
    console.fresh();
    let mut seen = Vec::with_capacity(expected.len());
    for step in expected {
        let (word, rest) = step.line.split_once(' ').unwrap_or((&step.line, ""));
        let as_expected = |new: &[String]| !step.seen.is_empty() && normalised(new) == step.seen;
        match word {
            "send" | "answer" => {
                console.type_line(rest);
                thread::sleep(Duration::from_millis(100));
            }
            "type" => {
                console.type_text(rest);
                thread::sleep(Duration::from_millis(200));
            }
            "keys" => {
                for name in rest.split(' ') {
                    console.press(key(name));
                }
                thread::sleep(Duration::from_millis(400));
            }
            "kill-server" => kill_server(),
            "wait" | "rest" | "sleep" => {}
            other => panic!("unknown step {other}"),
        }
        let at_prompt = Regex::new(if word == "wait" { rest } else { r"(?:PS(?: [^>]*)?|PEP)>$" }).unwrap();
        let (start, end) = (Instant::now(), Instant::now() + PATIENCE);
        // a console that moves all the time (progress) is not at rest, but it has had its time
        let moving = Instant::now() + Duration::from_secs(5);
        loop {
            let quiet = console.quiet();
            if as_expected(&console.peek()) && quiet >= Duration::from_millis(60) {
                break;
            }
            let settled = match word {
                "send" | "wait" => at_prompt.is_match(console.lines().last().map_or("", |line| line.as_str())),
                "sleep" => start.elapsed() > Duration::from_secs_f64(rest.parse::<f64>().unwrap() + 1.5),
                "kill-server" => step.seen.is_empty() || start.elapsed() > Duration::from_secs(3),
                _ => true,
            };
            if settled && (quiet >= Duration::from_millis(700) || Instant::now() > moving) || Instant::now() > end {
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
        seen.push(Step { line: step.line.clone(), seen: normalised(&console.fresh()) });
    }
    seen
}

/// What each step is called where its screen may differ: a key also by what was typed before it.
pub fn labels(steps: &[Step]) -> Vec<String> {
    let mut typed = "";
    let label = |step: &'_ Step, typed: &str| {
        if step.line.starts_with("keys ") { format!("{} after {typed}", step.line) } else { step.line.clone() }
    };
    let mut labels = Vec::with_capacity(steps.len());
    for step in steps {
        typed = step.line.strip_prefix("type ").unwrap_or(typed);
        labels.push(label(step, typed));
    }
    labels
}

/// Lines without what differs from run to run: GUIDs, the names of temporary modules, how far a progress bar is, the size of a
/// window that is none, the order of a hashtable's entries.
pub fn normalised(lines: &[String]) -> Vec<String> {
    const RULES: [(&str, &str); 5] = [
        (r"window 80,\d+ buffer 80,\d+ max 80,\d+ 80,\d+", "window of no terminal"),
        (r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|\{guid\d+\}", "{guid}"),
        (r"tmp_\w{8}\.\w{3}", "tmp_module"),
        (r"\[Step \d+ of (\d+) +\]", "[Step … of $1 ]"),
        (r"^(\s*)(?:\x1b\[[0-9;]*m)+", "$1"),
    ];
    let normalised = lines.iter().map(|line| {
        RULES.iter().fold(line.clone(), |line, (pattern, word)| {
            Regex::new(pattern).unwrap().replace_all(&line, *word).into_owned()
        })
    });
    let mut normalised: Vec<String> = normalised.collect();
    for at in 1..normalised.len() {
        let entry = |line: &str, key: &str| line.trim_start().starts_with(key);
        if entry(&normalised[at - 1], "two   ") && entry(&normalised[at], "one   ") {
            normalised.swap(at - 1, at);
        }
    }
    normalised
}

fn key(name: &str) -> Key {
    match name {
        "Enter" => Key::Enter,
        "Tab" => Key::Tab,
        "Space" => Key::Space,
        "Up" => Key::Up,
        "F1" => Key::F1,
        "C-Space" => Key::Ctrl(' '),
        _ => match name.strip_prefix("C-").unwrap_or(name).chars().next().unwrap() {
            letter if name.starts_with("C-") => Key::Ctrl(letter),
            letter => Key::Letter(letter),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{normalised, recorded};

    #[test]
    fn a_recorded_screen_is_read_step_by_step() {
        let steps = recorded("<<< send a\n    PS>a\n    \n    b\n<<< rest\n<<< (whole screen at the end)\n    PS>a\n");
        assert_eq!(steps.len(), 2);
        assert_eq!((steps[0].line.as_str(), steps[0].seen.join("|")), ("send a", "PS>a||b".to_owned()));
        assert!(steps[1].seen.is_empty());
    }

    #[test]
    fn what_differs_from_run_to_run_is_a_word() {
        let lines = ["id 11111111-2222-3333-4444-555555555555".to_owned(), "Long task [Step 3 of 100     ]".to_owned()];
        assert_eq!(normalised(&lines), ["id {guid}", "Long task [Step … of 100 ]"]);
    }
}
