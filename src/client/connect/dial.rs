//! From a host and a port to a TCP connection, in the order and with the words of Go's `net.Dialer`.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use tokio::{
    net::{TcpStream, lookup_host},
    time::{Instant, timeout},
};

use super::{Trace, stream::Socket};
use crate::client::{
    klog::{Field, Log, Severity},
    network::{self, NetworkError},
};

/// How long a dial may take.
const DIAL_TIMEOUT: Duration = Duration::from_secs(30);

/// How long the first address family has before the other is tried beside it (RFC 6555).
const FALLBACK_DELAY: Duration = Duration::from_millis(300);

/// Dials `host`, a name or an address with or without brackets.
pub(super) async fn dial(host: &str, port: u16, trace: &Trace, log: &Log) -> Result<Socket, NetworkError> {
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let addresses = match host.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        Err(_) => look_up(host, port, trace, log).await?,
    };
    let started = Instant::now();
    let result = timeout(DIAL_TIMEOUT, first_of(&addresses)).await.unwrap_or_else(|_| {
        let address = addresses.first().map(ToString::to_string).unwrap_or_default();
        Err(NetworkError::new(format!("dial tcp {address}: i/o timeout")))
    });
    if log.wants(9) {
        log_dial(&addresses, &result, log);
    }
    let tcp = result?;
    trace.with(|facts| facts.dial = Some(started.elapsed()));
    // Requests go out at once, as from Go. Where that cannot be set, they go out a little later.
    let _ = tcp.set_nodelay(true);
    Ok(Socket::new(tcp))
}

/// The addresses of a name, in the system's order.
async fn look_up(host: &str, port: u16, trace: &Trace, log: &Log) -> Result<Vec<SocketAddr>, NetworkError> {
    let started = Instant::now();
    let found = lookup_host((host, port)).await;
    let addresses: Vec<SocketAddr> = found.map(Iterator::collect).unwrap_or_default();
    if log.wants(9) {
        let listed = addresses
            .iter()
            .map(|address| format!("{{\"IP\":\"{}\",\"Zone\":\"\"}}", address.ip()));
        let fields = [
            ("host", Field::Text(host)),
            ("address", Field::Bare(format!("[{}]", listed.collect::<Vec<_>>().join(",")))),
        ];
        log.fields(Severity::Info, "round_trippers.go:547", "HTTP Trace: DNS Lookup resolved", &fields);
    }
    if addresses.is_empty() {
        return Err(NetworkError::new(format!("dial tcp: lookup {host}{}: no such host", name_server())));
    }
    trace.with(|facts| facts.lookup = Some(started.elapsed()));
    Ok(addresses)
}

/// Writes how a dial ended.
fn log_dial(addresses: &[SocketAddr], result: &Result<TcpStream, NetworkError>, log: &Log) {
    let reached = result.as_ref().ok().and_then(|tcp| tcp.peer_addr().ok());
    let address = reached.as_ref().or(addresses.first()).map(ToString::to_string).unwrap_or_default();
    let mut fields = vec![("network", Field::Text("tcp")), ("address", Field::Text(&address))];
    match result {
        Ok(_) => log.fields(Severity::Info, "round_trippers.go:562", "HTTP Trace: Dial succeed", &fields),
        Err(error) => {
            fields.push(("err", Field::Text(error.text())));
            log.fields(Severity::Info, "round_trippers.go:560", "HTTP Trace: Dial failed", &fields);
        }
    }
}

/// ` on 10.0.0.10:53`: which server Go would say was asked. The system does not tell, so this is the first of its list.
pub fn name_server() -> String {
    let text = std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    text.lines()
        .filter_map(|line| line.trim().strip_prefix("nameserver"))
        .find_map(|rest| rest.trim().parse::<IpAddr>().ok())
        .map(|address| format!(" on {}", SocketAddr::new(address, 53)))
        .unwrap_or_default()
}

/// The first connection that succeeds. The family of the first address has a head start.
async fn first_of(addresses: &[SocketAddr]) -> Result<TcpStream, NetworkError> {
    let first_is_v4 = addresses.first().is_some_and(SocketAddr::is_ipv4);
    let (primary, other): (Vec<SocketAddr>, Vec<SocketAddr>) = addresses.iter().partition(|address| address.is_ipv4() == first_is_v4);
    if other.is_empty() {
        return one_by_one(&primary).await;
    }
    let mut first = std::pin::pin!(one_by_one(&primary));
    let failure = match timeout(FALLBACK_DELAY, &mut first).await {
        Ok(Ok(tcp)) => return Ok(tcp),
        Ok(Err(failure)) => Some(failure),
        Err(_) => None,
    };
    let second = one_by_one(&other);
    // Of two failures the first family's is told.
    if let Some(failure) = failure {
        return second.await.map_err(|_| failure);
    }
    let mut second = std::pin::pin!(second);
    tokio::select! {
        result = &mut first => match result {
            Ok(tcp) => Ok(tcp),
            Err(failure) => second.await.map_err(|_| failure),
        },
        result = &mut second => match result {
            Ok(tcp) => Ok(tcp),
            Err(_) => first.await,
        },
    }
}

/// The first connection that succeeds, or the first failure.
async fn one_by_one(addresses: &[SocketAddr]) -> Result<TcpStream, NetworkError> {
    let mut failure: Option<(SocketAddr, io::Error)> = None;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(tcp) => return Ok(tcp),
            Err(error) => {
                failure.get_or_insert((*address, error));
            }
        }
    }
    Err(match failure {
        Some((address, error)) => NetworkError::new(format!("dial tcp {address}: connect: {}", network::system_word(&error))),
        None => NetworkError::new("dial tcp: missing address"),
    })
}
