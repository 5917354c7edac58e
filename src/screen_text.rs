//! Text of others for the terminal of whoever looks at a record. Colours pass; nothing else that a terminal obeys does.

/// A text that cannot drive a terminal. Sequences that colour it (SGR, ECMA-48 8.3.117) pass when `coloured`, as far as they neither
/// hide anything nor blink, and are undone at the end of each line; other control characters are shown as pictures, and letters that
/// turn the direction of writing as U+FFFD. Line ends and tabs stay.
pub(crate) fn shown(text: &str, coloured: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut tinted = false;
    while let Some(letter) = rest.chars().next() {
        let after = rest.get(letter.len_utf8()..).unwrap_or_default();
        if let Some((parameters, behind)) = sgr(rest) {
            if coloured && harmless(parameters) {
                out.push_str("\u{1B}[");
                out.push_str(parameters);
                out.push('m');
                tinted = !matches!(parameters, "" | "0");
            }
            rest = behind;
            continue;
        }
        match letter {
            '\r' if after.starts_with('\n') => {}
            '\n' => {
                untint(&mut out, &mut tinted);
                out.push('\n');
            }
            '\t' => out.push('\t'),
            // the pictures of the control characters stand in their order
            control @ '\u{0}'..='\u{1F}' => out.push(char::from_u32(0x2400 + u32::from(control)).unwrap_or('\u{FFFD}')),
            '\u{7F}' => out.push('\u{2421}'),
            '\u{80}'..='\u{9F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => out.push('\u{FFFD}'),
            plain => out.push(plain),
        }
        rest = after;
    }
    untint(&mut out, &mut tinted);
    out
}

fn untint(out: &mut String, tinted: &mut bool) {
    if std::mem::take(tinted) {
        out.push_str("\u{1B}[0m");
    }
}

/// The parameters of a sequence that colours, and what is behind it.
fn sgr(text: &str) -> Option<(&str, &str)> {
    let body = text.strip_prefix("\u{1B}[")?;
    let end = body.find(|letter: char| !letter.is_ascii_digit() && letter != ';')?;
    let (parameters, behind) = body.split_at(end);
    Some((parameters, behind.strip_prefix('m')?))
}

/// No blinking (5, 6), no hiding (8), no other fonts; colours by number or by parts.
fn harmless(parameters: &str) -> bool {
    let mut numbers =
        parameters.split(';').map(|number| if number.is_empty() { Some(0) } else { number.parse::<u32>().ok() });
    while let Some(number) = numbers.next() {
        match number {
            Some(38 | 48) => {
                let parts = match numbers.next() {
                    Some(Some(5)) => 1,
                    Some(Some(2)) => 3,
                    _ => return false,
                };
                for _ in 0..parts {
                    if !matches!(numbers.next(), Some(Some(0..=255))) {
                        return false;
                    }
                }
            }
            Some(0..=4 | 7 | 9 | 22..=25 | 27..=29 | 30..=37 | 39..=47 | 49 | 90..=97 | 100..=107) => {}
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_pass_and_are_undone_at_each_line_end() {
        assert_eq!(shown("\u{1B}[32;1mName\u{1B}[0m x", true), "\u{1B}[32;1mName\u{1B}[0m x");
        assert_eq!(shown("\u{1B}[31mred\nstill", true), "\u{1B}[31mred\u{1B}[0m\nstill");
        assert_eq!(shown("\u{1B}[38;5;200m\u{1B}[48;2;1;2;3mx", true), "\u{1B}[38;5;200m\u{1B}[48;2;1;2;3mx\u{1B}[0m");
        assert_eq!(shown("\u{1B}[31mred\u{1B}[m", false), "red");
    }

    #[test]
    fn nothing_else_drives_a_terminal() {
        for hiding in ["8", "5", "6", "1;8", "38;7;1", "38;5", "38;5;256", "38;2;1;2", "99999999999", "10"] {
            assert_eq!(shown(&format!("\u{1B}[{hiding}mx"), true), "x", "{hiding}");
        }
        let driven = "\u{1B}[2J\u{1B}[H\u{1B}]0;title\u{7}\u{1B}P\u{1B}\\\u{9B}2J\u{8}\rx\u{202E}y\u{7F}\u{1B}[31";
        let shown = shown(driven, true);
        assert!(!shown.chars().any(|letter| letter.is_control() || letter == '\u{202E}'), "{shown:?}");
        assert!(shown.starts_with("\u{241B}[2J\u{241B}[H\u{241B}]0;title\u{2407}"), "{shown:?}");
    }

    #[test]
    fn line_ends_and_tabs_stay() {
        assert_eq!(shown("a\tb\r\nc\n", true), "a\tb\nc\n");
        assert_eq!(shown("grün \u{1F600}", true), "grün \u{1F600}");
    }
}
