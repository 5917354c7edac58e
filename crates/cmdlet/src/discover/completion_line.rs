//! The part of a typed line that matters for completion: the words of the command under the cursor.

/// One word, or the element of a list under the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// Without its quotes; the last word only as far as the cursor.
    pub(super) text: String,
    /// Where it begins in the line, in UTF-16 units, its quote included.
    pub(super) start: usize,
    /// How long it is, beyond the cursor too.
    pub(super) length: usize,
    /// The quote that it begins with.
    pub(super) quote: Option<char>,
}

/// The command under the cursor.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct CommandLine {
    /// Its words before the one under the cursor, its name first.
    pub(super) before: Vec<Word>,
    /// The word under the cursor, perhaps nothing yet.
    pub(super) current: Word,
}

/// The dashes that begin a parameter's name.
pub(super) fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2013}' | '\u{2014}' | '\u{2015}')
}

impl Word {
    /// A parameter's name, with the text behind its colon.
    pub(super) fn parameter(&self) -> Option<(&str, Option<&str>)> {
        let mut rest = self.text.chars();
        if self.quote.is_some() || !rest.next().is_some_and(is_dash) {
            return None;
        }
        Some(match rest.as_str().split_once(':') {
            Some((name, value)) => (name, Some(value)),
            None => (rest.as_str(), None),
        })
    }
}

impl CommandLine {
    /// Reads a line up to the cursor. `None`: there is nothing to complete there, a comment or a variable.
    pub(super) fn read(line: &str, cursor: usize) -> Option<CommandLine> {
        let mut reader = Reader { line: CommandLine::default(), word: None, in_list: false, lost: false };
        let (mut at, mut quoted) = (0, None);
        let mut rest = line.chars().peekable();
        while let Some(c) = rest.peek().copied().filter(|_| at < cursor) {
            rest.next();
            let start = at;
            at += c.len_utf16();
            match (quoted, c) {
                (Some(quote), c) if c == quote => {
                    if rest.peek() == Some(&quote) && at < cursor {
                        rest.next();
                        at += 1;
                        reader.put(quote, start);
                    } else {
                        quoted = None;
                    }
                }
                (Some('"') | None, '`') => {
                    if let Some(escaped) = rest.peek().copied().filter(|_| at < cursor) {
                        rest.next();
                        at += escaped.len_utf16();
                        reader.put(escaped, start);
                    }
                }
                (None, '\'' | '"') => {
                    quoted = Some(c);
                    reader.open_quote(c, start);
                }
                (None, ' ' | '\t') => reader.end_word(),
                (None, ',') => reader.end_element(at),
                (None, ';' | '|' | '&' | '\n' | '\r' | '(' | '{') => reader.start_command(),
                (None, ')' | '}' | '>' | '<') => reader.lose(),
                (None, '#') if reader.word.is_none() => return None,
                (_, c) => reader.put(c, start),
            }
        }
        if reader.lost {
            return None;
        }
        let mut current = reader.word.unwrap_or(Word { start: at, ..Word::default() });
        if current.quote.is_none() && current.text.starts_with(['$', '@']) {
            return None;
        }
        current.length = at - current.start + tail(rest, quoted);
        Some(CommandLine { before: reader.line.before, current })
    }
}

/// How far the word goes on behind the cursor.
fn tail(rest: impl Iterator<Item = char>, quoted: Option<char>) -> usize {
    let mut length = 0;
    for c in rest {
        match quoted {
            Some(quote) if c == quote => return length + 1,
            None if c.is_whitespace() || ";|&(){}<>,'\"".contains(c) => return length,
            _ => length += c.len_utf16(),
        }
    }
    length
}

struct Reader {
    line: CommandLine,
    word: Option<Word>,
    /// A comma stands behind the last element: what follows belongs to the same argument.
    in_list: bool,
    /// Behind something that is no command any more.
    lost: bool,
}

impl Reader {
    fn put(&mut self, c: char, start: usize) {
        self.in_list = false;
        self.word.get_or_insert_with(|| Word { start, ..Word::default() }).text.push(c);
    }

    fn open_quote(&mut self, quote: char, start: usize) {
        self.in_list = false;
        let word = self.word.get_or_insert_with(|| Word { start, ..Word::default() });
        if word.text.is_empty() {
            word.quote = Some(quote);
        }
    }

    fn end_word(&mut self) {
        if !self.in_list {
            self.line.before.extend(self.word.take());
        } else if self.word.as_ref().is_some_and(|word| word.text.is_empty()) {
            self.word = None; // blanks behind a comma: the element begins later
        }
    }

    fn end_element(&mut self, after: usize) {
        // the elements of a list are one argument: only the last is kept
        self.word = Some(Word { start: after, ..Word::default() });
        self.in_list = true;
    }

    fn start_command(&mut self) {
        *self = Reader { line: CommandLine::default(), word: None, in_list: false, lost: false };
    }

    fn lose(&mut self) {
        self.start_command();
        self.lost = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> CommandLine {
        CommandLine::read(line, line.encode_utf16().count()).unwrap()
    }

    fn texts(line: &CommandLine) -> Vec<&str> {
        line.before.iter().map(|word| word.text.as_str()).collect()
    }

    #[test]
    fn words_are_cut_at_blanks_outside_quotes() {
        let line = read("Get-Foo 'a b' \"c`\"d\" -Le");
        assert_eq!(texts(&line), ["Get-Foo", "a b", "c\"d"]);
        assert_eq!(line.current, Word { text: "-Le".into(), start: 21, length: 3, quote: None });
    }

    #[test]
    fn only_the_command_under_the_cursor_counts() {
        assert_eq!(texts(&read("Get-A x; Get-B | Get-C y z")), ["Get-C", "y"]);
        assert_eq!(read("Get-A; Get-").current.start, 7);
        assert_eq!(texts(&read("Get-A (Get-B x")), ["Get-B"]);
    }

    #[test]
    fn a_list_is_one_argument_and_its_last_element_is_completed() {
        let line = read("Get-A one,two, th");
        assert_eq!(texts(&line), ["Get-A"]);
        assert_eq!(line.current, Word { text: "th".into(), start: 15, length: 2, quote: None });
        assert_eq!(texts(&read("Get-A one,two x")), ["Get-A", "two"]);
    }

    #[test]
    fn the_word_goes_on_behind_the_cursor() {
        let line = CommandLine::read("Get-A -Loud -x", 8).unwrap();
        assert_eq!(line.current, Word { text: "-L".into(), start: 6, length: 5, quote: None });
    }

    #[test]
    fn nothing_is_completed_in_comments_variables_and_behind_parentheses() {
        for line in ["Get-A # -L", "Get-A $x", "(Get-A) -L", "Get-A > f"] {
            assert_eq!(CommandLine::read(line, line.len()), None, "{line}");
        }
    }

    #[test]
    fn positions_count_utf16_units() {
        let line = read("Get-A '😀' -L");
        assert_eq!(line.current.start, 11);
    }
}
