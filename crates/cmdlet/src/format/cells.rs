//! Text measured in console cells: how wide it is, where it is cut, how it is split into lines.
//!
//! Escape sequences of `$PSStyle` (colours, cursor visibility, hyperlinks) take no cell and survive a cut; any other control
//! character counts as one cell and is passed through, as PowerShell passes it.

use super::view::Alignment;

pub(crate) const RESET: &str = "\u{1b}[0m";
pub(crate) const ELLIPSIS: char = '…';

/// A text is either a part of an escape sequence or something to see.
enum Piece<'a> {
    Escape(&'a str),
    Char(char),
}

/// How many cells a text takes.
pub(crate) fn width(text: &str) -> usize {
    if text.is_ascii() && !text.contains('\u{1b}') {
        return text.len();
    }
    pieces(text).map(|piece| if let Piece::Char(c) = piece { char_width(c) } else { 0 }).sum()
}

/// Wide characters take two cells. PowerShell counts the two halves of a surrogate pair as one each.
fn char_width(c: char) -> usize {
    let wide = matches!(u32::from(c),
        0x1100..=0x115f | 0x2329 | 0x232a | 0x2e80..=0x303e | 0x3040..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff
        | 0xfe10..=0xfe19 | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1_0000..=0x10_ffff);
    if wide { 2 } else { 1 }
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let c = rest.chars().next()?;
        let length = if c == '\u{1b}' { escape_length(rest) } else { 0 };
        let (piece, tail) = if length > 0 {
            let (escape, tail) = rest.split_at_checked(length)?;
            (Piece::Escape(escape), tail)
        } else {
            (Piece::Char(c), rest.get(c.len_utf8()..)?)
        };
        rest = tail;
        Some(piece)
    })
}

/// The length of the escape sequence that a text begins with: `ESC[1;2m`, `ESC[?25l`, or `ESC]8;;…ESC\`. Zero if none.
fn escape_length(text: &str) -> usize {
    let Some(body) = text.strip_prefix('\u{1b}') else { return 0 };
    if let Some(body) = body.strip_prefix("[?") {
        let digits = body.bytes().take_while(u8::is_ascii_digit).count();
        return match body.as_bytes().get(digits) {
            Some(b'h' | b'l') if digits > 0 => 3 + digits + 1,
            _ => 0,
        };
    }
    if let Some(body) = body.strip_prefix('[') {
        let parameters = body.bytes().take_while(|b| b.is_ascii_digit() || *b == b';').count();
        let between = body.get(..parameters).unwrap_or_default();
        let empty_part = between.split(';').skip(1).any(str::is_empty);
        return if body.as_bytes().get(parameters) == Some(&b'm') && !empty_part { 2 + parameters + 1 } else { 0 };
    }
    if let Some(body) = body.strip_prefix("]8;;") {
        let line = body.split('\n').next().unwrap_or_default();
        return line.find("\u{1b}\\").map_or(0, |end| 5 + end + 2);
    }
    0
}

/// Does the text hold an escape character that no reset follows?
pub(crate) fn needs_reset(text: &str) -> bool {
    text.contains('\u{1b}') && !text.ends_with(RESET)
}

/// How many of a text's visible characters fit into so many cells, from its head or from its tail.
fn fitting<I: Iterator<Item = char>>(characters: I, cells: usize) -> usize {
    let mut used = 0;
    characters
        .take_while(|c| {
            used += char_width(*c);
            used <= cells
        })
        .count()
}

fn visible(text: &str) -> Vec<char> {
    pieces(text).filter_map(|piece| if let Piece::Char(c) = piece { Some(c) } else { None }).collect()
}

/// Some of a text's visible characters, with all escape sequences that stand before their end.
fn part(text: &str, start: usize, length: usize, before: &str, after: &str) -> String {
    let mut out = String::new();
    let (mut seen, mut copied, mut escaped) = (0, 0, false);
    for piece in pieces(text) {
        match piece {
            Piece::Escape(escape) => {
                escaped = true;
                out.push_str(escape);
            }
            Piece::Char(_) if seen < start => seen += 1,
            Piece::Char(c) => {
                if copied == 0 {
                    out.push_str(before);
                }
                out.push(c);
                copied += 1;
            }
        }
        if seen >= start && copied == length {
            break;
        }
    }
    if !escaped {
        out.push_str(after);
    } else if out.ends_with(RESET) {
        out.insert_str(out.len() - RESET.len(), after);
    } else {
        out.push_str(after);
        out.push_str(RESET);
    }
    out
}

/// The first characters of a text that fit.
pub(crate) fn clip(text: &str, cells: usize) -> String {
    let length = fitting(visible(text).into_iter(), cells);
    part(text, 0, length, "", "")
}

