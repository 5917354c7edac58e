//! A terminal in memory: fed with a program's output, it answers the program's questions and shows the text.

use std::num::NonZeroU16;

use vt100::{Callbacks, Parser, Screen};

/// A terminal of a fixed size that remembers what scrolled away.
pub struct Terminal {
    parser: Parser<Answers>,
}

/// The answers that a terminal owes to the program: PowerShell asks for the cursor's place all the time.
#[derive(Default)]
struct Answers(Vec<u8>);

impl Callbacks for Answers {
    fn unhandled_csi(&mut self, screen: &mut Screen, private: Option<u8>, _: Option<u8>, params: &[&[u16]], c: char) {
        let first = params.first().and_then(|param| param.first()).copied().unwrap_or(0);
        match (private, c, first) {
            (None, 'n', 6) => {
                let (row, column) = screen.cursor_position();
                self.0.extend(format!("\x1b[{};{}R", row + 1, column + 1).bytes());
            }
            (None, 'n', 5) => self.0.extend(b"\x1b[0n"),
            (None, 'c', 0) => self.0.extend(b"\x1b[?1;2c"),
            _ => {}
        }
    }
}

impl Terminal {
    /// An empty one.
    pub fn new(rows: u16, columns: u16) -> Terminal {
        let [rows, columns] = [rows, columns].map(|n| NonZeroU16::new(n).unwrap());
        Terminal { parser: Parser::new_with_callbacks(rows, columns, 20_000, Answers::default()) }
    }

    /// Takes output of the program; returns what the terminal answers.
    pub fn feed(&mut self, output: &[u8]) -> Vec<u8> {
        self.parser.process(output);
        std::mem::take(&mut self.parser.callbacks_mut().0)
    }

    /// Every line since the last time the scrollback was cleared, without trailing blanks and blank lines at the end.
    pub fn lines(&mut self) -> Vec<String> {
        self.rows().into_iter().map(|(line, _)| line.trim_end().to_owned()).collect()
    }

    /// The same with the lines put together that the terminal broke at its right edge.
    pub fn paragraphs(&mut self) -> Vec<String> {
        let (mut paragraphs, mut goes_on) = (Vec::<String>::new(), false);
        for (line, wrapped) in self.rows() {
            match paragraphs.last_mut().filter(|_| goes_on) {
                Some(paragraph) => paragraph.push_str(&line),
                None => paragraphs.push(line),
            }
            goes_on = wrapped;
        }
        paragraphs
    }

    /// Every line, and whether it goes on in the next one.
    fn rows(&mut self) -> Vec<(String, bool)> {
        let screen = self.parser.screen_mut();
        let (height, columns) = screen.size();
        let mut lines: Vec<(String, bool)> = Vec::new();
        let mut left = screen.scrollback_len();
        loop {
            screen.set_scrollback(left);
            let take = if left == 0 { height.get() } else { height.get().min(u16::try_from(left).unwrap_or(u16::MAX)) };
            for (row, line) in (0..take).zip(screen.rows(0, columns.get())) {
                let wrapped = screen.row_wrapped(row);
                let line = if wrapped { line } else { line.trim_end().to_owned() };
                lines.push((line, wrapped));
            }
            if left == 0 {
                break;
            }
            left -= usize::from(take);
        }
        while lines.last().is_some_and(|(line, _)| line.is_empty()) {
            lines.pop();
        }
        lines
    }

    /// Where the cursor is: row and column, from 0.
    pub fn cursor(&self) -> (u16, u16) {
        self.parser.screen().cursor_position()
    }
}

#[cfg(test)]
mod tests {
    use super::Terminal;

    #[test]
    fn it_remembers_what_scrolled_away() {
        let mut terminal = Terminal::new(3, 20);
        terminal.feed(b"1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7 \r\n");
        assert_eq!(terminal.lines(), ["1", "2", "3", "4", "5", "6", "7"]);
    }

    #[test]
    fn it_says_where_the_cursor_is() {
        let mut terminal = Terminal::new(5, 20);
        assert_eq!(terminal.feed(b"one\r\ntwo\x1b[6n"), b"\x1b[2;4R");
    }

    #[test]
    fn it_puts_a_broken_line_together() {
        let mut terminal = Terminal::new(3, 5);
        terminal.feed(b"one\r\nno language mode\r\nend");
        assert_eq!(terminal.paragraphs(), ["one", "no language mode", "end"]);
    }

    #[test]
    fn it_shows_an_overwritten_line_as_a_user_sees_it() {
        let mut terminal = Terminal::new(5, 20);
        terminal.feed(b"PS>$x=1\r\x1b[2CX\x1b[K");
        assert_eq!(terminal.lines(), ["PSX"]);
    }
}
