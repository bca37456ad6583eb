//! `Sprintf` of Go's `fmt`, with its reports of verbs and operands that do not match.

use super::{
    literal::push,
    verbs::{Operand, Spec},
};

/// The largest width or precision, in digits read so far, that Go takes another digit for.
const LARGEST: usize = 1_000_000;

/// Appends `format` with its verbs replaced.
pub fn printf(out: &mut Vec<u8>, format: &[u8], operands: &[Operand<'_>]) {
    let mut reader = Reader {
        rest: format,
        operands,
        next: 0,
        reordered: false,
        sound: true,
    };
    while let Some(at) = memchr::memchr(b'%', reader.rest) {
        out.extend_from_slice(&reader.rest[..at]);
        reader.rest = &reader.rest[at + 1..];
        reader.verb(out);
    }
    out.extend_from_slice(reader.rest);
    if !reader.reordered && reader.next < operands.len() {
        out.extend_from_slice(b"%!(EXTRA ");
        for (i, operand) in operands[reader.next..].iter().enumerate() {
            if i > 0 {
                out.extend_from_slice(b", ");
            }
            if !matches!(operand, Operand::Nil) {
                out.extend_from_slice(operand.type_name().as_bytes());
                out.push(b'=');
            }
            Spec::default().apply(out, *operand);
        }
        out.push(b')');
    }
}

/// A format that is being read.
struct Reader<'f> {
    rest: &'f [u8],
    operands: &'f [Operand<'f>],
    next: usize,
    /// `[n]` was used.
    reordered: bool,
    /// The last `[n]` of this verb made sense.
    sound: bool,
}

