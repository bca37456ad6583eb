//! Reading a certificate request (PKCS #10, RFC 2986) as far as people are told of it: subject and alternative names.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::describe::parts::base64::decoded;

/// Types of ASN.1 values, by their first byte.
mod tag {
    pub(super) const INTEGER: u8 = 0x02;
    pub(super) const OCTETS: u8 = 0x04;
    pub(super) const OBJECT: u8 = 0x06;
    pub(super) const UTF8: u8 = 0x0c;
    pub(super) const NUMERIC: u8 = 0x12;
    pub(super) const PRINTABLE: u8 = 0x13;
    pub(super) const T61: u8 = 0x14;
    pub(super) const IA5: u8 = 0x16;
    pub(super) const BMP: u8 = 0x1e;
    pub(super) const SEQUENCE: u8 = 0x30;
    pub(super) const SET: u8 = 0x31;
    /// The attributes of a request.
    pub(super) const ATTRIBUTES: u8 = 0xa0;
    pub(super) const EMAIL: u8 = 0x81;
    pub(super) const DNS: u8 = 0x82;
    pub(super) const URI: u8 = 0x86;
    pub(super) const ADDRESS: u8 = 0x87;
}

/// 2.5.4: the parts of names.
const NAME_PART: [u8; 2] = [0x55, 0x04];

/// 1.2.840.113549.1.9.14: what is wanted in the certificate besides.
const EXTENSION_REQUEST: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e];

/// 2.5.29.17: other names.
const ALTERNATIVE_NAMES: [u8; 3] = [0x55, 0x1d, 0x11];

const TRUNCATED: &str = "asn1: syntax error: data truncated";
const MALFORMED: &str = "x509: malformed certificate request";

/// What a certificate is wanted for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Who.
    pub subject: Subject,
    /// Hosts.
    pub dns_names: Vec<String>,
    /// Mailboxes.
    pub email_addresses: Vec<String>,
    /// Places.
    pub uris: Vec<String>,
    /// Addresses.
    pub ip_addresses: Vec<String>,
}

/// A name: texts by the number of the part that they are.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Subject(Vec<(u8, String)>);

impl Subject {
    /// Every text of a part.
    pub fn all(&self, part: u8) -> Vec<String> {
        let texts = self.0.iter().filter(|(kind, _)| *kind == part);
        texts.map(|(_, text)| text.clone()).collect()
    }

    /// The last text of a part, which may be empty.
    pub fn last(&self, part: u8) -> &str {
        self.0.iter().rfind(|(kind, _)| *kind == part).map_or("", |(_, text)| text)
    }
}

/// Reads a request in PEM.
///
/// # Errors
/// Why it cannot be read.
pub fn request(pem: &[u8]) -> Result<Request, String> {
    let der = block(pem).ok_or("PEM block type must be CERTIFICATE REQUEST")?;
    let mut outer = Reader(&der);
    let mut signed = outer.expect(tag::SEQUENCE)?;
    if !outer.0.is_empty() {
        return Err("asn1: syntax error: trailing data".to_owned());
    }
    let mut info = signed.expect(tag::SEQUENCE)?;
    signed.expect(tag::SEQUENCE)?;
    info.expect(tag::INTEGER)?;
    let mut request = Request {
        subject: subject(info.expect(tag::SEQUENCE)?)?,
        ..Request::default()
    };
    info.expect(tag::SEQUENCE)?;
    let Some((tag::ATTRIBUTES, attributes)) = info.next()? else {
        return Ok(request);
    };
    for attribute in attributes.all(tag::SEQUENCE)? {
        let mut attribute = attribute;
        if attribute.expect(tag::OBJECT)?.0 != EXTENSION_REQUEST {
            continue;
        }
        for extensions in attribute.expect(tag::SET)?.all(tag::SEQUENCE)? {
            for mut extension in extensions.all(tag::SEQUENCE)? {
                if extension.expect(tag::OBJECT)?.0 == ALTERNATIVE_NAMES {
                    request.alternative_names(extension)?;
                }
            }
        }
    }
    Ok(request)
}

