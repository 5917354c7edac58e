//! A program on a pseudo-terminal, typed into as a user would, and its screen.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use regex::Regex;

use crate::terminal::Terminal;

/// Lines and columns.
#[derive(Clone, Copy, Debug)]
pub struct Size(pub u16, pub u16);

/// How long a text may take to appear before the test has failed.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How long nothing must change before the screen counts as at rest.
const QUIET: Duration = Duration::from_millis(600);

/// A program on a pseudo-terminal. Ended when dropped.
pub struct Console {
    shared: Arc<Shared>,
    input: Arc<Mutex<Box<dyn Write + Send>>>,
    child: Box<dyn Child + Send + Sync>,
    /// Lines that `fresh` has returned.
    seen: Vec<String>,
    _master: Box<dyn MasterPty + Send>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    terminal: Terminal,
    /// When output last came.
    last: Instant,
    /// The program has gone.
    ended: bool,
}

/// A key with a name.
#[derive(Clone, Copy, Debug)]
pub enum Key {
    /// Enter.
    Enter,
    /// Tab.
    Tab,
    /// The space bar.
    Space,
    /// Arrow up.
    Up,
    /// F1.
    F1,
    /// A letter alone.
    Letter(char),
    /// Ctrl and a letter, or Ctrl and space as `' '`.
    Ctrl(char),
}

impl Key {
    fn bytes(self) -> Vec<u8> {
        match self {
            Key::Enter => b"\r".to_vec(),
            Key::Tab => b"\t".to_vec(),
            Key::Space => b" ".to_vec(),
            Key::Up => b"\x1bOA".to_vec(),
            Key::F1 => b"\x1bOP".to_vec(),
            Key::Letter(letter) => letter.to_string().into_bytes(),
            Key::Ctrl(' ') => vec![0],
            Key::Ctrl(letter) => vec![letter.to_ascii_lowercase() as u8 & 0x1f],
        }
    }
}

