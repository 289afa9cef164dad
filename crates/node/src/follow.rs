//! Following: a node whose key does not vote asks others to be let in, again and again, and
//! connects to those that answer.
//!
//! The same task runs on every node. It asks only while the node does not vote, so a follower that
//! is voted in stops following, or while it has no new blocks: a validator that was away may find
//! none of the validators that it knows.

mod request;

use alloy_primitives::Bytes;
use futures::future::{join_all, select};
use qiantang_api::{Door, DoorError, Feeder, FollowRequest};
use qiantang_client::Client;
use qiantang_consensus::{FollowError, PeerBook, PrivateKey};
use qiantang_state::history::Store;
use qiantang_types::{Fingerprint, TimestampMs};
use serde::Deserialize;
use serde_json::json;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinHandle;

/// How often a follower asks.
const ASK_EVERY: Duration = Duration::from_secs(20);

/// How soon it asks again as long as nobody has let it in.
const ASK_AGAIN: Duration = Duration::from_secs(2);

/// Age of the newest block, in heartbeats, from which on a validator looks for others to follow.
const STALE_HEARTBEATS: u32 = 10;

/// How long an answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a follower that asked may stay: so it may fail to ask twice.
const STAY: Duration = Duration::from_secs(60);

/// What an upstream node answers: see [`Feeder`].
#[derive(Deserialize)]
struct FollowResponse {
    key: Bytes,
    address: String,
}

/// What the task needs.
pub(crate) struct Follow {
    /// Addresses of JSON-RPC of the nodes that are asked.
    pub(crate) upstream: Vec<String>,
    /// Nodes that the operator named: they stay.
    pub(crate) bootstrap: Vec<Bytes>,
    /// This node's key towards other nodes.
    pub(crate) key: PrivateKey,
    /// The chain.
    pub(crate) anchor: Fingerprint,
    /// Whom it talks to.
    pub(crate) peers: Arc<PeerBook>,
    /// Where its newest block is.
    pub(crate) store: Store,
    /// Time between blocks of an idle chain.
    pub(crate) heartbeat: Duration,
}

/// The running task; dropping it ends it.
pub(crate) struct Following(JoinHandle<()>);

