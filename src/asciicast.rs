//! A played session as a file of terminal players: asciicast v2, one JSON value a line (docs.asciinema.org/manual/asciicast/v2).

use std::io;

use serde_json::json;

/// Lines of the recorded terminal.
const LINES: u16 = 40;

/// What stands on the first line.
pub(crate) struct Header<'a> {
    /// Columns.
    pub(crate) width: usize,
    /// Seconds since 1970.
    pub(crate) timestamp: u64,
    /// What it shows.
    pub(crate) title: &'a str,
    /// Longer pauses are cut to this, in seconds.
    pub(crate) idle_limit: Option<f64>,
}

/// Writes a file, event by event.
pub(crate) struct Asciicast<W> {
    out: W,
}

impl<W: io::Write> Asciicast<W> {
    /// Begins with the header.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn begin(mut out: W, header: &Header<'_>) -> io::Result<Asciicast<W>> {
        let mut line = json!({
            "version": 2,
            "width": header.width,
            "height": LINES,
            "timestamp": header.timestamp,
            "title": header.title,
            "env": { "TERM": "xterm-256color" },
        });
        if let (Some(limit), Some(members)) = (header.idle_limit, line.as_object_mut()) {
            members.insert("idle_time_limit".into(), json!(limit));
        }
        writeln!(out, "{line}")?;
        Ok(Asciicast { out })
    }

    /// What the terminal was sent, so many microseconds after the start.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn output(&mut self, microseconds: u64, text: &str) -> io::Result<()> {
        let (seconds, rest) = (microseconds / 1_000_000, microseconds % 1_000_000);
        let text = serde_json::Value::from(text.replace('\n', "\r\n")); // a terminal is told to go to the start of the line
        writeln!(self.out, "[{seconds}.{rest:06}, \"o\", {text}]")
    }

    /// The file, whole.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn end(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_a_header_and_an_event_a_line() {
        let mut file = Vec::new();
        let header = Header { width: 100, timestamp: 1_800_000_000, title: "a \"session\"", idle_limit: Some(2.0) };
        let mut cast = Asciicast::begin(&mut file, &header).unwrap();
        cast.output(0, "PS> \u{1B}[31mx\u{1B}[0m\n").unwrap();
        cast.output(12_000_034, "ä\u{2028}\n").unwrap();
        cast.end().unwrap();
        let text = String::from_utf8(file).unwrap();
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(
            lines[0],
            json!({ "version": 2, "width": 100, "height": 40, "timestamp": 1_800_000_000, "title": "a \"session\"",
                    "idle_time_limit": 2.0, "env": { "TERM": "xterm-256color" } })
        );
        assert_eq!(lines[1], json!([0.0, "o", "PS> \u{1B}[31mx\u{1B}[0m\r\n"]));
        assert_eq!(lines[2], json!([12.000_034, "o", "ä\u{2028}\r\n"]));
        assert!(text.is_ascii() || text.contains('ä'));
    }
}
