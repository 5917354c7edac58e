//! PowerShell's wildcards: `*`, `?`, `[a-z]`, and the backtick that takes a character as it is (MS-PSRP 2.2.3.20).

/// A pattern, compared letter case aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wildcard(Vec<Element>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Element {
    Any,
    One,
    Char(char),
    /// From and to, both included.
    Range(Vec<(char, char)>),
}

impl Wildcard {
    /// Reads a pattern. A bracket that nobody closes is a bracket.
    pub fn new(pattern: &str) -> Wildcard {
        let mut elements = Vec::new();
        let mut rest = pattern.chars();
        while let Some(c) = rest.next() {
            match c {
                '*' if elements.last() == Some(&Element::Any) => {}
                '*' => elements.push(Element::Any),
                '?' => elements.push(Element::One),
                '`' => elements.extend(rest.next().map(|escaped| Element::Char(lower(escaped)))),
                '[' => match range(rest.as_str()) {
                    Some((ranges, after)) => {
                        elements.push(Element::Range(ranges));
                        rest = after.chars();
                    }
                    None => elements.push(Element::Char('[')),
                },
                c => elements.push(Element::Char(lower(c))),
            }
        }
        Wildcard(elements)
    }

    /// Does the pattern match all of this text? Takes time proportional to both, whatever the pattern.
    pub fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().map(lower).collect();
        let (mut element, mut at) = (0, 0);
        let mut retry = None; // after the last star: where the pattern goes on, and where in the text
        while let Some(c) = text.get(at) {
            match self.0.get(element) {
                Some(Element::Any) => {
                    retry = Some((element + 1, at));
                    element += 1;
                }
                Some(one) if one.is(*c) => (element, at) = (element + 1, at + 1),
                _ => match &mut retry {
                    Some((after_star, from)) => {
                        *from += 1;
                        (element, at) = (*after_star, *from);
                    }
                    None => return false,
                },
            }
        }
        self.0.get(element..).is_some_and(|rest| rest.iter().all(|element| *element == Element::Any))
    }

    /// Are there characters in this text that stand for others?
    pub fn has_wildcards(text: &str) -> bool {
        let mut escaped = false;
        text.chars().any(|c| {
            let special = !escaped && matches!(c, '*' | '?' | '[' | ']');
            escaped = !escaped && c == '`';
            special
        })
    }
}

impl Element {
    fn is(&self, c: char) -> bool {
        match self {
            Element::Any => false,
            Element::One => true,
            Element::Char(own) => *own == c,
            Element::Range(ranges) => ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)),
        }
    }
}

fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// `a-z0]` and what comes after the bracket.
fn range(text: &str) -> Option<(Vec<(char, char)>, &str)> {
    let (inner, after) = text.split_once(']')?;
    let inner: Vec<char> = inner.chars().map(lower).collect();
    let mut ranges = Vec::new();
    let mut rest = inner.as_slice();
    loop {
        rest = match rest {
            [] => break,
            [from, '-', to, tail @ ..] => {
                ranges.push((*from, *to));
                tail
            }
            [one, tail @ ..] => {
                ranges.push((*one, *one));
                tail
            }
        };
    }
    (!ranges.is_empty()).then_some((ranges, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_question_marks_and_ranges_match_letter_case_aside() {
        for (pattern, text) in [
            ("*", ""),
            ("get-*", "Get-Command"),
            ("*-Pep*", "Get-PepLog"),
            ("Get-?epLog", "get-peplog"),
            ("[a-g]et", "Get"),
            ("a`*b", "a*b"),
            ("[x", "[x"),
            ("*a*b*c", "xaxbxc"),
            ("", ""),
            ("[-_]x", "-x"),
        ] {
            assert!(Wildcard::new(pattern).matches(text), "{pattern} {text}");
        }
        for (pattern, text) in [("Get", "Get-X"), ("a`*b", "axb"), ("?", ""), ("[a-c]", "d"), ("*a*b*c", "xaxbx")] {
            assert!(!Wildcard::new(pattern).matches(text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_hostile_pattern_is_answered_in_time() {
        let pattern = "*a".repeat(200) + "b";
        assert!(!Wildcard::new(&pattern).matches(&"a".repeat(1000)));
    }

    #[test]
    fn only_unescaped_signs_make_a_pattern() {
        assert!(Wildcard::has_wildcards("Get-*"));
        assert!(!Wildcard::has_wildcards("Get-`*"));
        assert!(!Wildcard::has_wildcards("Get-Command"));
    }
}
