//! What a certificate says (RFC 5280), as far as decisions and messages about it need.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// The key usage that lets a key sign certificates (bit 5, counted from the first).
const SIGNS_CERTIFICATES: u8 = 0b0000_0100;

/// Tags of DER.
mod tag {
    pub(super) const BOOLEAN: u8 = 0x01;
    pub(super) const INTEGER: u8 = 0x02;
    pub(super) const BIT_STRING: u8 = 0x03;
    pub(super) const OCTET_STRING: u8 = 0x04;
    pub(super) const OBJECT: u8 = 0x06;
    pub(super) const UTC_TIME: u8 = 0x17;
    pub(super) const GENERALIZED_TIME: u8 = 0x18;
    pub(super) const SEQUENCE: u8 = 0x30;
    pub(super) const SET: u8 = 0x31;
    /// `[0]` around the version.
    pub(super) const VERSION: u8 = 0xa0;
    /// `[3]` around the extensions.
    pub(super) const EXTENSIONS: u8 = 0xa3;
    /// `[2]` of a general name.
    pub(super) const DNS_NAME: u8 = 0x82;
    /// `[7]` of a general name.
    pub(super) const IP_ADDRESS: u8 = 0x87;
}

/// Object identifiers, encoded.
mod object {
    pub(super) const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
    pub(super) const ORGANIZATION: &[u8] = &[0x55, 0x04, 0x0a];
    pub(super) const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
    pub(super) const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1d, 0x11];
    pub(super) const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
    pub(super) const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x1e];
    /// Extensions that Go understands and that need not be read here: key identifiers, lists of revoked certificates,
    /// policies, extended key usage.
    pub(super) const UNDERSTOOD: [&[u8]; 5] = [
        &[0x55, 0x1d, 0x0e],
        &[0x55, 0x1d, 0x1f],
        &[0x55, 0x1d, 0x20],
        &[0x55, 0x1d, 0x23],
        &[0x55, 0x1d, 0x25],
    ];
}

/// A certificate that has been read.
#[derive(Debug, Clone)]
pub(super) struct Certificate<'a> {
    /// 1 to 3.
    pub(super) version: u8,
    serial: &'a [u8],
    /// The issuer's name, encoded.
    pub(super) issuer: &'a [u8],
    /// The holder's name, encoded.
    pub(super) subject: &'a [u8],
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
    /// The holder's key with its algorithm, encoded.
    pub(super) key_info: &'a [u8],
    /// The algorithm of the key, encoded, without its outer tag and length.
    pub(super) key_algorithm: &'a [u8],
    /// The bits of the key.
    pub(super) key: &'a [u8],
    /// What is signed.
    pub(super) signed: &'a [u8],
    /// The algorithm of the signature, as for the key.
    pub(super) signature_algorithm: &'a [u8],
    /// The bits of the signature.
    pub(super) signature: &'a [u8],
    /// The extension that names hosts, if there is one.
    pub(super) names: Option<Names>,
    /// Whether the holder is an authority, if anything is said of that.
    pub(super) authority: Option<bool>,
    /// Whether the key may sign certificates, if anything is said of keys.
    pub(super) signs_certificates: Option<bool>,
    /// Whether an authority is limited to some names.
    pub(super) constrains_names: bool,
    /// Whether there is something that must be understood and is not.
    pub(super) unhandled: bool,
}

/// The hosts that a certificate is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) dns: Vec<String>,
    pub(super) addresses: Vec<IpAddr>,
}

/// A reader of encoded values, one after the other.
#[derive(Debug, Clone, Copy)]
struct Der<'a>(&'a [u8]);

/// One encoded value.
#[derive(Debug, Clone, Copy)]
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    /// Tag and length included.
    whole: &'a [u8],
}

impl<'a> Der<'a> {
    fn next(&mut self) -> Option<Element<'a>> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x84 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
                (digits.iter().fold(0, |length, digit| (length << 8) | usize::from(*digit)), rest)
            }
            _ => return None,
        };
        let (content, after) = rest.split_at_checked(length)?;
        let whole = &self.0[..self.0.len() - after.len()];
        self.0 = after;
        Some(Element { tag, content, whole })
    }

    fn expect(&mut self, tag: u8) -> Option<Element<'a>> {
        self.next().filter(|element| element.tag == tag)
    }

    /// The next value if it has this tag.
    fn optional(&mut self, tag: u8) -> Option<Element<'a>> {
        let mut ahead = *self;
        let element = ahead.expect(tag)?;
        *self = ahead;
        Some(element)
    }
}

impl<'a> Iterator for Der<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        Der::next(self)
    }
}

