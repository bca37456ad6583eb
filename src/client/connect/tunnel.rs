//! Asking a proxy for a way to a server: HTTP `CONNECT` and SOCKS 5 (RFC 1928, RFC 1929), with Go's words for refusals.

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{proxy::Proxy, stream::Carrier};
use crate::client::network::{self, EOF, NetworkError, UNEXPECTED_EOF};

/// How long a proxy's answer may be, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// Asks an HTTP proxy for a way to `target` (`host:port`).
pub(super) async fn connect(carrier: &mut dyn Carrier, proxy: &Proxy, target: &str) -> Result<(), NetworkError> {
    let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nUser-Agent: Go-http-client/1.1\r\n");
    if let Some(value) = proxy.authorization().as_ref().and_then(|value| value.to_str().ok()) {
        request.push_str(&format!("Proxy-Authorization: {value}\r\n"));
    }
    request.push_str("\r\n");
    carrier.write_all(request.as_bytes()).await.map_err(plain)?;
    carrier.flush().await.map_err(plain)?;
    let mut head = Vec::new();
    // Nothing follows a proxy's consent until something is sent, so whole pieces can be read.
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        if head.len() > MAX_HEAD {
            return Err(NetworkError::new(
                "net/http: server response headers exceeded 10485760 bytes; aborted",
            ));
        }
        if carrier.read_buf(&mut head).await.map_err(plain)? == 0 {
            return Err(NetworkError::new(UNEXPECTED_EOF));
        }
    }
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let status = line.split_once(' ').map(|(_, status)| status.trim_start()).unwrap_or_default();
    let (code, reason) = status.split_once(' ').map_or((status, None), |(code, reason)| (code, Some(reason)));
    if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NetworkError::new(network::malformed_head(&head)));
    }
    match (code, reason) {
        ("200", _) => Ok(()),
        (_, Some(reason)) => Err(NetworkError::new(reason.to_owned())),
        (_, None) => Err(NetworkError::new("unknown status code")),
    }
}

/// Asks a SOCKS proxy at `address` for a way to `host` and `port`.
pub(super) async fn socks(
    carrier: &mut dyn Carrier,
    proxy: &Proxy,
    address: Option<SocketAddr>,
    host: &str,
    port: u16,
) -> Result<(), NetworkError> {
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let result = negotiate(carrier, proxy, host, port).await;
    result.map_err(|reason| {
        let target = match host.contains(':') {
            true => format!("[{host}]:{port}"),
            false => format!("{host}:{port}"),
        };
        let way = address.map(|address| format!("{address}->")).unwrap_or_default();
        NetworkError::new(format!("socks connect tcp {way}{target}: {reason}"))
    })
}

/// Methods of authentication.
const NO_AUTHENTICATION: u8 = 0;
const PASSWORD: u8 = 2;

/// Kinds of address.
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

async fn negotiate(carrier: &mut dyn Carrier, proxy: &Proxy, host: &str, port: u16) -> Result<(), String> {
    let mut greeting = vec![5, 1, NO_AUTHENTICATION];
    if proxy.user.is_some() {
        greeting = vec![5, 2, NO_AUTHENTICATION, PASSWORD];
    }
    write(carrier, &greeting).await?;
    let [version, method] = read(carrier).await?;
    if version != 5 {
        return Err(format!("unexpected protocol version {version}"));
    }
    match (method, &proxy.user) {
        (NO_AUTHENTICATION, _) => {}
        (PASSWORD, Some((name, password))) => {
            let (Ok(name_length), Ok(password_length)) = (u8::try_from(name.len()), u8::try_from(password.len())) else {
                return Err("invalid username/password".to_owned());
            };
            if name.is_empty() {
                return Err("invalid username/password".to_owned());
            }
            let mut message = vec![1, name_length];
            message.extend_from_slice(name.as_bytes());
            message.push(password_length);
            message.extend_from_slice(password.as_bytes());
            write(carrier, &message).await?;
            let [version, status] = read(carrier).await?;
            if version != 1 {
                return Err("invalid username/password version".to_owned());
            }
            if status != 0 {
                return Err("username/password authentication failed".to_owned());
            }
        }
        (0xff, _) => return Err("no acceptable authentication methods".to_owned()),
        (other, _) => return Err(format!("unsupported authentication method {other}")),
    }
    let mut message = vec![5, 1, 0];
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => {
            message.push(IPV4);
            message.extend_from_slice(&address.octets());
        }
        Ok(IpAddr::V6(address)) => {
            message.push(IPV6);
            message.extend_from_slice(&address.octets());
        }
        Err(_) => {
            message.push(NAME);
            message.push(u8::try_from(host.len()).map_err(|_| "FQDN too long".to_owned())?);
            message.extend_from_slice(host.as_bytes());
        }
    }
    message.extend_from_slice(&port.to_be_bytes());
    write(carrier, &message).await?;
    let [version, code, _, kind] = read(carrier).await?;
    if version != 5 {
        return Err(format!("unexpected protocol version {version}"));
    }
    if code != 0 {
        return Err(format!("unknown error {}", refusal(code)));
    }
    // Where the proxy stands on the other side. Nobody wants to know, but it has to be read.
    match kind {
        IPV4 => read::<6>(carrier).await.map(drop),
        IPV6 => read::<18>(carrier).await.map(drop),
        NAME => {
            let [length] = read(carrier).await?;
            for _ in 0..usize::from(length) + 2 {
                read::<1>(carrier).await?;
            }
            Ok(())
        }
        other => Err(format!("unknown address type {other}")),
    }
}

/// What Go calls a SOCKS proxy's refusal.
fn refusal(code: u8) -> String {
    match code {
        1 => "general SOCKS server failure",
        2 => "connection not allowed by ruleset",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "TTL expired",
        7 => "command not supported",
        8 => "address type not supported",
        other => return format!("unknown code: {other}"),
    }
    .to_owned()
}

async fn write(carrier: &mut dyn Carrier, bytes: &[u8]) -> Result<(), String> {
    carrier.write_all(bytes).await.map_err(|error| plain(error).to_string())?;
    carrier.flush().await.map_err(|error| plain(error).to_string())
}

async fn read<const LENGTH: usize>(carrier: &mut dyn Carrier) -> Result<[u8; LENGTH], String> {
    let mut bytes = [0; LENGTH];
    match carrier.read_exact(&mut bytes).await {
        Ok(_) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(EOF.to_owned()),
        Err(error) => Err(plain(error).to_string()),
    }
}

/// The words of a failure on the way to the proxy.
fn plain(error: io::Error) -> NetworkError {
    NetworkError::new(network::system_word(&error))
}