impl Reader<'_> {
    fn verb(&mut self, out: &mut Vec<u8>) {
        let mut spec = Spec::default();
        self.sound = true;
        self.flags(&mut spec);
        let mut indexed = self.index();
        if self.skip(b'*') {
            match self.star() {
                Some(width) => {
                    spec.minus |= width < 0;
                    spec.zero &= width >= 0;
                    spec.width = usize::try_from(width.unsigned_abs()).ok();
                }
                None => out.extend_from_slice(b"%!(BADWIDTH)"),
            }
            indexed = false;
        } else {
            spec.width = self.number();
            if indexed && spec.width.is_some() {
                self.sound = false;
            }
        }
        if self.skip(b'.') {
            if indexed {
                self.sound = false;
            }
            indexed = self.index();
            if self.skip(b'*') {
                match self.star() {
                    Some(precision) if precision >= 0 => spec.precision = usize::try_from(precision).ok(),
                    Some(_) | None => out.extend_from_slice(b"%!(BADPREC)"),
                }
                indexed = false;
            } else {
                spec.precision = Some(self.number().unwrap_or(0));
            }
        }
        if !indexed {
            self.index();
        }
        let Some(verb) = self.letter() else {
            return out.extend_from_slice(b"%!(NOVERB)");
        };
        if verb == '%' {
            return out.push(b'%');
        }
        let problem = match self.operands.get(self.next) {
            _ if !self.sound => "(BADINDEX)",
            None => "(MISSING)",
            Some(&operand) => {
                self.next += 1;
                spec.verb = verb;
                if verb == 'v' {
                    (spec.syntax, spec.sharp) = (spec.sharp, false);
                    spec.plus = false;
                }
                return spec.apply(out, operand);
            }
        };
        out.extend_from_slice(b"%!");
        push(out, verb);
        out.extend_from_slice(problem.as_bytes());
    }

    fn flags(&mut self, spec: &mut Spec) {
        loop {
            match self.rest.first() {
                Some(b'#') => spec.sharp = true,
                Some(b'0') => spec.zero = true,
                Some(b'+') => spec.plus = true,
                Some(b'-') => spec.minus = true,
                Some(b' ') => spec.space = true,
                _ => return,
            }
            self.rest = &self.rest[1..];
        }
    }

    fn skip(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((&first, rest)) if first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// A width or precision. One that is absurdly large swallows the rest of the format.
    fn number(&mut self) -> Option<usize> {
        let mut number = None;
        while let Some((&byte @ b'0'..=b'9', rest)) = self.rest.split_first() {
            let before = number.unwrap_or(0);
            if before > LARGEST {
                self.rest = &[];
                return None;
            }
            number = Some(before * 10 + usize::from(byte - b'0'));
            self.rest = rest;
        }
        number
    }

    /// Reads `[n]`, which says which operand is the next one.
    fn index(&mut self) -> bool {
        if self.rest.first() != Some(&b'[') {
            return false;
        }
        self.reordered = true;
        let Some(end) = memchr::memchr(b']', self.rest) else {
            self.sound = false;
            self.rest = &self.rest[1..];
            return false;
        };
        let number = std::str::from_utf8(&self.rest[1..end])
            .ok()
            .and_then(|text| text.parse::<usize>().ok());
        self.rest = &self.rest[end + 1..];
        match number {
            Some(number) if (1..=self.operands.len()).contains(&number) => {
                self.next = number - 1;
                true
            }
            _ => {
                self.sound = false;
                false
            }
        }
    }

    /// The width or precision that an operand says.
    fn star(&mut self) -> Option<i64> {
        let operand = self.operands.get(self.next)?;
        self.next += 1;
        match *operand {
            Operand::Int(number) | Operand::Int64(number) if number.unsigned_abs() <= 1_000_000 => Some(number),
            Operand::Byte(number) => Some(i64::from(number)),
            _ => None,
        }
    }

    fn letter(&mut self) -> Option<char> {
        let chunk = self.rest.utf8_chunks().next()?;
        let (letter, length) = match chunk.valid().chars().next() {
            Some(letter) => (letter, letter.len_utf8()),
            None => (char::REPLACEMENT_CHARACTER, 1),
        };
        self.rest = &self.rest[length..];
        Some(letter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        api::json::parse,
        template::format::verbs::{print, print_line},
    };

    fn sprintf(format: &str, operands: &[Operand<'_>]) -> String {
        let mut out = Vec::new();
        printf(&mut out, format.as_bytes(), operands);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn printf_of_integers_follows_flags() {
        let cases = [
            ("%5d|%-5d|%05d|%+d|% d", "   42|42   |00042|+42| 42"),
            ("%x|%X|%#x|%b|%o|%O|%#o", "2a|2A|0x2a|101010|52|0o52|052"),
            ("%c|%q|%U|%#U|%3c", "*|'*'|U+002A|U+002A '*'|  *"),
            ("%s|%t|%z", "%!s(int=42)|%!t(int=42)|%!z(int=42)"),
            ("%.4d|%8.4d|%T|%v", "0042|    0042|int|42"),
        ];
        for (format, expected) in cases {
            let operands = vec![Operand::Int(42); format.split('|').count()];
            assert_eq!(sprintf(format, &operands), expected, "{format}");
        }
        assert_eq!(
            sprintf("%06d|%+06d|% 06d", &[Operand::Int(-42), Operand::Int(42), Operand::Int(42)]),
            "-00042|+00042| 00042"
        );
    }

    #[test]
    fn printf_of_floats_follows_flags() {
        let cases = [
            ("%f|%.2f|%8.3f|%08.2f|%-8.1f|", 1.555, "1.555000|1.55|   1.555|00001.55|1.6     |"),
            ("%e|%E|%.1e", 12345.678, "1.234568e+04|1.234568E+04|1.2e+04"),
            ("%g|%G|%.3g|%v|%6.2v|", 1e20, "1e+20|1E+20|1e+20|1e+20| 1e+20|"),
            ("%+.1f|% f|%+08.3f", 2.0, "+2.0| 2.000000|+002.000"),
            ("%d|%s", 1.5, "%!d(float64=1.5)|%!s(float64=1.5)"),
            ("%#g|%x|%X", 1.0, "1.00000|0x1p+00|0X1P+00"),
        ];
        for (format, number, expected) in cases {
            let operands = vec![Operand::Float(number); format.matches('%').count()];
            assert_eq!(sprintf(format, &operands), expected, "{format}");
        }
    }

    #[test]
    fn printf_of_text_counts_characters() {
        let cases = [
            ("%s|%q|%10s|%-10s|%.2s|%05s", "é☃a", "é☃a|\"é☃a\"|       é☃a|é☃a       |é☃|00é☃a"),
            ("%x|% x|%X|%#x|%.1x", "hi", "6869|68 69|6869|0x6869|68"),
            ("%+q|%#q|%d", "é", "\"\\u00e9\"|`é`|%!d(string=é)"),
        ];
        for (format, text, expected) in cases {
            let operands = vec![Operand::Text(text.as_bytes()); format.split('|').count()];
            assert_eq!(sprintf(format, &operands), expected, "{format}");
        }
    }

    #[test]
    fn printf_of_lists_and_maps_applies_the_verb_to_their_members() {
        let value = parse(br#"{"a":["x",1,null],"b":{}}"#).unwrap();
        let operand = Operand::of(&value);
        assert_eq!(sprintf("%v", &[operand]), "map[a:[x 1 <nil>] b:map[]]");
        assert_eq!(sprintf("%s", &[operand]), "map[a:[x %!s(int64=1) <nil>] b:map[]]");
        assert_eq!(
            sprintf("%#v", &[operand]),
            "map[string]interface {}{\"a\":[]interface {}{\"x\", 1, interface {}(nil)}, \"b\":map[string]interface {}{}}"
        );
        assert_eq!(sprintf("%3v", &[Operand::of(value.at(&["a"]).unwrap())]), "[  x   1 <nil>]");
    }

    #[test]
    fn printf_of_wrong_formats_says_what_go_says() {
        let one = [Operand::Int(1)];
        let cases: [(&str, &[Operand<'_>], &str); 12] = [
            ("%d", &[], "%!d(MISSING)"),
            ("%d %d", &one, "1 %!d(MISSING)"),
            (
                "x",
                &[Operand::Int(1), Operand::Text(b"a"), Operand::Nil],
                "x%!(EXTRA int=1, string=a, <nil>)",
            ),
            ("%", &[], "%!(NOVERB)"),
            ("%!", &[], "%!!(MISSING)"),
            ("100%%", &[], "100%"),
            ("%[3]d", &one, "%!d(BADINDEX)"),
            ("%[x]d", &one, "%!d(BADINDEX)"),
            ("%[2]*[1]d", &[Operand::Int(1), Operand::Int(4)], "   1"),
            ("%-*d|", &[Operand::Int(4), Operand::Int(1)], "1   |"),
            ("%s", &[Operand::Nil], "%!s(<nil>)"),
            ("%99999999999d", &one, "%!(NOVERB)%!(EXTRA int=1)"),
        ];
        for (format, operands, expected) in cases {
            assert_eq!(sprintf(format, operands), expected, "{format}");
        }
    }

    #[test]
    fn print_puts_spaces_between_what_is_not_text() {
        let mut out = Vec::new();
        let operands = [
            Operand::Int(1),
            Operand::Int(2),
            Operand::Text(b"a"),
            Operand::Text(b"b"),
            Operand::Int(3),
            Operand::Nil,
        ];
        print(&mut out, &operands);
        assert_eq!(out, b"1 2ab3 <nil>");
        out.clear();
        print_line(&mut out, &operands[1..3]);
        assert_eq!(out, b"2 a\n");
    }
}
