//! Which proxy a request goes through: the kubeconfig's, or the environment's as Go reads it
//! (`golang.org/x/net/http/httpproxy`, and client-go's `NewProxierWithNoProxyCIDR`).

use std::{collections::HashMap, net::IpAddr};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderValue, Uri, uri::Scheme};

use crate::{
    client::{klog::quoted, network::NetworkError, request::percent_decode},
    kubeconfig::address,
};

/// How a proxy is spoken with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// HTTP, in the clear.
    Http,
    /// HTTP behind TLS.
    Https,
    /// SOCKS 5.
    Socks,
}

/// A proxy.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Proxy {
    pub(super) kind: Kind,
    pub(super) host: String,
    pub(super) port: u16,
    /// Name and password.
    pub(super) user: Option<(String, String)>,
    /// All that as a URL.
    pub(super) url: String,
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proxy")
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl Proxy {
    /// The proxy that a URL names.
    fn parse(text: &str) -> Result<Proxy, String> {
        let url = address::parse(text)?;
        let kind = match url.scheme.as_str() {
            "socks5" | "socks5h" => Kind::Socks,
            "https" => Kind::Https,
            _ => Kind::Http,
        };
        let standard = match kind {
            Kind::Http => 80,
            Kind::Https => 443,
            Kind::Socks => 1080,
        };
        let (host, port) = split_port(url.host);
        let (name, password) = url.userinfo.split_once(':').unwrap_or((url.userinfo, ""));
        Ok(Proxy {
            kind,
            host: host.to_owned(),
            port: port.parse().unwrap_or(standard),
            url: text.to_owned(),
            user: (!url.userinfo.is_empty()).then(|| (percent_decode(name), percent_decode(password))),
        })
    }

    /// The value of `Proxy-Authorization`.
    pub(super) fn authorization(&self) -> Option<HeaderValue> {
        let (name, password) = self.user.as_ref()?;
        let mut value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

/// How proxies are chosen.
#[derive(Debug)]
pub(super) enum Proxies {
    /// Always this one.
    Fixed(Proxy),
    /// What the environment says.
    Environment(Box<Environment>),
}

/// What the environment says of proxies.
#[derive(Debug, Default)]
pub(super) struct Environment {
    http: String,
    https: String,
    /// Whether this process answers a web request, which may have set `HTTP_PROXY`.
    cgi: bool,
    exceptions: Vec<Exception>,
}

/// Servers that are reached without a proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Exception {
    All,
    /// Addresses whose first bits are these.
    Network(IpAddr, u8),
    /// An address and a port, which may be empty.
    Address(IpAddr, String),
    /// The end of names, a dot first, and a port, which may be empty; whether the name without the dot is meant too.
    Domain {
        end: String,
        port: String,
        itself: bool,
    },
}

impl Proxies {
    /// The proxy `url`, or where that is empty, what the environment says.
    pub(super) fn new(url: &str, env: &HashMap<String, String>) -> Result<Self, String> {
        if !url.is_empty() {
            return Ok(Proxies::Fixed(Proxy::parse(url)?));
        }
        let any = |names: [&str; 2]| {
            let found = names.iter().find_map(|name| env.get(*name).filter(|value| !value.is_empty()));
            found.cloned().unwrap_or_default()
        };
        let (http, https) = (any(["HTTP_PROXY", "http_proxy"]), any(["HTTPS_PROXY", "https_proxy"]));
        let exceptions = match http.is_empty() && https.is_empty() {
            true => Vec::new(),
            false => exceptions(&any(["NO_PROXY", "no_proxy"])),
        };
        Ok(Proxies::Environment(Box::new(Environment {
            http,
            https,
            cgi: env.get("REQUEST_METHOD").is_some_and(|method| !method.is_empty()),
            exceptions,
        })))
    }

    /// The proxy for a request to `uri`, if there is one.
    pub(super) fn for_uri(&self, uri: &Uri) -> Result<Option<Proxy>, NetworkError> {
        let environment = match self {
            Proxies::Fixed(proxy) => return Ok(Some(proxy.clone())),
            Proxies::Environment(environment) => environment,
        };
        let secure = uri.scheme() == Some(&Scheme::HTTPS);
        let (text, port) = match secure {
            true => (environment.https.as_str(), 443),
            false => (environment.http.as_str(), 80),
        };
        if text.is_empty() {
            return Ok(None);
        }
        if !secure && environment.cgi {
            return Err(NetworkError::new(
                "refusing to use HTTP_PROXY value in CGI environment; see golang.org/s/cgihttpproxy",
            ));
        }
        let host = uri.host().unwrap_or_default();
        let port = uri.port_u16().unwrap_or(port).to_string();
        if !environment.applies(host, &port) {
            return Ok(None);
        }
        let with_scheme = format!("http://{text}");
        let usable = address::parse(text).is_ok_and(|url| !url.scheme.is_empty() && !url.host.is_empty());
        match Proxy::parse(if usable { text } else { &with_scheme }) {
            Ok(proxy) => Ok(Some(proxy)),
            Err(reason) => Err(NetworkError::new(format!("invalid proxy address {}: {reason}", quoted(text)))),
        }
    }
}

impl Environment {
    /// Whether `host` is reached through a proxy.
    fn applies(&self, host: &str, port: &str) -> bool {
        let bare = without_brackets(host);
        if bare == "localhost" {
            return false;
        }
        let address = bare.parse::<IpAddr>().ok().map(|address| address.to_canonical());
        if address.is_some_and(|address| address.is_loopback()) {
            return false;
        }
        let name = bare.to_ascii_lowercase();
        !self.exceptions.iter().any(|exception| exception.matches(&name, address, port))
    }
}

impl Exception {
    fn matches(&self, host: &str, address: Option<IpAddr>, port: &str) -> bool {
        let port_fits = |wanted: &String| wanted.is_empty() || wanted == port;
        match self {
            Exception::All => true,
            Exception::Network(network, bits) => address.is_some_and(|address| first_bits(address, *bits) == first_bits(*network, *bits)),
            Exception::Address(wanted, wanted_port) => address == Some(*wanted) && port_fits(wanted_port),
            Exception::Domain { end, port, itself } => (host.ends_with(end) || (*itself && host == &end[1..])) && port_fits(port),
        }
    }
}

/// The exceptions that `NO_PROXY` names.
fn exceptions(list: &str) -> Vec<Exception> {
    let mut found = Vec::new();
    for entry in list.split(',') {
        let entry = entry.trim().to_lowercase();
        if entry == "*" {
            return vec![Exception::All];
        }
        if let Some((address, bits)) = entry.split_once('/')
            && let (Ok(address), Ok(bits)) = (address.parse::<IpAddr>(), bits.parse::<u8>())
            && bits <= if address.is_ipv4() { 32 } else { 128 }
        {
            found.push(Exception::Network(address, bits));
            continue;
        }
        let (host, port) = split_port(&entry);
        let host = without_brackets(host);
        if host.is_empty() {
            continue;
        }
        if let Ok(address) = host.parse::<IpAddr>() {
            found.push(Exception::Address(address.to_canonical(), port.to_owned()));
            continue;
        }
        let host = host.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(host);
        let itself = !host.starts_with('.');
        found.push(Exception::Domain {
            end: if itself { format!(".{host}") } else { host.to_owned() },
            port: port.to_owned(),
            itself,
        });
    }
    found
}

/// Host and port of `host:port`; the port is empty where there is none.
fn split_port(text: &str) -> (&str, &str) {
    match text.rsplit_once(':') {
        // Several colons without brackets are an address of IPv6.
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port),
        _ => (text, ""),
    }
}