impl<'a> Certificate<'a> {
    /// Reads a certificate; nothing where it is malformed.
    pub(super) fn parse(der: &'a [u8]) -> Option<Self> {
        let mut outer = Der(Der(der).expect(tag::SEQUENCE)?.content);
        let signed = outer.expect(tag::SEQUENCE)?;
        let signature_algorithm = outer.expect(tag::SEQUENCE)?.content;
        let signature = bits(outer.expect(tag::BIT_STRING)?)?;

        let mut fields = Der(signed.content);
        let version = match fields.optional(tag::VERSION) {
            None => 1,
            Some(version) => Der(version.content).expect(tag::INTEGER)?.content.last()?.checked_add(1)?,
        };
        let serial = fields.expect(tag::INTEGER)?.content;
        fields.expect(tag::SEQUENCE)?;
        let issuer = fields.expect(tag::SEQUENCE)?.whole;
        let mut validity = Der(fields.expect(tag::SEQUENCE)?.content);
        let (not_before, not_after) = (time(validity.next()?)?, time(validity.next()?)?);
        let subject = fields.expect(tag::SEQUENCE)?.whole;
        let key_info = fields.expect(tag::SEQUENCE)?;
        let mut key_fields = Der(key_info.content);
        let mut certificate = Certificate {
            version,
            serial,
            issuer,
            subject,
            not_before,
            not_after,
            key_info: key_info.whole,
            key_algorithm: key_fields.expect(tag::SEQUENCE)?.content,
            key: bits(key_fields.expect(tag::BIT_STRING)?)?,
            signed: signed.whole,
            signature_algorithm,
            signature,
            names: None,
            authority: None,
            signs_certificates: None,
            constrains_names: false,
            unhandled: false,
        };
        if let Some(extensions) = fields.find(|field| field.tag == tag::EXTENSIONS) {
            for extension in Der(Der(extensions.content).expect(tag::SEQUENCE)?.content) {
                certificate.note(extension)?;
            }
        }
        Some(certificate)
    }

    fn note(&mut self, extension: Element<'a>) -> Option<()> {
        let mut fields = Der(extension.content);
        let kind = fields.expect(tag::OBJECT)?.content;
        let critical = fields.optional(tag::BOOLEAN).is_some_and(|flag| flag.content != [0]);
        let mut value = Der(fields.expect(tag::OCTET_STRING)?.content);
        match kind {
            object::ALTERNATIVE_NAMES => self.names = Some(names(value.expect(tag::SEQUENCE)?)),
            object::BASIC_CONSTRAINTS => {
                let flag = Der(value.expect(tag::SEQUENCE)?.content).optional(tag::BOOLEAN);
                self.authority = Some(flag.is_some_and(|flag| flag.content != [0]));
            }
            object::KEY_USAGE => {
                let usages = bits(value.expect(tag::BIT_STRING)?)?;
                self.signs_certificates = Some(usages.first().is_some_and(|first| first & SIGNS_CERTIFICATES != 0));
            }
            object::NAME_CONSTRAINTS => self.constrains_names = true,
            other => self.unhandled |= critical && !object::UNDERSTOOD.contains(&other),
        }
        Some(())
    }

    /// Whether this may have signed other certificates (Go's `CheckSignatureFrom`, before it looks at the signature).
    pub(super) fn may_sign(&self) -> bool {
        let authority = self.authority.unwrap_or(self.version < 3);
        authority && self.signs_certificates.unwrap_or(true)
    }

    /// The holder's common name.
    pub(super) fn common_name(&self) -> Option<String> {
        attribute(self.subject, object::COMMON_NAME)
    }

    /// What to call the holder in a message: common name, organization, or serial number.
    pub(super) fn title(&self) -> String {
        self.common_name()
            .or_else(|| attribute(self.subject, object::ORGANIZATION))
            .unwrap_or_else(|| format!("serial:{}", decimal(self.serial)))
    }
}

/// Which kind of key `key_info` is: the identifier of its algorithm.
pub(super) fn algorithm(key_info: &[u8]) -> Option<&[u8]> {
    let mut fields = Der(Der(key_info).expect(tag::SEQUENCE)?.content);
    Some(Der(fields.expect(tag::SEQUENCE)?.content).expect(tag::OBJECT)?.content)
}

/// The bits of a bit string; of none but whole bytes.
fn bits(element: Element<'_>) -> Option<&[u8]> {
    element.content.split_first().map(|(_, bits)| bits)
}

