//! Reading JSON with Go's words for what is wrong in it.
//!
//! [`parse`] makes a [`Value`]; [`Parser`] lets a reader of many objects pick fields and skip the rest without making
//! values of them. Strings without escapes are borrowed from the input. As Go does, a bad UTF-8 byte and half a
//! surrogate pair become U+FFFD, and of a repeated key the last value counts.

use std::{borrow::Cow, fmt};

use crate::api::{Map, Value};

/// How deep lists and objects may nest. Go stops at 10,000; nothing that Kubernetes stores comes near either limit,
/// and this one keeps the deepest recursion over a value well within a thread's stack.
pub const MAX_DEPTH: usize = 1_000;

/// Why bytes are not JSON, in the words of Go's `encoding/json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Go's sentence.
    pub message: String,
    /// How many bytes had been read, the offending one included, as Go's `SyntaxError.Offset`.
    pub offset: usize,
    /// Whether the bytes ended before the value did: more bytes may mend it.
    pub incomplete: bool,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SyntaxError {}

/// Reads one value and nothing after it but white space.
///
/// # Errors
/// Go's sentence for the first byte that is wrong, or `unexpected end of JSON input`.
pub fn parse(bytes: &[u8]) -> Result<Value<'_>, SyntaxError> {
    let mut parser = Parser::new(bytes);
    let value = parser.value()?;
    match parser.peek() {
        None => Ok(value),
        Some(_) => Err(parser.unexpected("after top-level value")),
    }
}

/// Reads the first value in `bytes` and says how many bytes it took, white space before it included.
///
/// # Errors
/// As for [`parse`]; what follows the value is not looked at.
pub fn parse_prefix(bytes: &[u8]) -> Result<(Value<'_>, usize), SyntaxError> {
    let mut parser = Parser::new(bytes);
    let value = parser.value()?;
    Ok((value, parser.at))
}