fn without_brackets(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// The first bits of an address, and its family.
fn first_bits(address: IpAddr, bits: u8) -> (bool, u128) {
    let (value, width) = match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    };
    let shift = u32::from(width - bits.min(width));
    (address.is_ipv4(), value.checked_shr(shift).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(env: &[(&str, &str)], uri: &str) -> Option<String> {
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let proxies = Proxies::new("", &env).unwrap();
        let proxy = proxies.for_uri(&uri.parse().unwrap()).unwrap()?;
        Some(format!("{:?} {}:{}", proxy.kind, proxy.host, proxy.port))
    }

    #[test]
    fn for_uri_reads_the_environment_as_go_does() {
        let both = [("HTTP_PROXY", "http://p:1"), ("https_proxy", "socks5://s"), ("HTTPS_PROXY", "q:2")];
        assert_eq!(chosen(&both, "http://a/").as_deref(), Some("Http p:1"));
        assert_eq!(chosen(&both, "https://a/").as_deref(), Some("Http q:2"));
        assert_eq!(chosen(&both[1..2], "https://a/").as_deref(), Some("Socks s:1080"));
        assert_eq!(chosen(&both[1..2], "http://a/"), None);
        for local in [
            "https://localhost:6443/",
            "https://127.0.0.1/",
            "https://127.1.2.3/",
            "https://[::1]:6443/",
        ] {
            assert_eq!(chosen(&both, local), None, "{local}");
        }
    }

    #[test]
    fn for_uri_in_a_web_servers_child_refuses_the_proxy_of_http() {
        let env = [("HTTP_PROXY", "p"), ("REQUEST_METHOD", "GET")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let proxies = Proxies::new("", &env.into_iter().collect()).unwrap();
        assert!(proxies.for_uri(&"http://a/".parse().unwrap()).is_err());
        assert_eq!(proxies.for_uri(&"https://a/".parse().unwrap()).unwrap(), None);
    }

    #[test]
    fn for_uri_spares_what_no_proxy_names() {
        let cases = [
            ("*", "https://a/", true),
            ("b, A.example ", "https://a.example/", true),
            ("a.example", "https://x.a.example/", true),
            ("a.example", "https://xa.example/", false),
            (".a.example", "https://a.example/", false),
            (".a.example", "https://x.a.example/", true),
            ("*.a.example", "https://x.a.example/", true),
            ("a.example:6443", "https://a.example/", false),
            ("a.example:443", "https://a.example/", true),
            ("10.0.0.0/8", "https://10.1.2.3:6443/", true),
            ("10.0.0.0/8", "https://11.1.2.3/", false),
            ("0.0.0.0/0", "https://11.1.2.3/", true),
            ("10.0.0.0/33", "https://10.0.0.1/", false),
            ("10.0.0.1", "https://10.0.0.1/", true),
            ("10.0.0.1:1", "https://10.0.0.1/", false),
            ("fd00::/8", "https://[fd00::1]/", true),
            ("[fd00::1]:443", "https://[fd00::1]/", true),
            ("fd00::1", "https://[fd00::2]/", false),
            (":1,", "https://a/", false),
        ];
        for (exceptions, uri, spared) in cases {
            let env = [("HTTPS_PROXY", "p"), ("no_proxy", exceptions)];
            assert_eq!(chosen(&env, uri).is_none(), spared, "{exceptions} {uri}");
        }
    }

    #[test]
    fn authorization_is_made_of_the_unescaped_name_and_password() {
        let proxy = Proxy::parse("http://u:p%40@p:1").unwrap();
        assert_eq!(proxy.authorization().unwrap(), "Basic dTpwQA==");
        assert!(!format!("{proxy:?}").contains("p@"));
        assert_eq!(Proxy::parse("http://p:1").unwrap().authorization(), None);
    }
}