impl Request {
    fn alternative_names(&mut self, mut extension: Reader<'_>) -> Result<(), String> {
        // Whether the extension is critical may stand before its value.
        while let Some((kind, value)) = extension.next()? {
            if kind != tag::OCTETS {
                continue;
            }
            let mut value = value;
            let mut names = value.expect(tag::SEQUENCE)?;
            while let Some((kind, Reader(name))) = names.next()? {
                let text = || String::from_utf8_lossy(name).into_owned();
                match kind {
                    tag::EMAIL => self.email_addresses.push(text()),
                    tag::DNS => self.dns_names.push(text()),
                    tag::URI => self.uris.push(text()),
                    tag::ADDRESS => self.ip_addresses.push(address(name)?),
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

/// The bytes of the first PEM block, if it is a request.
fn block(pem: &[u8]) -> Option<Vec<u8>> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE REQUEST-----";
    const END: &str = "-----END CERTIFICATE REQUEST-----";
    let text = std::str::from_utf8(pem).ok()?;
    let first = text.find("-----BEGIN ")?;
    let body = text[first..].strip_prefix(BEGIN)?;
    let body = &body[..body.find(END)?];
    // Headers end with an empty line.
    let body = match body.split_once("\n\n") {
        Some((headers, rest)) if headers.contains(':') => rest,
        _ => body,
    };
    let body: String = body.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
    Some(decoded(&body)).filter(|bytes| !bytes.is_empty())
}

fn subject(names: Reader<'_>) -> Result<Subject, String> {
    let mut parts = Vec::new();
    for set in names.all(tag::SET)? {
        for mut pair in set.all(tag::SEQUENCE)? {
            let kind = pair.expect(tag::OBJECT)?;
            let (form, value) = pair.next()?.ok_or(TRUNCATED)?;
            if let (Some([part]), Some(text)) = (kind.0.strip_prefix(&NAME_PART), text(form, value.0)) {
                parts.push((*part, text));
            }
        }
    }
    Ok(Subject(parts))
}

/// A value that is text.
fn text(form: u8, bytes: &[u8]) -> Option<String> {
    match form {
        tag::UTF8 | tag::NUMERIC | tag::PRINTABLE | tag::T61 | tag::IA5 => Some(String::from_utf8_lossy(bytes).into_owned()),
        tag::BMP => {
            let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            Some(String::from_utf16_lossy(&units))
        }
        _ => None,
    }
}

fn address(bytes: &[u8]) -> Result<String, String> {
    if let Ok(bytes) = <[u8; 4]>::try_from(bytes) {
        return Ok(Ipv4Addr::from(bytes).to_string());
    }
    let Ok(bytes) = <[u8; 16]>::try_from(bytes) else {
        return Err(format!("x509: cannot parse IP address of length {}", bytes.len()));
    };
    let address = Ipv6Addr::from(bytes);
    Ok(address.to_ipv4_mapped().map_or(address.to_string(), |address| address.to_string()))
}

/// Reads values one after the other (DER, X.690).
#[derive(Debug, Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The next value and its type; none at the end.
    fn next(&mut self) -> Result<Option<(u8, Reader<'a>)>, String> {
        let Some((&kind, rest)) = self.0.split_first() else {
            return Ok(None);
        };
        let (&first, mut rest) = rest.split_first().ok_or(TRUNCATED)?;
        let mut length = usize::from(first);
        if first >= 0x80 {
            let digits = usize::from(first & 0x7f);
            if digits == 0 || digits > 4 {
                return Err(MALFORMED.to_owned());
            }
            let (head, tail) = rest.split_at_checked(digits).ok_or(TRUNCATED)?;
            length = head.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
            rest = tail;
        }
        let (value, rest) = rest.split_at_checked(length).ok_or(TRUNCATED)?;
        self.0 = rest;
        Ok(Some((kind, Reader(value))))
    }

    /// The next value, which must be of a type.
    fn expect(&mut self, kind: u8) -> Result<Reader<'a>, String> {
        match self.next()? {
            Some((found, value)) if found == kind => Ok(value),
            Some(_) => Err(MALFORMED.to_owned()),
            None => Err(TRUNCATED.to_owned()),
        }
    }

    /// All values, which must be of a type.
    fn all(mut self, kind: u8) -> Result<Vec<Reader<'a>>, String> {
        let mut values = Vec::new();
        while !self.0.is_empty() {
            values.push(self.expect(kind)?);
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{CertificateParams, DnType, KeyPair, SanType};

    use super::*;

    fn pem() -> String {
        let mut params = CertificateParams::default();
        for (kind, text) in [
            (DnType::CommonName, "till"),
            (DnType::OrganizationName, "shop"),
            (DnType::CountryName, "DE"),
        ] {
            params.distinguished_name.push(kind, text);
        }
        params.subject_alt_names = vec![
            SanType::DnsName("till.shop.svc".try_into().unwrap()),
            SanType::Rfc822Name("till@example.com".try_into().unwrap()),
            SanType::URI("spiffe://shop/till".try_into().unwrap()),
            SanType::IpAddress("10.0.0.1".parse().unwrap()),
            SanType::IpAddress("fd00::1".parse().unwrap()),
        ];
        let key = KeyPair::generate().unwrap();
        params.serialize_request(&key).unwrap().pem().unwrap()
    }

    #[test]
    fn request_of_a_real_one_finds_all_names() {
        let request = request(pem().as_bytes()).unwrap();
        assert_eq!(request.subject.last(3), "till");
        assert_eq!(request.subject.all(10), ["shop"]);
        assert_eq!(request.subject.all(6), ["DE"]);
        assert_eq!(request.dns_names, ["till.shop.svc"]);
        assert_eq!(request.email_addresses, ["till@example.com"]);
        assert_eq!(request.uris, ["spiffe://shop/till"]);
        assert_eq!(request.ip_addresses, ["10.0.0.1", "fd00::1"]);
    }

    #[test]
    fn request_of_anything_else_says_what_is_wrong() {
        let wrong = "PEM block type must be CERTIFICATE REQUEST";
        assert_eq!(request(b"").unwrap_err(), wrong);
        assert_eq!(
            request(pem().replace("CERTIFICATE REQUEST", "CERTIFICATE").as_bytes()).unwrap_err(),
            wrong
        );
    }

    proptest! {
        #[test]
        fn request_of_broken_bytes_never_panics(mut der in Just(block(pem().as_bytes()).unwrap()), at in 0_usize..300, byte: u8, end in 0_usize..400) {
            if let Some(place) = der.get_mut(at) {
                *place = byte;
            }
            der.truncate(end);
            let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &der);
            let _ = request(format!("-----BEGIN CERTIFICATE REQUEST-----\n{text}\n-----END CERTIFICATE REQUEST-----\n").as_bytes());
        }
    }
}