/// A text as one cell of a table: its first line, padded or cut with an ellipsis.
pub(crate) fn fit(text: &str, cells: usize, alignment: Alignment, pad_end: bool) -> String {
    let mut out = first_line(text);
    let used = width(&out);
    let right = alignment == Alignment::Right;
    if used < cells {
        let gap = cells - used;
        let left = match alignment {
            Alignment::Right => gap,
            Alignment::Center => gap / 2,
            Alignment::Undefined | Alignment::Left => 0,
        };
        out.insert_str(0, &" ".repeat(left));
        if pad_end {
            out.push_str(&" ".repeat(gap - left));
        }
        return out;
    }
    if used > cells {
        let characters = visible(&out);
        let mark = if cells > 1 { "…" } else { "" };
        let room = if cells > 1 { cells - 1 } else { cells };
        out = if right {
            let kept = fitting(characters.iter().rev().copied(), room);
            part(&out, characters.len() - kept, usize::MAX, mark, "")
        } else {
            part(&out, 0, fitting(characters.iter().copied(), room), "", mark)
        };
        // a wide character that was cut leaves a cell empty
        if width(&out) < cells {
            if right {
                out.insert(0, ' ');
            } else if pad_end {
                out.push(' ');
            }
        }
    }
    out
}

/// The text up to its first line break, with an ellipsis for the rest.
fn first_line(text: &str) -> String {
    match text.find(['\n', '\r']) {
        None => text.to_owned(),
        Some(end) => {
            let mut line = text.get(..end).unwrap_or_default().to_owned();
            line.push(ELLIPSIS);
            line
        }
    }
}

/// Lines of a text. Carriage returns vanish, and a colour goes on in the next line.
pub(crate) fn lines(text: &str) -> Vec<String> {
    if !text.contains('\n') {
        return vec![text.replace('\r', "")];
    }
    let (mut out, mut line, mut escapes) = (Vec::new(), String::new(), String::new());
    for piece in pieces(text) {
        match piece {
            Piece::Escape(escape) => {
                line.push_str(escape);
                escapes.push_str(escape);
            }
            Piece::Char('\n') => {
                if !escapes.is_empty() && !line.ends_with(RESET) {
                    line.push_str(RESET);
                }
                out.push(std::mem::replace(&mut line, escapes.clone()));
            }
            Piece::Char('\r') => {}
            Piece::Char(c) => line.push(c),
        }
    }
    if line.len() == escapes.len() {
        line.clear();
    } else if !escapes.is_empty() && !line.ends_with(RESET) {
        line.push_str(RESET);
    }
    out.push(line);
    out
}

/// Lines no wider than so many cells, cut where they are full: the invariant culture, which the endpoint speaks, has no words
/// to wrap at.
pub(crate) fn wrap(text: &str, cells: usize) -> Vec<String> {
    let mut out = Vec::new();
    for line in lines(text) {
        if cells == 0 || width(&line) <= cells {
            out.push(line);
            continue;
        }
        let characters = visible(&line);
        let mut start = 0;
        while let Some(rest) = characters.get(start..).filter(|rest| !rest.is_empty()) {
            let fits = fitting(rest.iter().copied(), cells);
            if fits == 0 {
                out.push("?".to_owned()); // a wide character and one cell to show it in
                start += 1;
                continue;
            }
            let last = fits == rest.len();
            out.push(part(&line, start, if last { usize::MAX } else { fits }, "", ""));
            start += fits;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_cells_and_escapes_none() {
        assert_eq!(width("abc"), 3);
        assert_eq!(width("日本"), 4);
        assert_eq!(width("\u{1b}[31mred\u{1b}[0m"), 3);
        assert_eq!(width("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\"), 4);
        assert_eq!(width("\u{1b}[31"), 4, "a sequence that never ends is text");
    }

    #[test]
    fn a_cell_is_padded_or_cut_as_a_table_does() {
        assert_eq!(fit("ab", 4, Alignment::Left, true), "ab  ");
        assert_eq!(fit("ab", 4, Alignment::Left, false), "ab");
        assert_eq!(fit("ab", 4, Alignment::Right, false), "  ab");
        assert_eq!(fit("abcdef", 4, Alignment::Left, true), "abc…");
        assert_eq!(fit("abcdef", 4, Alignment::Right, true), "…def");
        assert_eq!(fit("abcdef", 1, Alignment::Left, true), "a");
        assert_eq!(fit("日本語", 4, Alignment::Left, true), "日… ");
        assert_eq!(fit("one\ntwo", 8, Alignment::Left, true), "one…    ");
    }

    #[test]
    fn a_cut_keeps_the_colour_and_ends_it() {
        assert_eq!(fit("\u{1b}[31mabcdef\u{1b}[0m", 4, Alignment::Left, true), "\u{1b}[31mabc…\u{1b}[0m");
        assert_eq!(wrap("\u{1b}[31mabcd\u{1b}[0m", 2), ["\u{1b}[31mab\u{1b}[0m", "\u{1b}[31mcd\u{1b}[0m"]);
    }

    #[test]
    fn lines_end_at_a_line_feed_and_lose_carriage_returns() {
        assert_eq!(lines("a\r\nb\n"), ["a", "b", ""]);
        assert_eq!(lines("\u{1b}[1ma\nb"), ["\u{1b}[1ma\u{1b}[0m", "\u{1b}[1mb\u{1b}[0m"]);
        assert_eq!(wrap("abcde", 2), ["ab", "cd", "e"]);
        assert_eq!(wrap("日", 1), ["?"]);
    }
}
