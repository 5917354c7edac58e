//! Where `pepd record` writes to: a terminal, with colour and a pager, or a pipe, plain.

use std::env;
use std::io::{self, IsTerminal as _, Write};
use std::process::{Child, Command, Stdio};

/// May this output be coloured? A terminal that can, and nobody who said no (<https://no-color.org>).
pub(super) fn colours(out: &impl io::IsTerminal) -> bool {
    let no = env::var_os("NO_COLOR").is_some_and(|no| !no.is_empty());
    out.is_terminal() && !no && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Standard output, page by page if it is a terminal. The pager starts with the first thing that is written.
pub(super) struct Screen {
    pager: Option<Pager>,
    coloured: bool,
}

enum Pager {
    /// The words of its command line.
    Chosen(Vec<String>),
    Running(Child),
}

impl Screen {
    /// `paged`: unless the user said no.
    pub(super) fn open(paged: bool) -> Screen {
        let terminal = io::stdout().is_terminal();
        let pager = if paged && terminal { chosen() } else { None };
        Screen { pager: pager.map(Pager::Chosen), coloured: colours(&io::stdout()) }
    }

    /// May what is written be coloured?
    pub(super) fn coloured(&self) -> bool {
        self.coloured
    }

    /// Waits until the user has seen enough.
    pub(super) fn close(mut self) -> io::Result<()> {
        let flushed = self.flush();
        if let Some(Pager::Running(mut child)) = self.pager.take() {
            drop(child.stdin.take());
            child.wait()?;
        }
        flushed
    }

    fn out(&mut self) -> Option<&mut Child> {
        if let Some(Pager::Chosen(words)) = &self.pager {
            self.pager = start(words).map(Pager::Running);
        }
        match &mut self.pager {
            Some(Pager::Running(child)) => Some(child),
            _ => None,
        }
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.out().and_then(|child| child.stdin.as_mut()) {
            Some(pager) => pager.write(bytes),
            None => io::stdout().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.pager {
            Some(Pager::Running(child)) => child.stdin.as_mut().map_or(Ok(()), Write::flush),
            _ => io::stdout().flush(),
        }
    }
}

/// What `PAGER` says, or `less`; nothing if that is empty or `cat`.
fn chosen() -> Option<Vec<String>> {
    let pager = env::var("PAGER").unwrap_or_else(|_| "less".into());
    let words: Vec<String> = pager.split_whitespace().map(str::to_owned).collect();
    if words.is_empty() || words == ["cat"] { None } else { Some(words) }
}

/// None if there is no such program: then there are no pages.
fn start(words: &[String]) -> Option<Child> {
    let (program, arguments) = words.split_first()?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped());
    if env::var_os("LESS").is_none() {
        command.env("LESS", "FRX"); // what fits is shown as it is; colours are colours; the text stays on the screen
    }
    command.spawn().ok()
}

/// How a part of a line looks.
#[derive(Clone, Copy)]
pub(super) enum Ink {
    /// Headings.
    Bold,
    /// What is beside the point.
    Dim,
    /// Commands.
    Cyan,
    /// What is as it should be.
    Green,
    /// What one should look at.
    Yellow,
    /// What went wrong.
    Red,
}

/// The text in that colour, if there are colours.
pub(super) fn painted(text: &str, ink: Ink, coloured: bool) -> String {
    if !coloured || text.is_empty() {
        return text.to_owned();
    }
    let sgr = match ink {
        Ink::Bold => 1,
        Ink::Dim => 2,
        Ink::Red => 31,
        Ink::Green => 32,
        Ink::Yellow => 33,
        Ink::Cyan => 36,
    };
    format!("\u{1B}[{sgr}m{text}\u{1B}[0m")
}
