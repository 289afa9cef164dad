//! Values as they are written.

use alloy_primitives::{Bytes, hex};
use std::{str::FromStr, time::Duration};

/// Bytes of a public key.
const PUBLIC_KEY_BYTES: usize = 33;

/// The longest time that makes sense.
const DURATION_MAX: Duration = Duration::from_secs(3600);

/// Units of bytes: those of the SI and those of computing.
const UNITS: [(&str, u64); 9] = [
    ("", 1),
    ("B", 1),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

/// A node and where it is: `KEY@HOST:PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its public key.
    pub key: Bytes,
    /// Host and port.
    pub address: String,
}

impl FromStr for Peer {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (key, address) = text.split_once('@').ok_or(())?;
        let key = hex::decode(key).map_err(|_| ())?;
        if key.len() != PUBLIC_KEY_BYTES || !is_host_and_port(address) {
            return Err(());
        }
        Ok(Self {
            key: key.into(),
            address: address.to_owned(),
        })
    }
}

/// Whether a text is `HOST:PORT` with a name, an IPv4 address or an IPv6 address in brackets.
pub(crate) fn is_host_and_port(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else {
        return false;
    };
    let port_fits = port.parse::<u16>().is_ok_and(|port| port > 0);
    let address = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let host_fits = match address {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => is_host(host),
    };
    port_fits && host_fits
}

/// Whether a text is a name of a host as RFC 1123 has it; an IPv4 address looks the same.
fn is_host(text: &str) -> bool {
    let label_fits = |label: &str| {
        let inner = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        (1..=63).contains(&label.len()) && label.chars().all(inner) && !label.starts_with('-')
    };
    text.len() <= 253 && text.split('.').all(label_fits)
}

/// An address of JSON-RPC, without a slash at its end.
pub(super) fn url(text: &str) -> Option<String> {
    let rest = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"))?;
    let host = rest.split('/').next().unwrap_or_default();
    let has_host = is_host_and_port(host) || is_host(host);
    has_host.then(|| text.trim_end_matches('/').to_owned())
}

/// A time above zero.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let time = humantime::parse_duration(text).ok()?;
    (time > Duration::ZERO && time <= DURATION_MAX).then_some(time)
}

/// A number of bytes with or without a unit.
pub(super) fn bytes(text: &str) -> Option<u64> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    let unit = unit.trim();
    let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}
