//! Values as they are written.

use alloy_primitives::{Bytes, hex};
use qiantang_types::{PeerAddress, VALIDATOR_KEY_BYTES};
use std::{str::FromStr, time::Duration};

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
    /// Where it listens for its peers.
    pub address: PeerAddress,
}

impl FromStr for Peer {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (key, address) = text.split_once('@').ok_or(())?;
        let key = hex::decode(key).map_err(|_| ())?;
        if key.len() != VALIDATOR_KEY_BYTES {
            return Err(());
        }
        Ok(Self {
            key: key.into(),
            address: address.parse().map_err(|_| ())?,
        })
    }
}

/// An address of JSON-RPC, without a slash at its end.
pub(super) fn url(text: &str) -> Option<String> {
    let rest = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"))?;
    let host = rest.split('/').next().unwrap_or_default();
    let with_port = format!("{host}:80");
    let is_host = [host, &with_port]
        .iter()
        .any(|host| host.parse::<PeerAddress>().is_ok());
    is_host.then(|| text.trim_end_matches('/').to_owned())
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