/// A reader that goes through JSON once, from front to back.
#[derive(Debug, Clone)]
pub struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    /// A parser at the start of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Parser { bytes, at: 0, depth: 0 }
    }

    /// How many bytes have been read.
    pub fn position(&self) -> usize {
        self.at
    }

    /// The next byte that is not white space, which stays unread.
    pub fn peek(&mut self) -> Option<u8> {
        while let Some(&byte) = self.bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\t' | b'\r') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    /// Reads any value.
    ///
    /// # Errors
    /// What is wrong with it, in Go's words.
    pub fn value(&mut self) -> Result<Value<'a>, SyntaxError> {
        match self.peek() {
            None => Err(self.ended()),
            Some(b'"') => self.string().map(Value::String),
            Some(b'{') => {
                let mut entries = Vec::with_capacity(8);
                let mut fields = self.object()?;
                while let Some(key) = fields.next_key(self)? {
                    entries.push((key, self.value()?));
                }
                Ok(Value::Object(Map::from_entries(entries)))
            }
            Some(b'[') => {
                let mut items = Vec::new();
                let mut elements = self.array()?;
                while elements.next_element(self)? {
                    items.push(self.value()?);
                }
                Ok(Value::Array(items))
            }
            Some(b't') => self.literal(b"true").map(|()| Value::Bool(true)),
            Some(b'f') => self.literal(b"false").map(|()| Value::Bool(false)),
            Some(b'n') => self.literal(b"null").map(|()| Value::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => Err(self.unexpected("looking for beginning of value")),
        }
    }

    /// Reads any value, the fields of its objects in the order in which they stand: what Go made of structs comes out as
    /// Go would print the structs.
    ///
    /// # Errors
    /// As for [`Parser::value`].
    pub fn value_in_order(&mut self) -> Result<Value<'a>, SyntaxError> {
        match self.peek() {
            Some(b'{') => {
                let mut map = Map::in_order();
                let mut fields = self.object()?;
                while let Some(key) = fields.next_key(self)? {
                    map.insert(key, self.value_in_order()?);
                }
                Ok(Value::Object(map))
            }
            Some(b'[') => {
                let mut items = Vec::new();
                let mut elements = self.array()?;
                while elements.next_element(self)? {
                    items.push(self.value_in_order()?);
                }
                Ok(Value::Array(items))
            }
            _ => self.value(),
        }
    }

    /// Begins an object; its keys come from [`Fields::next_key`].
    ///
    /// # Errors
    /// Where the next value is no object, or nests too deep.
    pub fn object(&mut self) -> Result<Fields, SyntaxError> {
        self.open(b'{')?;
        Ok(Fields { first: true })
    }

    /// Begins a list; [`Elements::next_element`] says whether another element follows.
    ///
    /// # Errors
    /// Where the next value is no list, or nests too deep.
    pub fn array(&mut self) -> Result<Elements, SyntaxError> {
        self.open(b'[')?;
        Ok(Elements { first: true })
    }

    /// Goes on inside an object or a list whose opening bracket an earlier parser has read.
    pub(super) fn resume(&mut self) {
        self.depth += 1;
    }

    fn open(&mut self, bracket: u8) -> Result<(), SyntaxError> {
        match self.peek() {
            Some(byte) if byte == bracket => {}
            Some(_) => return Err(self.unexpected("looking for beginning of value")),
            None => return Err(self.ended()),
        }
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(SyntaxError {
                message: "exceeded max depth".into(),
                offset: self.at,
                incomplete: false,
            });
        }
        Ok(())
    }

    fn close(&mut self) {
        self.at += 1;
        self.depth -= 1;
    }

    /// Passes over any value. Brackets and strings are followed; what stands between them is not examined.
    ///
    /// # Errors
    /// Where the bytes end first, or no value begins here.
    pub fn skip(&mut self) -> Result<&'a [u8], SyntaxError> {
        let bytes = self.bytes;
        match self.peek() {
            None => Err(self.ended()),
            Some(b'"') => {
                let start = self.at;
                self.skip_string()?;
                Ok(&bytes[start..self.at])
            }
            Some(b'{' | b'[') => {
                let start = self.at;
                let mut open = 0usize;
                loop {
                    match bytes.get(self.at) {
                        None => return Err(self.ended()),
                        Some(b'"') => {
                            self.skip_string()?;
                            continue;
                        }
                        Some(b'{' | b'[') => open += 1,
                        Some(b'}' | b']') => open -= 1,
                        Some(_) => {}
                    }
                    self.at += 1;
                    if open == 0 {
                        return Ok(&bytes[start..self.at]);
                    }
                }
            }
            Some(_) => {
                let start = self.at;
                self.value()?;
                Ok(&bytes[start..self.at])
            }
        }
    }

    fn skip_string(&mut self) -> Result<(), SyntaxError> {
        self.at += 1;
        loop {
            self.at = find_special(self.bytes, self.at, false);
            match self.bytes.get(self.at) {
                None => return Err(self.ended()),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.at += 2,
                Some(_) => self.at += 1,
            }
        }
    }

    fn literal(&mut self, word: &'static [u8]) -> Result<(), SyntaxError> {
        for (i, &expected) in word.iter().enumerate() {
            match self.bytes.get(self.at) {
                Some(&byte) if byte == expected => self.at += 1,
                None => return Err(self.ended()),
                Some(_) => {
                    let word = String::from_utf8_lossy(word);
                    return Err(self.unexpected(&format!("in literal {word} (expecting '{}')", char::from(word.as_bytes()[i]))));
                }
            }
        }
        Ok(())
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<Value<'a>, SyntaxError> {
        let start = self.at;
        let mut whole = true;
        if self.bytes[self.at] == b'-' {
            self.at += 1;
        }
        match self.bytes.get(self.at) {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => {
                self.digits();
            }
            Some(_) => return Err(self.unexpected("in numeric literal")),
            None => return Err(self.ended()),
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            whole = false;
            self.at += 1;
            self.some_digits("after decimal point in numeric literal")?;
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            whole = false;
            self.at += 1;
            if let Some(b'+' | b'-') = self.bytes.get(self.at) {
                self.at += 1;
            }
            self.some_digits("in exponent of numeric literal")?;
        }
        // Only ASCII was accepted above.
        let text = std::str::from_utf8(&self.bytes[start..self.at]).unwrap_or_default();
        if whole && let Ok(number) = text.parse() {
            return Ok(Value::Int(number));
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Float(number)),
            _ => Err(SyntaxError {
                message: format!("json: cannot unmarshal number {text} into Go value of type float64"),
                offset: self.at,
                incomplete: false,
            }),
        }
    }

    fn some_digits(&mut self, place: &str) -> Result<(), SyntaxError> {
        if self.digits() > 0 {
            return Ok(());
        }
        match self.bytes.get(self.at) {
            Some(_) => Err(self.unexpected(place)),
            None => Err(self.ended()),
        }
    }

    /// Reads a string.
    ///
    /// # Errors
    /// Where no string begins here, or it is broken.
    pub fn string(&mut self) -> Result<Cow<'a, str>, SyntaxError> {
        match self.peek() {
            Some(b'"') => self.at += 1,
            Some(_) => return Err(self.unexpected("looking for beginning of value")),
            None => return Err(self.ended()),
        }
        let start = self.at;
        let end = find_special(self.bytes, start, true);
        if self.bytes.get(end) == Some(&b'"')
            && let Ok(text) = std::str::from_utf8(&self.bytes[start..end])
        {
            self.at = end + 1;
            return Ok(Cow::Borrowed(text));
        }
        self.escaped_string().map(Cow::Owned)
    }

    /// The rest of a string whose text cannot be borrowed; the parser stands after its opening quote.
    fn escaped_string(&mut self) -> Result<String, SyntaxError> {
        let mut text = String::new();
        loop {
            let start = self.at;
            self.at = find_special(self.bytes, start, true);
            push_lossy(&mut text, &self.bytes[start..self.at]);
            match self.bytes.get(self.at) {
                None => return Err(self.ended()),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => self.escape(&mut text)?,
                Some(_) => return Err(self.unexpected("in string literal")),
            }
        }
    }

    fn escape(&mut self, text: &mut String) -> Result<(), SyntaxError> {
        self.at += 1;
        let Some(&letter) = self.bytes.get(self.at) else {
            return Err(self.ended());
        };
        text.push(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.at += 1;
                text.push(self.unicode_escape()?);
                return Ok(());
            }
            _ => return Err(self.unexpected("in string escape code")),
        });
        self.at += 1;
        Ok(())
    }

    /// The character of `XXXX`, or of `XXXX\uXXXX` where these are a surrogate pair.
    fn unicode_escape(&mut self) -> Result<char, SyntaxError> {
        let first = self.hex4()?;
        if let Some(letter) = char::from_u32(first) {
            return Ok(letter);
        }
        if first < 0xDC00 && self.bytes[self.at..].starts_with(b"\\u") {
            let mut ahead = self.clone();
            ahead.at += 2;
            let second = ahead.hex4()?;
            if (0xDC00..0xE000).contains(&second) {
                self.at = ahead.at;
                return Ok(char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hex4(&mut self) -> Result<u32, SyntaxError> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(&byte) = self.bytes.get(self.at) else {
                return Err(self.ended());
            };
            let Some(digit) = char::from(byte).to_digit(16) else {
                return Err(self.unexpected("in \\u hexadecimal character escape"));
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }

    fn ended(&self) -> SyntaxError {
        SyntaxError {
            message: "unexpected end of JSON input".into(),
            offset: self.bytes.len(),
            incomplete: true,
        }
    }

    fn unexpected(&self, place: &str) -> SyntaxError {
        let byte = self.bytes.get(self.at).copied().unwrap_or_default();
        SyntaxError {
            message: format!("invalid character {} {place}", quoted(byte)),
            offset: self.at + 1,
            incomplete: false,
        }
    }
}

/// The fields of an object that is being read.
#[derive(Debug)]
pub struct Fields {
    first: bool,
}

impl Fields {
    pub(super) fn resume(first: bool) -> Self {
        Fields { first }
    }

    /// The next key; the parser then stands before its value, which must be read or skipped. `None` closes the object.
    ///
    /// # Errors
    /// What is wrong between the fields.
    pub fn next_key<'a>(&mut self, parser: &mut Parser<'a>) -> Result<Option<Cow<'a, str>>, SyntaxError> {
        match parser.peek() {
            None => return Err(parser.ended()),
            Some(b'}') => {
                parser.close();
                return Ok(None);
            }
            Some(b',') if !self.first => {
                parser.at += 1;
            }
            Some(_) if !self.first => return Err(parser.unexpected("after object key:value pair")),
            Some(_) => {}
        }
        self.first = false;
        match parser.peek() {
            None => return Err(parser.ended()),
            Some(b'"') => {}
            Some(_) => return Err(parser.unexpected("looking for beginning of object key string")),
        }
        let key = parser.string()?;
        match parser.peek() {
            None => Err(parser.ended()),
            Some(b':') => {
                parser.at += 1;
                Ok(Some(key))
            }
            Some(_) => Err(parser.unexpected("after object key")),
        }
    }
}

/// The elements of a list that is being read.
#[derive(Debug)]
pub struct Elements {
    first: bool,
}

impl Elements {
    pub(super) fn resume(first: bool) -> Self {
        Elements { first }
    }

    /// Whether another element follows; the parser then stands before it. `false` closes the list.
    ///
    /// # Errors
    /// What is wrong between the elements.
    pub fn next_element(&mut self, parser: &mut Parser<'_>) -> Result<bool, SyntaxError> {
        match parser.peek() {
            None => Err(parser.ended()),
            Some(b']') => {
                parser.close();
                Ok(false)
            }
            Some(b',') if !self.first => {
                parser.at += 1;
                match parser.peek() {
                    None => Err(parser.ended()),
                    Some(b']') => Err(parser.unexpected("looking for beginning of value")),
                    Some(_) => Ok(true),
                }
            }
            Some(_) if !self.first => Err(parser.unexpected("after array element")),
            Some(_) => {
                self.first = false;
                Ok(true)
            }
        }
    }
}

/// The index of the next `"` or `\`, and if `control` also of the next control character, at or after `from`; the
/// length of `bytes` where there is none. Eight bytes a step: most of a list's bytes are in its strings.
fn find_special(bytes: &[u8], from: usize, control: bool) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);
    // Marks the high bit of every byte of `word` that is zero. A byte above a zero one may be marked too, so only
    // the lowest mark is exact, and only the lowest is used.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let special = |byte: u8| byte == b'"' || byte == b'\\' || (control && byte < 0x20);
    let mut at = from;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let mut marks = zeros(word ^ (ONES * u64::from(b'"'))) | zeros(word ^ (ONES * u64::from(b'\\')));
        if control {
            marks |= word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        }
        if marks != 0 {
            return at + marks.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    bytes
        .get(at..)
        .and_then(|rest| rest.iter().position(|&byte| special(byte)))
        .map_or(bytes.len(), |i| at + i)
}

