//! Writing one text as goyaml.v2's emitter does: which style it takes, and where that style breaks the line.

use super::scalar;

/// Past this column a line is broken at the next space.
const WIDTH: usize = 80;

/// The longest key, in bytes, that is written without `?`.
const SIMPLE_KEY: usize = 128;

/// How a text stands in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
}

/// What the characters of a text allow.
#[derive(Debug, Clone, Copy, Default)]
struct Shape {
    /// A line feed is in it.
    line_feed: bool,
    /// A line break of any kind is in it.
    multiline: bool,
    /// It may not stand without quotes.
    not_plain: bool,
    /// It may not stand in single quotes.
    not_single: bool,
    /// It may not stand as a block.
    not_block: bool,
}

/// Whether the writer may break lines inside the text, and to which column the next line is indented then.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fold {
    /// A key before its colon: one line.
    Never,
    /// A value: lines after the first begin at this column.
    At(usize),
}

/// The kinds of bytes that decide on the style. Most bytes of most texts are `0`, which decide nothing.
const fn class_table() -> [u8; 256] {
    let mut table = [1; 256];
    let mut byte = 0x21;
    while byte < 0x7f {
        table[byte] = 0;
        byte += 1;
    }
    table[b':' as usize] = 1;
    table[b'#' as usize] = 1;
    // The first bytes of characters that are all printable; 0xc2, 0xe2, 0xef and 0xf0 on need a look.
    byte = 0x80;
    while byte < 0xf0 {
        table[byte] = if byte == 0xc2 || byte == 0xe2 || byte == 0xef { 1 } else { 0 };
        byte += 1;
    }
    table
}

const CLASS: [u8; 256] = class_table();

/// Whether a first character has a meaning of its own, so that the text needs quotes.
const fn is_indicator(first: u8) -> bool {
    matches!(
        first,
        b'#' | b',' | b'[' | b']' | b'{' | b'}' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"' | b'%' | b'@' | b'`'
    )
}

