//! The words of a script, and what stands between them.

/// A word of a script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// As it is written, without its quotes.
    pub(super) text: String,
    /// Whether any of it was in quotes, so that it stays one word.
    pub(super) quoted: bool,
    /// Whether it began with a quote.
    pub(super) quoted_start: bool,
    /// Whether nothing in it is to be filled in.
    pub(super) literal: bool,
}

/// A word, or what stands between words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Word(Word),
    /// `;`, a line break, `&&`, `||`, `|`, `&`, `(`, `)`, `;;`
    Operator(&'static str),
}

/// Takes a script apart.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut word: Option<Word> = None;
    let mut chars = text.chars().peekable();
    let flush = |word: &mut Option<Word>, out: &mut Vec<Token>| out.extend(word.take().map(Token::Word));
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' => {
                let here = word.get_or_insert_with(|| Word {
                    quoted_start: true,
                    ..Word::default()
                });
                here.quoted = true;
                let was_empty = here.text.is_empty();
                while let Some(inner) = chars.next() {
                    if inner == c {
                        break;
                    }
                    if c == '"' && inner == '\\' && chars.peek().is_some_and(|next| matches!(next, '"' | '\\' | '$' | '`')) {
                        here.text.extend(chars.next());
                        continue;
                    }
                    here.text.push(inner);
                }
                here.literal = c == '\'' && was_empty;
            }
            '\\' => {
                if let Some(next) = chars.next().filter(|next| *next != '\n') {
                    word.get_or_insert_default().text.push(next);
                }
            }
            '$' if chars.peek() == Some(&'(') => {
                let here = word.get_or_insert_default();
                here.text.push('$');
                let mut depth = 0;
                for inner in chars.by_ref() {
                    here.text.push(inner);
                    match inner {
                        '(' => depth += 1,
                        ')' => depth -= 1,
                        _ => {}
                    }
                    if depth == 0 {
                        break;
                    }
                }
            }
            '#' if word.is_none() => while chars.next_if(|next| *next != '\n').is_some() {},
            ' ' | '\t' | '\r' => flush(&mut word, &mut out),
            '&' if word.as_ref().is_some_and(|word| word.text.ends_with('>')) => {
                word.get_or_insert_default().text.push(c);
            }
            '\n' | ';' | '&' | '|' | '(' | ')' => {
                flush(&mut word, &mut out);
                let doubled = chars.next_if_eq(&c).is_some() && matches!(c, '&' | '|' | ';');
                out.push(Token::Operator(match (c, doubled) {
                    ('&', true) => "&&",
                    ('|', true) => "||",
                    ('|', false) => "|",
                    ('&', false) => "&",
                    ('(', _) => "(",
                    (')', _) => ")",
                    _ => ";",
                }));
            }
            c => word.get_or_insert_default().text.push(c),
        }
    }
    flush(&mut word, &mut out);
    out
}