impl Console {
    /// Starts a program with exactly these variables around it.
    pub fn start(
        Size(rows, cols): Size,
        program: &Path,
        arguments: &[&str],
        environment: &[(OsString, OsString)],
    ) -> Console {
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        for (name, value) in environment {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let state = State { terminal: Terminal::new(rows, cols), last: Instant::now(), ended: false };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let input = Arc::new(Mutex::new(pair.master.take_writer().unwrap()));
        let reader = pair.master.try_clone_reader().unwrap();
        thread::spawn({
            let (shared, input) = (Arc::clone(&shared), Arc::clone(&input));
            move || show(reader, &shared, &input)
        });
        Console { shared, input, child, seen: Vec::new(), _master: pair.master }
    }

    /// Waits until the program ends; did it end with 0? `None` if it did not end in time.
    pub fn wait_for_end(&mut self, patience: Duration) -> Option<bool> {
        let end = Instant::now() + patience;
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Some(status.success());
            }
            thread::sleep(Duration::from_millis(20));
        }
        None
    }

    /// Types text, without Enter.
    pub fn type_text(&self, text: &str) {
        self.write(text.as_bytes());
    }

    /// Types text and Enter, as a user does: the text is on the screen before Enter is pressed.
    pub fn type_line(&self, text: &str) {
        self.write(text.as_bytes());
        self.rest_for(Duration::from_millis(120));
        self.press(Key::Enter);
    }

    /// Presses a key.
    pub fn press(&self, key: Key) {
        self.write(&key.bytes());
    }

    fn write(&self, bytes: &[u8]) {
        let mut input = self.input.lock().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    /// Every line, those that scrolled away too.
    pub fn lines(&self) -> Vec<String> {
        self.shared.state.lock().unwrap().terminal.lines()
    }

    /// The lines as one text, those put together that the terminal broke at its right edge.
    pub fn screen(&self) -> String {
        self.paragraphs().join("\n")
    }

    /// Waits until the text is somewhere on the screen.
    pub fn wait_for(&self, text: &str) {
        self.wait_until(&format!("{text:?}"), PATIENCE, |lines| lines.iter().any(|line| line.contains(text)));
    }

    /// Waits until the last line matches.
    pub fn wait_for_last(&self, pattern: &str) {
        let regex = Regex::new(pattern).unwrap();
        let last = |lines: &[String]| lines.last().is_some_and(|line| regex.is_match(line));
        self.wait_until(&format!("a last line like {pattern}"), PATIENCE, last);
    }

    /// Waits until the lines, put together where the terminal broke them, are as wanted; failing to is the test's failure.
    pub fn wait_until(&self, what: &str, patience: Duration, wanted: impl Fn(&[String]) -> bool) {
        let end = Instant::now() + patience;
        let mut state = self.shared.state.lock().unwrap();
        loop {
            let lines = state.terminal.paragraphs();
            if wanted(&lines) {
                return;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || state.ended {
                let how = if state.ended { "but the program has ended" } else { "in vain" };
                drop(state);
                panic!("waited for {what}, {how}. The screen:\n{}", lines.join("\n"));
            }
            state = self.shared.changed.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Types a line and waits until the last line of the screen matches again; returns what came between.
    pub fn send(&self, text: &str, prompt: &str) -> String {
        let before = self.paragraphs().len();
        self.type_line(text);
        let regex = Regex::new(prompt).unwrap();
        let ready = |lines: &[String]| lines.len() > before && lines.last().is_some_and(|line| regex.is_match(line));
        self.wait_until(&format!("a new line like {prompt}"), PATIENCE, ready);
        self.rest_for(Duration::from_millis(50));
        let lines = self.paragraphs();
        lines[before..lines.len() - 1].join("\n")
    }

    fn paragraphs(&self) -> Vec<String> {
        self.shared.state.lock().unwrap().terminal.paragraphs()
    }

    /// Waits until nothing has changed for a while.
    pub fn rest(&self) {
        self.rest_for(QUIET);
    }

    /// Waits until nothing has changed for this long, 20 seconds at most.
    pub fn rest_for(&self, quiet: Duration) {
        let (start, mut state) = (Instant::now(), self.shared.state.lock().unwrap());
        loop {
            let since = state.last.max(start).elapsed();
            if since >= quiet || state.ended || start.elapsed() > Duration::from_secs(20) {
                return;
            }
            state = self.shared.changed.wait_timeout(state, quiet.saturating_sub(since)).unwrap().0;
        }
    }

    /// How long nothing has changed.
    pub fn quiet(&self) -> Duration {
        self.shared.state.lock().unwrap().last.elapsed()
    }

    /// The lines that were not there, or were different, at the last call of [`Console::fresh`].
    pub fn peek(&self) -> Vec<String> {
        let now = self.lines();
        let same = now.iter().zip(&self.seen).take_while(|(a, b)| a == b).count();
        now[same..].to_vec()
    }

    /// The same, and they count as seen.
    pub fn fresh(&mut self) -> Vec<String> {
        let fresh = self.peek();
        self.seen = self.lines();
        fresh
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Feeds the terminal with what the program prints, and the program with what the terminal answers.
fn show(mut reader: Box<dyn Read + Send>, shared: &Shared, input: &Mutex<Box<dyn Write + Send>>) {
    let mut buffer = vec![0; 65536];
    loop {
        let read = reader.read(&mut buffer).unwrap_or(0); // EIO: the program has closed the other end
        let mut state = shared.state.lock().unwrap();
        state.last = Instant::now();
        state.ended = read == 0;
        let answer = state.terminal.feed(&buffer[..read]);
        shared.changed.notify_all();
        drop(state);
        if read == 0 {
            return;
        }
        if !answer.is_empty() {
            drop(input.lock().unwrap().write_all(&answer)); // the program may be gone
        }
    }
}