fn is_break(letter: char) -> bool {
    matches!(letter, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What goyaml writes without an escape. Characters beyond the first plane are not among it, nor is the tab.
fn is_printable(letter: char) -> bool {
    matches!(letter, '\n' | ' '..='~' | '\u{a0}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

/// Appends `text` as a value; says whether the line is still open, which all styles but a block with a break at its end
/// leave it.
pub(super) fn value(out: &mut Vec<u8>, text: &str, indent: usize) -> bool {
    let shape = shape(text);
    styled(out, text, style(text, shape), Fold::At(indent))
}

/// Appends `text` as a key, with the colon behind it, if it can stand before one: `true`. Otherwise nothing is written;
/// the key then wants the form `? key`.
pub(super) fn simple_key(out: &mut Vec<u8>, text: &str) -> bool {
    if text.len() > SIMPLE_KEY {
        return false;
    }
    let shape = shape(text);
    if shape.multiline {
        return false;
    }
    styled(out, text, style(text, shape), Fold::Never);
    out.push(b':');
    true
}

/// The style that goyaml's encoder asks for, and what its emitter then makes of it.
fn style(text: &str, shape: Shape) -> Style {
    if shape.line_feed {
        return if shape.not_block { Style::DoubleQuoted } else { Style::Literal };
    }
    if scalar::needs_quotes(text) {
        return Style::DoubleQuoted;
    }
    match shape {
        Shape { not_plain: false, .. } => Style::Plain,
        Shape { not_single: false, .. } => Style::SingleQuoted,
        _ => Style::DoubleQuoted,
    }
}

/// Looks at every character of `text` for what forbids a style.
fn shape(text: &str) -> Shape {
    let bytes = text.as_bytes();
    let mut shape = Shape::default();
    let Some(&first) = bytes.first() else {
        return Shape { not_block: true, ..shape };
    };
    shape.not_plain = is_indicator(first)
        || bytes.starts_with(b"---")
        || bytes.starts_with(b"...")
        || (matches!(first, b'?' | b'-') && matches!(bytes.get(1), None | Some(b' ' | b'\t')));
    if bytes.iter().all(|&byte| CLASS[usize::from(byte)] == 0) {
        return shape;
    }
    let (mut after_space, mut after_break, mut after_blank) = (false, false, true);
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let last = letters.peek().is_none();
        match letter {
            ' ' => {
                shape.not_plain |= at == 0 || last || after_break;
                shape.not_block |= last;
                shape.not_single |= after_break;
            }
            _ if is_break(letter) => {
                shape.multiline = true;
                shape.line_feed |= letter == '\n';
                shape.not_plain = true;
                shape.not_single |= after_space;
                shape.not_block |= after_space;
            }
            ':' => shape.not_plain |= matches!(letters.peek(), None | Some((_, ' ' | '\t'))),
            '#' => shape.not_plain |= after_blank,
            _ => {}
        }
        if !is_printable(letter) {
            (shape.not_plain, shape.not_single, shape.not_block) = (true, true, true);
        }
        after_space = letter == ' ';
        after_break = is_break(letter);
        after_blank = after_space || after_break || matches!(letter, '\t' | '\0');
    }
    shape
}

fn styled(out: &mut Vec<u8>, text: &str, style: Style, fold: Fold) -> bool {
    match style {
        Style::Plain => flow(out, text, fold, None),
        Style::SingleQuoted => {
            out.push(b'\'');
            flow(out, text, fold, Some(b'\''));
            out.push(b'\'');
        }
        Style::DoubleQuoted => {
            out.push(b'"');
            double_quoted(out, text, fold);
            out.push(b'"');
        }
        Style::Literal => {
            return literal(
                out,
                text,
                match fold {
                    Fold::At(indent) => indent,
                    Fold::Never => 0,
                },
            );
        }
    }
    true
}

/// The column, in characters, at which the next byte of `out` stands. U+2028 and U+2029, which goyaml writes as they
/// are, begin a line too.
fn column(out: &[u8]) -> usize {
    let begins = |at: usize| match out[at] {
        b'\n' => true,
        0xa8 | 0xa9 => out[..at].ends_with(b"\xe2\x80"),
        _ => false,
    };
    let start = (0..out.len()).rev().find(|&at| begins(at)).map_or(0, |at| at + 1);
    characters(&out[start..])
}

fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xc0 != 0x80).count()
}

fn new_line(out: &mut Vec<u8>, indent: usize) {
    out.push(b'\n');
    out.resize(out.len() + indent, b' ');
}

/// Plain text, or text in single quotes where `quote` is the one that is written twice.
fn flow(out: &mut Vec<u8>, text: &str, fold: Fold, quote: Option<u8>) {
    let bytes = text.as_bytes();
    let quoted = quote.is_some();
    // Only a space can be broken at, only quotes and the separators U+2028 and U+2029 need a look.
    let tame = !quoted || !bytes.iter().any(|&byte| byte == b'\'' || byte == 0xe2);
    let indent = match fold {
        Fold::At(indent) => Some(indent),
        Fold::Never => None,
    };
    if tame && (indent.is_none() || !bytes.contains(&b' ')) {
        return out.extend_from_slice(bytes);
    }
    let mut column = column(out);
    if tame && column + bytes.len() <= WIDTH {
        return out.extend_from_slice(bytes);
    }
    let (mut after_space, mut after_break) = (false, false);
    for (at, letter) in text.char_indices() {
        if letter == ' ' {
            let inside = !quoted || (at > 0 && at + 1 < bytes.len());
            let foldable = !after_space && column > WIDTH && inside && bytes.get(at + 1) != Some(&b' ');
            if let Some(indent) = indent.filter(|_| foldable) {
                new_line(out, indent);
                column = indent;
            } else {
                out.push(b' ');
                column += 1;
            }
            after_space = true;
            continue;
        }
        if is_break(letter) {
            push(out, letter);
            column = 0;
            after_break = true;
            continue;
        }
        if let Some(indent) = indent.filter(|_| after_break) {
            out.resize(out.len() + indent, b' ');
            column = indent;
        }
        if letter == '\'' && quoted {
            out.push(b'\'');
            column += 1;
        }
        push(out, letter);
        column += 1;
        (after_space, after_break) = (false, false);
    }
}

fn push(out: &mut Vec<u8>, letter: char) {
    out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
}

fn double_quoted(out: &mut Vec<u8>, text: &str, fold: Fold) {
    let bytes = text.as_bytes();
    // goyaml looks for a byte order mark at the start of the text only, and then escapes every character.
    let all = text.starts_with('\u{feff}');
    let mut column = column(out);
    let mut after_space = false;
    for (at, letter) in text.char_indices() {
        if all || !is_printable(letter) || is_break(letter) || matches!(letter, '"' | '\\') {
            let before = out.len();
            escape(out, letter);
            column += out.len() - before;
            after_space = false;
            continue;
        }
        if letter != ' ' {
            push(out, letter);
            column += 1;
            after_space = false;
            continue;
        }
        match fold {
            Fold::At(indent) if !after_space && column > WIDTH && at > 0 && at + 1 < bytes.len() => {
                new_line(out, indent);
                column = indent;
                if bytes[at + 1] == b' ' {
                    out.push(b'\\');
                    column += 1;
                }
            }
            _ => {
                out.push(b' ');
                column += 1;
            }
        }
        after_space = true;
    }
}

fn escape(out: &mut Vec<u8>, letter: char) {
    let short = match letter {
        '\0' => b'0',
        '\u{7}' => b'a',
        '\u{8}' => b'b',
        '\t' => b't',
        '\n' => b'n',
        '\u{b}' => b'v',
        '\u{c}' => b'f',
        '\r' => b'r',
        '\u{1b}' => b'e',
        '"' => b'"',
        '\\' => b'\\',
        '\u{85}' => b'N',
        '\u{a0}' => b'_',
        '\u{2028}' => b'L',
        '\u{2029}' => b'P',
        _ => {
            let code = u32::from(letter);
            let (kind, digits) = if code < 0x100 {
                (b'x', 2)
            } else if code < 0x10000 {
                (b'u', 4)
            } else {
                (b'U', 8)
            };
            out.extend_from_slice(&[b'\\', kind]);
            for place in (0..digits).rev() {
                out.push(b"0123456789ABCDEF"[(code >> (4 * place) & 0xf) as usize]);
            }
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// A block behind `|`, with hints for white space at its start and breaks at its end.
fn literal(out: &mut Vec<u8>, text: &str, indent: usize) -> bool {
    out.push(b'|');
    if text.starts_with(|first: char| first == ' ' || is_break(first)) {
        out.push(b'2');
    }
    let mut backward = text.chars().rev();
    if !backward.next().is_some_and(is_break) {
        out.push(b'-');
    } else if backward.next().is_none_or(is_break) {
        out.push(b'+');
    }
    out.push(b'\n');
    let mut rest = text.as_bytes();
    let mut open = false;
    while let Some((length, width)) = next_break(rest) {
        if length > 0 {
            out.resize(out.len() + indent, b' ');
        }
        out.extend_from_slice(&rest[..length + width]);
        rest = &rest[length + width..];
    }
    if !rest.is_empty() {
        out.resize(out.len() + indent, b' ');
        out.extend_from_slice(rest);
        open = true;
    }
    open
}

/// Where the next break of a block begins and how many bytes it has. Carriage returns and U+0085 are in no block.
fn next_break(bytes: &[u8]) -> Option<(usize, usize)> {
    let line = memchr::memchr(b'\n', bytes);
    let before = &bytes[..line.unwrap_or(bytes.len())];
    let mut at = 0;
    while let Some(found) = memchr::memchr(0xe2, &before[at..]) {
        at += found;
        if before[at..].starts_with(b"\xe2\x80\xa8") || before[at..].starts_with(b"\xe2\x80\xa9") {
            return Some((at, 3));
        }
        at += 3;
    }
    line.map(|line| (line, 1))
}
