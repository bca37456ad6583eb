//! Breaking text into lines.

/// Breaks lines between words where they would be longer than `limit` characters, and leaves all else as it is, as
/// `github.com/mitchellh/go-wordwrap` does. The space before a word that is moved to
/// a new line is lost.
pub(super) fn between_words(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 32);
    let mut column = 0;
    let (mut space, mut word) = (Piece::default(), Piece::default());
    for letter in text.chars() {
        if letter == '\n' {
            if word.text.is_empty() && column + space.length > limit {
                space.drop();
            }
            space.flush(&mut out);
            word.flush(&mut out);
            out.push('\n');
            column = 0;
        } else if letter.is_whitespace() && letter != '\u{a0}' {
            if space.text.is_empty() || !word.text.is_empty() {
                column += space.flush(&mut out) + word.flush(&mut out);
            }
            space.push(letter);
        } else {
            word.push(letter);
            if column + space.length + word.length > limit && word.length < limit {
                out.push('\n');
                column = 0;
                space.drop();
            }
        }
    }
    if !word.text.is_empty() || column + space.length <= limit {
        space.flush(&mut out);
    }
    word.flush(&mut out);
    out
}

/// Letters that are not written yet, and how many they are.
#[derive(Default)]
struct Piece {
    text: String,
    length: usize,
}

impl Piece {
    fn push(&mut self, letter: char) {
        self.text.push(letter);
        self.length += 1;
    }

    fn drop(&mut self) {
        self.text.clear();
        self.length = 0;
    }

    /// Writes the letters, and says how many they were.
    fn flush(&mut self, out: &mut String) -> usize {
        out.push_str(&self.text);
        let length = self.length;
        self.drop();
        length
    }
}

/// Fills lines up to `limit` bytes, as kubectl's older printer does: line breaks of the text are kept before what looks
/// like an item of a list, behind a colon, around empty lines and in code blocks, which are left as they are.
pub(super) fn filled(text: &str, limit: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    // Whether the last word of the line ends in a colon.
    let mut colon = false;
    for given in text.split('\n') {
        if given.starts_with("    ") {
            flush(&mut lines, &mut line, &mut colon);
            lines.push(given.to_owned());
            continue;
        }
        if !lines.is_empty() && given.trim().is_empty() {
            flush(&mut lines, &mut line, &mut colon);
            lines.push(String::new());
            continue;
        }
        if colon || begins_anew(given.trim()) {
            flush(&mut lines, &mut line, &mut colon);
        }
        for word in given.split_whitespace() {
            if !line.is_empty() && line.len() + 1 + word.len() > limit {
                flush(&mut lines, &mut line, &mut colon);
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
            colon = word.ends_with(':');
        }
    }
    flush(&mut lines, &mut line, &mut colon);
    lines
}

fn flush(lines: &mut Vec<String>, line: &mut String, colon: &mut bool) {
    if !line.is_empty() {
        *colon = false;
        lines.push(std::mem::take(line));
    }
}

/// Whether a line of the text, trimmed, begins a line: it is empty, or an item of a list.
fn begins_anew(given: &str) -> bool {
    let mark = given.split([' ', '\t', '\r', '\u{c}']).next().unwrap_or_default();
    if mark.len() == given.len() {
        return given.is_empty();
    }
    let digits = mark.strip_suffix('.').unwrap_or(mark);
    matches!(mark, "-" | "*") || (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_words_breaks_only_where_a_line_is_too_long() {
        for (text, expected) in [
            ("", ""),
            ("a b\n", "a b\n"),
            ("aaaa bbbb cc", "aaaa bbbb\ncc"),
            ("aaaa bbbbbb", "aaaa\nbbbbbb"),
            ("aaaa\n\n  bb", "aaaa\n\n  bb"),
            ("aaaaaaaa   \nbb", "aaaaaaaa\nbb"),
            ("aaaaaa  \nbb", "aaaaaa  \nbb"),
            ("a bbbbbbbbbb c", "a\nbbbbbbbbbb\nc"),
            ("bbbbbbbbbb c", "bbbbbbbbbb\nc"),
            ("éééé éééé é", "éééé éééé\né"),
            ("aaaa\u{a0}bbbb cc", "aaaa\u{a0}bbbb\ncc"),
        ] {
            assert_eq!(between_words(text, 9), expected, "{text:?}");
        }
        assert_eq!(between_words("aaaaaaaaa    ", 9), "aaaaaaaaa");
    }

    #[test]
    fn filled_keeps_lists_empty_lines_and_code() {
        assert_eq!(
            filled(
                "one two\nthree four five:\nsix\n\n- seven\n2. eight\n-nine\n    code  block\nten",
                15
            ),
            [
                "one two three",
                "four five:",
                "six",
                "",
                "- seven",
                "2. eight -nine",
                "    code  block",
                "ten"
            ]
        );
        // The empty line behind the first line of all gets lost.
        assert_eq!(filled("\n\nfirst\n\nsecond\n\nthird\n", 15), ["first", "second", "", "third", ""]);
        assert!(filled("", 15).is_empty());
    }
}