/// An attribute of an encoded name that is not empty.
fn attribute(name: &[u8], kind: &[u8]) -> Option<String> {
    let name = Der(name).expect(tag::SEQUENCE)?.content;
    // Of several, the last counts, as for Go.
    let mut found = None;
    for set in Der(name).filter(|set| set.tag == tag::SET) {
        for pair in Der(set.content) {
            let mut fields = Der(pair.content);
            if fields.expect(tag::OBJECT)?.content == kind {
                found = Some(String::from_utf8_lossy(fields.next()?.content).into_owned());
            }
        }
    }
    found.filter(|text| !text.is_empty())
}

/// The hosts in a list of general names.
fn names(list: Element<'_>) -> Names {
    let mut names = Names::default();
    for name in Der(list.content) {
        match name.tag {
            tag::DNS_NAME => names.dns.push(String::from_utf8_lossy(name.content).into_owned()),
            tag::IP_ADDRESS => {
                let v4 = <[u8; 4]>::try_from(name.content).map(|bytes| IpAddr::V4(Ipv4Addr::from(bytes)));
                let v6 = <[u8; 16]>::try_from(name.content).map(|bytes| IpAddr::V6(Ipv6Addr::from(bytes)));
                names.addresses.extend(v4.or(v6));
            }
            _ => {}
        }
    }
    names
}

/// `YYMMDDhhmmssZ` or `YYYYMMDDhhmmssZ`.
fn time(element: Element<'_>) -> Option<Timestamp> {
    let text = std::str::from_utf8(element.content).ok()?.strip_suffix('Z')?;
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = match (element.tag, text.len()) {
        (tag::UTC_TIME, 12) => {
            let (year, rest) = text.split_at(2);
            let year: i16 = year.parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        (tag::GENERALIZED_TIME, 14) => {
            let (year, rest) = text.split_at(4);
            (year.parse().ok()?, rest)
        }
        _ => return None,
    };
    let part = |at: usize| rest[at..at + 2].parse::<i8>().ok();
    let date = DateTime::new(year, part(0)?, part(2)?, part(4)?, part(6)?, part(8)?, 0).ok()?;
    // The end of time that certificates without an end name does not fit a timestamp in every zone, but in this one.
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// A whole number of any size, in decimal.
fn decimal(bytes: &[u8]) -> String {
    let mut digits: Vec<u8> = vec![0];
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            let value = u32::from(*digit) * 256 + carry;
            *digit = (value % 10) as u8;
            carry = value / 10;
        }
        while carry > 0 {
            digits.push((carry % 10) as u8);
            carry /= 10;
        }
    }
    digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, KeyUsagePurpose, SanType, date_time_ymd};

    use super::*;

    fn authority() -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
        params.subject_alt_names.push(SanType::IpAddress("10.0.0.1".parse().unwrap()));
        params.subject_alt_names.push(SanType::IpAddress("fd00::1".parse().unwrap()));
        params.distinguished_name.push(DnType::CommonName, "the authority");
        params.not_before = date_time_ymd(2020, 1, 2);
        params.not_after = date_time_ymd(2060, 3, 4);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn parse_reads_what_a_certificate_says() {
        let der = authority();
        let certificate = Certificate::parse(&der).unwrap();
        assert_eq!(certificate.version, 3);
        assert_eq!(certificate.common_name().as_deref(), Some("the authority"));
        assert_eq!(certificate.subject, certificate.issuer);
        assert_eq!(certificate.not_before.to_string(), "2020-01-02T00:00:00Z");
        assert_eq!(certificate.not_after.to_string(), "2060-03-04T00:00:00Z");
        let names = certificate.names.clone().unwrap();
        assert_eq!(names.dns, ["a.example"]);
        assert_eq!(names.addresses, ["10.0.0.1".parse::<IpAddr>().unwrap(), "fd00::1".parse().unwrap()]);
        assert_eq!((certificate.authority, certificate.signs_certificates), (Some(true), Some(true)));
        assert!(certificate.may_sign());
    }

    #[test]
    fn parse_of_a_certificate_cut_anywhere_finds_nothing() {
        let der = authority();
        for end in 0..der.len() {
            assert!(Certificate::parse(&der[..end]).is_none(), "{end}");
        }
    }

    #[test]
    fn decimal_of_long_numbers_is_exact() {
        assert_eq!(decimal(&[]), "0");
        assert_eq!(decimal(&[1, 0]), "256");
        assert_eq!(decimal(&[0xff; 16]), u128::MAX.to_string());
    }

    proptest! {
        #[test]
        fn parse_of_damaged_certificates_does_not_panic(at in 0usize..400, byte: u8) {
            let mut der = authority();
            let at = at % der.len();
            der[at] = byte;
            if let Some(certificate) = Certificate::parse(&der) {
                prop_assert!(!certificate.title().is_empty());
            }
        }
    }
}