impl Following {
    /// Ends the task and waits until it holds nothing any more.
    pub(crate) async fn stop(mut self) {
        self.0.abort();
        let _ = (&mut self.0).await;
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Follow {
    /// Starts asking.
    pub(crate) fn start(self) -> Following {
        Following(tokio::spawn(self.run()))
    }

    async fn run(self) {
        let mut answered: BTreeMap<String, (Bytes, Instant)> = BTreeMap::new();
        let mut voted = None;
        loop {
            let entered = self.peers.listen_epoch();
            let mut pause = ASK_EVERY;
            if self.peers.is_voter() && !self.is_stale() {
                answered.clear();
            } else {
                self.ask(&mut answered).await;
                if answered.is_empty() && !self.upstream.is_empty() {
                    pause = ASK_AGAIN;
                }
            }
            let keep = answered.values().map(|(key, _)| key);
            let keep: Vec<Bytes> = keep.chain(&self.bootstrap).cloned().collect();
            self.peers.keep_named(&keep);
            self.say_role(&mut voted);
            let _ = select(entered, pin!(tokio::time::sleep(pause))).await;
        }
    }

    /// Whether there should be newer blocks than this node has.
    fn is_stale(&self) -> bool {
        let head = self.store.head();
        let header = head.and_then(|(height, _)| self.store.header(height).ok()?);
        let newest = header.map_or(0, |header| header.time.get());
        let age = Duration::from_millis(crate::dev::wall_clock().get().saturating_sub(newest));
        age > self.heartbeat.saturating_mul(STALE_HEARTBEATS)
    }

    /// Says what the node is where that is new.
    fn say_role(&self, voted: &mut Option<bool>) {
        let votes = self.peers.is_voter();
        match voted.replace(votes) {
            Some(true) if !votes => tracing::info!("this node was voted out and follows now"),
            Some(false) if votes => tracing::info!("this node was voted in"),
            None if !votes && self.upstream.is_empty() && self.bootstrap.is_empty() => {
                tracing::warn!(
                    "this node does not vote and was told no node to follow; unless it voted of \
                     late, name one in `[follow] upstream`"
                );
            }
            _ => {}
        }
    }

    /// Asks every upstream node at the same time.
    async fn ask(&self, answered: &mut BTreeMap<String, (Bytes, Instant)>) {
        let answers = join_all(self.upstream.iter().map(|url| self.ask_one(url))).await;
        for (url, answer) in self.upstream.iter().zip(answers) {
            match answer {
                Ok(key) => {
                    answered.insert(url.clone(), (key, Instant::now()));
                }
                Err(error) => {
                    tracing::warn!(upstream = url, %error, "a node does not let this one in");
                }
            }
        }
        answered.retain(|_, (_, at)| at.elapsed() < STAY);
    }

    /// Asks one node and tells the network where it is; its key.
    async fn ask_one(&self, url: &str) -> Result<Bytes, String> {
        let client = Client::new(url).map_err(|error| error.to_string())?;
        let request = request::sign(&self.key, &self.anchor, crate::dev::wall_clock());
        let parameters = json!([request]);
        let answer = client.request::<FollowResponse>("qiantang_follow", parameters);
        let answer = tokio::time::timeout(ANSWER_TIMEOUT, answer).await;
        let answer = answer.map_err(|_| format!("no answer within {ANSWER_TIMEOUT:?}"))?;
        let answer = answer.map_err(|error| error.to_string())?;
        let address = reachable(&answer.address, url);
        let named = self.peers.name(&answer.key, &address);
        named.map_err(|error| error.to_string())?;
        Ok(answer.key)
    }
}

/// The address to connect to: a node that listens at all its addresses is where its JSON-RPC is.
fn reachable(address: &str, url: &str) -> String {
    let Ok(socket) = address.parse::<SocketAddr>() else {
        return address.to_owned();
    };
    match (socket.ip().is_unspecified(), host(url)) {
        (true, Some(host)) => format!("{host}:{}", socket.port()),
        _ => address.to_owned(),
    }
}

/// The host in `http://user@host:port/path`, with the brackets of an IPv6 address.
fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit('@').next()?;
    let end = match authority.find(']') {
        Some(bracket) => bracket.checked_add(1)?,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    authority.get(..end).filter(|host| !host.is_empty())
}

/// Lets followers in.
pub(crate) struct FollowDoor {
    key: Bytes,
    anchor: Fingerprint,
    listen: SocketAddr,
    peers: Arc<PeerBook>,
}

impl FollowDoor {
    pub(crate) const fn new(
        key: Bytes,
        anchor: Fingerprint,
        listen: SocketAddr,
        peers: Arc<PeerBook>,
    ) -> Self {
        Self {
            key,
            anchor,
            listen,
            peers,
        }
    }
}

impl Door for FollowDoor {
    fn admit(&self, asked: &FollowRequest) -> Result<Feeder, DoorError> {
        let now = crate::dev::wall_clock();
        request::check(asked, &self.anchor, now).map_err(DoorError::Request)?;
        let stay = u64::try_from(STAY.as_millis()).unwrap_or(u64::MAX);
        let until = TimestampMs::new(now.get().saturating_add(stay));
        let admitted = self.peers.admit_follower(&asked.key, now, until);
        admitted.map_err(|error| match error {
            FollowError::Key(_) => DoorError::Request(error.to_string()),
            FollowError::Full { .. } => DoorError::Full(error.to_string()),
        })?;
        let own = self.peers.own_address();
        Ok(Feeder {
            key: self.key.clone(),
            address: own.unwrap_or_else(|| self.listen.to_string()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_listens_everywhere_is_where_its_interface_is() {
        for (address, url, expected) in [
            ("0.0.0.0:7", "http://a.example:8545", "a.example:7"),
            ("0.0.0.0:7", "https://u:p@a.example/x?y", "a.example:7"),
            ("[::]:7", "http://[2001:db8::1]:8545/", "[2001:db8::1]:7"),
            ("192.0.2.1:7", "http://a.example:8545", "192.0.2.1:7"),
            ("b.example:7", "http://a.example:8545", "b.example:7"),
            ("0.0.0.0:7", "http://", "0.0.0.0:7"),
        ] {
            assert_eq!(reachable(address, url), expected, "{address} of {url}");
        }
    }
}
