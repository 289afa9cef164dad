//! Where a validator listens for its peers.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

/// Bytes of the text of an address at the most.
pub const PEER_ADDRESS_BYTES_MAX: usize = 255;

/// Bytes of one part of a host name (RFC 1035, section 2.3.4).
const LABEL_BYTES_MAX: usize = 63;

/// Where a validator listens for its peers: `host:port`, where the host is an IPv4 address, an IPv6
/// address in brackets, or a host name (RFC 1123, section 2.1).
///
/// It prints as the one text that means it: IPv6 as RFC 5952 writes it, names in small letters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerAddress {
    host: PeerHost,
    port: u16,
}

/// The host of a [`PeerAddress`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeerHost {
    /// A number.
    Ip(IpAddr),
    /// A name, which whoever connects resolves; in small letters.
    Name(String),
}

/// Why a text is no [`PeerAddress`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no address for peers: {reason}; write host:port, such as 192.0.2.7:30303, \
     [2001:db8::7]:30303 or node.example.com:30303"
)]
pub struct PeerAddressError {
    /// The text, cut where it is long.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl PeerAddress {
    /// The host.
    pub const fn host(&self) -> &PeerHost {
        &self.host
    }

    /// The TCP port, which is never 0.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The socket address; `None` where the host is a name.
    pub const fn socket(&self) -> Option<SocketAddr> {
        match self.host {
            PeerHost::Ip(ip) => Some(SocketAddr::new(ip, self.port)),
            PeerHost::Name(_) => None,
        }
    }
}

impl FromStr for PeerAddress {
    type Err = PeerAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).map_err(|reason| PeerAddressError {
            text: text.chars().take(80).collect(),
            reason,
        })
    }
}

impl fmt::Display for PeerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            PeerHost::Ip(ip) => SocketAddr::new(*ip, self.port).fmt(f),
            PeerHost::Name(name) => write!(f, "{name}:{}", self.port),
        }
    }
}

fn parse(text: &str) -> Result<PeerAddress, &'static str> {
    if text.len() > PEER_ADDRESS_BYTES_MAX {
        return Err("it has more than 255 bytes");
    }
    let (host, port) = text.rsplit_once(':').ok_or("the port is missing")?;
    // The integer's own parser would also take a sign and leading zeros.
    let is_number = port.bytes().all(|byte| byte.is_ascii_digit()) && !port.starts_with('0');
    let port = is_number
        .then(|| port.parse().ok())
        .flatten()
        .ok_or("the port must be a number from 1 to 65535")?;
    let bracketed = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let host = match bracketed {
        Some(host) => {
            let ip: Ipv6Addr = host
                .parse()
                .map_err(|_| "no IPv6 address is between the brackets")?;
            PeerHost::Ip(ip.into())
        }
        None => parse_host(host)?,
    };
    if let PeerHost::Ip(ip) = &host
        && (ip.is_unspecified() || ip.is_multicast())
    {
        return Err("nobody can connect to this number");
    }
    Ok(PeerAddress { host, port })
}

fn parse_host(host: &str) -> Result<PeerHost, &'static str> {
    if host.is_empty() {
        return Err("the host is missing");
    }
    if host.contains(':') {
        return Err("an IPv6 address must stand in brackets");
    }
    if let Ok(ip) = host.parse::<Ipv4Addr>() {
        return Ok(PeerHost::Ip(ip.into()));
    }
    if !host.split('.').all(is_label) {
        return Err(
            "a host name has parts of 1 to 63 letters, digits and inner hyphens, with dots between \
             them",
        );
    }
    // Otherwise a mistyped number would be asked for as a name.
    let last = host.rsplit('.').next().unwrap_or_default();
    if last.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("its host is neither an IPv4 address nor a name");
    }
    Ok(PeerHost::Name(host.to_ascii_lowercase()))
}

fn is_label(label: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=LABEL_BYTES_MAX).contains(&label.len())
        && label.bytes().all(is_inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::PeerAddress;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<String> {
        text.parse::<PeerAddress>().ok().map(|it| it.to_string())
    }

    #[test]
    fn an_address_prints_as_the_one_text_that_means_it() {
        for (text, printed) in [
            ("192.0.2.7:30303", "192.0.2.7:30303"),
            ("127.0.0.1:1", "127.0.0.1:1"),
            ("[2001:DB8:0::7]:65535", "[2001:db8::7]:65535"),
            ("Node-1.Example.com:30303", "node-1.example.com:30303"),
            ("localhost:9", "localhost:9"),
            ("1password.com:9", "1password.com:9"),
        ] {
            assert_eq!(read(text).as_deref(), Some(printed), "{text}");
        }
    }

    #[test]
    fn what_names_no_place_is_refused_with_its_reason() {
        let long = format!("{}.a:9", "a".repeat(64));
        let longest = format!("{}:9", vec!["a".repeat(63); 4].join("."));
        for (text, reason) in [
            ("", "port is missing"),
            ("example.com", "port is missing"),
            (":9", "host is missing"),
            ("a:", "1 to 65535"),
            ("a:0", "1 to 65535"),
            ("a:09", "1 to 65535"),
            ("a:+9", "1 to 65535"),
            ("a:65536", "1 to 65535"),
            ("a:9 ", "1 to 65535"),
            ("::1:9", "brackets"),
            ("[::1:9", "brackets"),
            ("[1.2.3.4]:9", "IPv6"),
            ("[::1%1]:9", "IPv6"),
            ("256.0.0.1:9", "neither"),
            ("1.2.3:9", "neither"),
            ("0.0.0.0:9", "nobody"),
            ("[::]:9", "nobody"),
            ("224.0.0.1:9", "nobody"),
            ("a..b:9", "parts"),
            ("a.:9", "parts"),
            ("-a:9", "parts"),
            ("a-:9", "parts"),
            ("a_b:9", "parts"),
            ("钱塘.cn:9", "parts"),
            ("http://a:9", "brackets"),
            (&long, "parts"),
            (&longest, "255 bytes"),
        ] {
            let error = text.parse::<PeerAddress>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(text in "[a-z0-9.:\\[\\]-]{0,24}:[0-9]{1,5}") {
            if let Some(printed) = read(&text) {
                prop_assert_eq!(read(&printed), Some(printed));
            }
        }
    }
}
