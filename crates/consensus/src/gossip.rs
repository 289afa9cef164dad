//! Transactions travel: what a client gives to this node, every validator learns.
//!
//! A message starts with its kind: transactions (0, then the RLP list of their EIP-2718 forms) or a
//! beacon (1, then its RLP), in which a node says how it is, at first ten times a second and then
//! every second. A node announces what its
//! own clients and its followers gave it, to the validators, once; validators do not pass on what
//! they heard from each other. What is not final after a while is announced again, because a peer
//! may have been away.

use crate::{
    block::SealedBlock,
    chain::Chain,
    epochs::Epochs,
    health::{Beacon, Health},
    keys::PublicKey,
    peers::PeerBook,
    platform::{Channel, Platform},
    scheme::Scheme,
};
use alloy_primitives::{B256, Bytes};
use alloy_rlp::{Decodable as _, Encodable as _};
use commonware_consensus::{
    marshal::{core::Mailbox as MarshalMailbox, standard::Standard},
    types::{Epocher as _, Height as EngineHeight},
};
use commonware_p2p::{Receiver as _, Recipients, Sender as _};
use commonware_runtime::{Clock as _, Spawner as _, Supervisor as _};
use commonware_utils::vec::NonEmptyVec;
use futures::future::select;
use qiantang_types::Transaction;
use std::{
    collections::VecDeque,
    pin::pin,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// Bytes of transactions in one message, unless one alone is larger.
const MESSAGE_BYTES: usize = 128 << 10;

/// Transactions in one message.
const MESSAGE_TRANSACTIONS: usize = 1_000;

/// Pause after a message: it gathers what comes meanwhile, and stays below the peers' quota.
const PAUSE: Duration = Duration::from_millis(10);

/// Time after which a transaction that is still pending is announced again.
const AGAIN_AFTER: Duration = Duration::from_secs(2);

/// Transactions whose fate this node follows.
const FOLLOWED_MAX: usize = 20_000;

/// Transactions announced again in one round.
const AGAIN_MAX: usize = 1_000;

/// What both directions use.
#[derive(Clone)]
pub(crate) struct Local {
    pub(crate) chain: Arc<Chain>,
    pub(crate) peers: Arc<PeerBook>,
    pub(crate) health: Health,
    pub(crate) epochs: Epochs,
    pub(crate) marshal: MarshalMailbox<Scheme, Standard<SealedBlock>>,
}

impl Local {
    /// A peer says how it is. One that has the last block of this node's epoch is asked for it:
    /// this node may have missed that block's certificate, and in the next epoch it may be
    /// connected to nobody who votes.
    fn hear(&self, from: &PublicKey, beacon: Beacon) {
        let next = EngineHeight::new(self.chain.taken_over().saturating_add(1));
        let epoch = self.epochs.epocher().containing(next);
        if let Some(last) = epoch.map(|epoch| epoch.last())
            && beacon.height >= last.get()
        {
            self.marshal
                .hint_finalized(last, NonEmptyVec::new(from.clone()));
        }
        self.health.on_beacon(from.clone(), beacon);
    }
}

/// Kinds of messages.
const TRANSACTIONS: u8 = 0;
const BEACON: u8 = 1;

/// Time between two beacons.
const BEACON_EVERY: Duration = Duration::from_secs(1);

/// Time between the first ones: others wait for them before they vote.
const FIRST_BEACONS_EVERY: Duration = Duration::from_millis(100);

/// So many are the first: where all start together, they last as long as anybody waits.
const FIRST_BEACONS: u32 = 40;

/// Starts both directions.
pub(crate) fn start<P: Platform>(
    context: &P::Context,
    node: Local,
    (sender, receiver): Channel<P>,
) {
    let (told, heard) = (node.clone(), node);
    context
        .child("gossip_out")
        .spawn(move |context| announce::<P>(context, told, sender));
    context
        .child("gossip_in")
        .spawn(move |context| listen::<P>(context, heard, receiver));
}

async fn announce<P: Platform>(context: P::Context, node: Local, mut sender: P::Sender) {
    let mut followed = Followed::default();
    let mut beacon_at = context.current();
    let mut again_at = beacon_at;
    let mut beacons = 0_u32;
    loop {
        let left = beacon_at.duration_since(context.current());
        let left = left.unwrap_or_default();
        if left.is_zero() {
            if context.current() >= again_at {
                let again = followed.again(&context, &node.chain);
                send::<P>(&mut sender, &node.peers, &again);
                again_at = after(&context, BEACON_EVERY);
            }
            greet::<P>(&mut sender, &node);
            beacons = beacons.saturating_add(1);
            let every = if beacons < FIRST_BEACONS {
                FIRST_BEACONS_EVERY
            } else {
                BEACON_EVERY
            };
            beacon_at = after(&context, every);
            continue;
        }
        let pool = &node.chain.pool;
        let news = pool.listen_news();
        let batch = pool.take_news(MESSAGE_BYTES, MESSAGE_TRANSACTIONS);
        if batch.is_empty() {
            select(news, pin!(context.sleep(left))).await;
            continue;
        }
        send::<P>(&mut sender, &node.peers, &batch);
        followed.extend(&context, batch.iter().map(|transaction| transaction.hash()));
        context.sleep(PAUSE).await;
    }
}

fn after(clock: &impl commonware_runtime::Clock, time: Duration) -> SystemTime {
    let now = clock.current();
    now.checked_add(time).unwrap_or(now)
}

fn send<P: Platform>(sender: &mut P::Sender, peers: &PeerBook, batch: &[Transaction]) {
    let recipients = peers.gossip_targets();
    if batch.is_empty() || recipients.is_empty() {
        return;
    }
    let _ = sender.send(Recipients::Some(recipients), encode(batch), false);
}

/// Says how this node is, to everybody who is connected.
fn greet<P: Platform>(sender: &mut P::Sender, node: &Local) {
    let height = node.chain.taken_over();
    let mut message = vec![BEACON];
    node.health.beacon(height).encode(&mut message);
    let _ = sender.send(Recipients::All, message, true);
}

async fn listen<P: Platform>(context: P::Context, node: Local, mut receiver: P::Receiver) {
    while let Ok((from, message)) = receiver.recv().await {
        let batch = match message.as_ref().split_first() {
            Some((&TRANSACTIONS, rest)) => decode(rest),
            Some((&BEACON, rest)) => Beacon::decode(rest).map(|beacon| {
                node.hear(&from, beacon);
                Vec::new()
            }),
            _ => Err("a message of an unknown kind".to_owned()),
        };
        let batch = match batch {
            Ok(batch) if batch.is_empty() => continue,
            Ok(batch) => batch,
            Err(error) => {
                tracing::warn!(%from, %error, "a peer's message cannot be read");
                continue;
            }
        };
        let relay = is_relayed(&node.peers, &from);
        let admit = node.chain.admit.clone();
        // Signatures are recovered here, away from the tasks that vote.
        let admitted = context.child("admit").shared(true);
        let _ = admitted
            .spawn(move |_| async move { admit(batch, relay) })
            .await;
    }
}

/// Whether this node passes on what it hears from a peer: followers reach the others only through
/// it.
fn is_relayed(peers: &PeerBook, from: &PublicKey) -> bool {
    !peers.is_validator(from)
}

/// Announced transactions, oldest first.
#[derive(Default)]
struct Followed(VecDeque<(std::time::SystemTime, B256)>);

impl Followed {
    fn extend(
        &mut self,
        clock: &impl commonware_runtime::Clock,
        hashes: impl Iterator<Item = B256>,
    ) {
        let now = clock.current();
        self.0.extend(hashes.map(|hash| (now, hash)));
        let excess = self.0.len().saturating_sub(FOLLOWED_MAX);
        self.0.drain(..excess);
    }

    /// Those that are due and still pending.
    fn again(&mut self, clock: &impl commonware_runtime::Clock, chain: &Chain) -> Vec<Transaction> {
        let now = clock.current();
        let mut batch = Vec::new();
        let mut bytes = 0usize;
        while batch.len() < AGAIN_MAX && bytes < MESSAGE_BYTES {
            let is_due = |(at, _): &(std::time::SystemTime, B256)| {
                now.duration_since(*at).unwrap_or_default() >= AGAIN_AFTER
            };
            let Some((_, hash)) = self.0.front().copied().filter(is_due) else {
                break;
            };
            self.0.pop_front();
            if let Some(transaction) = chain.pool.get(&hash) {
                bytes = bytes.saturating_add(transaction.encoded().len());
                batch.push(transaction);
                self.0.push_back((now, hash));
            }
        }
        batch
    }
}

fn encode(batch: &[Transaction]) -> Vec<u8> {
    let texts: Vec<&[u8]> = batch
        .iter()
        .map(|transaction| &transaction.encoded()[..])
        .collect();
    let mut out = vec![TRANSACTIONS];
    alloy_rlp::encode_list::<_, [u8]>(&texts, &mut out);
    out
}

fn decode(bytes: &[u8]) -> Result<Vec<Transaction>, String> {
    let mut rest = bytes;
    let texts = Vec::<Bytes>::decode(&mut rest).map_err(|error| error.to_string())?;
    if !rest.is_empty() || texts.len() > MESSAGE_TRANSACTIONS {
        return Err(format!(
            "{} transactions, {} bytes behind",
            texts.len(),
            rest.len()
        ));
    }
    let decoded = texts.iter().map(|text| Transaction::decode(text));
    decoded
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())
}