/// Appends `bytes` with every byte that is not UTF-8 replaced, one replacement a byte, as Go does.
fn push_lossy(text: &mut String, mut bytes: &[u8]) {
    loop {
        match std::str::from_utf8(bytes) {
            Ok(valid) => {
                text.push_str(valid);
                return;
            }
            Err(error) => {
                let (valid, rest) = bytes.split_at(error.valid_up_to());
                text.push_str(std::str::from_utf8(valid).unwrap_or_default());
                text.push(char::REPLACEMENT_CHARACTER);
                bytes = &rest[1..];
            }
        }
    }
}

/// A byte as Go quotes it in its messages: `'x'`, `'\''`, `'"'`, `'\n'`, `'\x00'`, `'ÿ'`.
fn quoted(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".into(),
        b'"' => "'\"'".into(),
        b'\\' => r"'\\'".into(),
        0x07 => r"'\a'".into(),
        0x08 => r"'\b'".into(),
        0x0c => r"'\f'".into(),
        b'\n' => r"'\n'".into(),
        b'\r' => r"'\r'".into(),
        b'\t' => r"'\t'".into(),
        0x0b => r"'\v'".into(),
        0x00..0x20 | 0x7f => format!("'\\x{byte:02x}'"),
        0x80..0xa0 | 0xad => format!("'\\u{byte:04x}'"),
        _ => format!("'{}'", char::from(byte)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn value_in_order_keeps_the_order_of_fields_and_the_last_of_equal_ones() {
        let value = Parser::new(br#"{"b":[{"z":1,"a":2}],"a":null,"b":3}"#).value_in_order().unwrap();
        assert_eq!(
            value
                .as_object()
                .unwrap()
                .iter()
                .map(|(key, value)| (key, value.as_int()))
                .collect::<Vec<_>>(),
            [("b", Some(3)), ("a", None)]
        );
        assert!(Parser::new(b"[{").value_in_order().is_err());
    }

    fn error(text: &str) -> String {
        parse(text.as_bytes()).unwrap_err().message
    }

    #[test]
    fn parse_of_broken_json_says_what_go_says() {
        assert_eq!(error(""), "unexpected end of JSON input");
        assert_eq!(error("{bad"), "invalid character 'b' looking for beginning of object key string");
        assert_eq!(error(r#"{"a" 1}"#), "invalid character '1' after object key");
        assert_eq!(error(r#"{"a":1 "b"}"#), "invalid character '\"' after object key:value pair");
        assert_eq!(error("[1 2]"), "invalid character '2' after array element");
        assert_eq!(error("[1,]"), "invalid character ']' looking for beginning of value");
        assert_eq!(error("nul"), "unexpected end of JSON input");
        assert_eq!(error("nulx"), "invalid character 'x' in literal null (expecting 'l')");
        assert_eq!(error("01"), "invalid character '1' after top-level value");
        assert_eq!(error("-x"), "invalid character 'x' in numeric literal");
        assert_eq!(error("1.x"), "invalid character 'x' after decimal point in numeric literal");
        assert_eq!(error("1ex"), "invalid character 'x' in exponent of numeric literal");
        assert_eq!(error("\"a\nb\""), "invalid character '\\n' in string literal");
        assert_eq!(error(r#""\x""#), "invalid character 'x' in string escape code");
        assert_eq!(error(r#""\u12g4""#), "invalid character 'g' in \\u hexadecimal character escape");
    }

    #[test]
    fn parse_of_numbers_keeps_whole_ones_as_integers() {
        assert_eq!(parse(b"9223372036854775807").unwrap(), Value::Int(i64::MAX));
        assert_eq!(parse(b"9223372036854775808").unwrap(), Value::Float(9_223_372_036_854_775_808.0));
        assert_eq!(parse(b"1.0").unwrap(), Value::Float(1.0));
        assert_eq!(parse(b"1e3").unwrap(), Value::Float(1000.0));
    }

    #[test]
    fn parse_of_bad_text_replaces_it_as_go_does() {
        assert_eq!(parse(b"\"a\xff\xfeb\"").unwrap().as_str(), Some("a\u{fffd}\u{fffd}b"));
        assert_eq!(
            parse(br#""\ud83d\ude80 \ud83d \ude80""#).unwrap().as_str(),
            Some("🚀 \u{fffd} \u{fffd}")
        );
    }

    #[test]
    fn parse_of_ten_thousand_brackets_stops_at_the_limit() {
        let deep = "[".repeat(10_000);
        assert_eq!(error(&deep), "exceeded max depth");
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_filter("finite", |x| x.is_finite()).prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 64, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Into::into),
                prop::collection::btree_map(any::<String>(), inner, 0..8)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    fn same(ours: &Value<'_>, theirs: &serde_json::Value) -> bool {
        match (ours, theirs) {
            (Value::Null, serde_json::Value::Null) => true,
            (Value::Bool(a), serde_json::Value::Bool(b)) => a == b,
            (Value::Int(a), serde_json::Value::Number(b)) => b.as_i64() == Some(*a),
            (Value::Float(a), serde_json::Value::Number(b)) => b.as_f64() == Some(*a),
            (Value::String(a), serde_json::Value::String(b)) => a == b,
            (Value::Array(a), serde_json::Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
            (Value::Object(a), serde_json::Value::Object(b)) => {
                a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
            }
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn parse_of_any_json_agrees_with_serde(value in json(), pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            prop_assert!(same(&parse(text.as_bytes()).unwrap(), &value));
            let mut parser = Parser::new(text.as_bytes());
            prop_assert_eq!(parser.skip().unwrap(), text.as_bytes());
        }

        #[test]
        fn parse_of_any_bytes_never_panics(bytes: Vec<u8>) {
            let _ = parse(&bytes);
            let _ = Parser::new(&bytes).skip();
        }

        #[test]
        fn parse_of_cut_json_is_incomplete_or_whole(value in json(), cut in any::<prop::sample::Index>()) {
            let text = serde_json::to_string(&vec![value]).unwrap();
            let bytes = &text.as_bytes()[..cut.index(text.len())];
            prop_assert!(parse(bytes).unwrap_err().incomplete);
        }
    }
}
