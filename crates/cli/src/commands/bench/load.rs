//! The load: sign everything, send it, follow the blocks, check what happened.

use super::{
    super::{connect, of_client},
    setup::{Stage, balance_of, transfer_input},
};
use crate::{arguments::Transfers, failure::Failure, messages::Message, output::Output};
use alloy_consensus::{SignableTransaction as _, TxEip1559, crypto::secp256k1::sign_message};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use indicatif::ProgressBar;
use qiantang_client::Client;
use qiantang_types::Transaction;
use rayon::prelude::*;
use serde_json::json;
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
};

/// Pause between two looks for a new block.
const FOLLOW_PAUSE: Duration = Duration::from_millis(10);

/// Without a transfer in a block for this long the run has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// Balances that are asked for at the same time.
const CHECK_CONCURRENCY: usize = 16;

/// A signed transfer.
struct Signed {
    hash: B256,
    encoded: Bytes,
}

/// The signed transfers: for each connection its batches. A sender keeps to one connection, so its
/// nonces arrive in order.
pub(super) struct Load {
    batches: Vec<Vec<Vec<Signed>>>,
}

/// What happened.
pub(super) struct Outcome {
    /// From the first request to the block with the last transfer.
    pub(super) elapsed: Duration,
    /// Time from sending to finality of each transfer, ascending.
    pub(super) latencies: Vec<Duration>,
    /// One transfer of each block that has any.
    pub(super) samples: Vec<B256>,
    /// Gas of a transfer, the mean of the samples; [`check`] fills it in.
    pub(super) gas_per_transfer: u64,
}

/// Signs all transfers on all cores.
pub(super) async fn sign(
    output: Output,
    stage: &Stage,
    arguments: &Transfers,
) -> Result<Load, Failure> {
    let bar = output.progress(Message::BenchSigning, arguments.transactions);
    let signed = tokio::task::block_in_place(|| sign_all(stage, arguments, &bar));
    bar.finish_and_clear();
    signed.map_err(|error| output.failure(Message::Signature, &[&error]))
}

fn sign_all(stage: &Stage, arguments: &Transfers, bar: &ProgressBar) -> Result<Load, String> {
    let senders = stage.senders.len() as u64;
    let connections = arguments.connections.min(senders).max(1);
    let per_connection = (0..connections).map(|connection| {
        // Transfers in the order of their nonces, the connection's senders taking turns.
        let own: Vec<u64> = (0..arguments.transactions)
            .filter(|index| (index % senders) % connections == connection)
            .collect();
        let signed: Vec<Signed> = own
            .into_par_iter()
            .map(|index| {
                bar.inc(1);
                sign_one(stage, index, senders)
            })
            .collect::<Result<_, _>>()?;
        let mut batches = Vec::new();
        let mut signed = signed.into_iter().peekable();
        let size = usize::try_from(arguments.batch).unwrap_or(usize::MAX);
        while signed.peek().is_some() {
            batches.push(signed.by_ref().take(size).collect());
        }
        Ok(batches)
    });
    let batches = per_connection.collect::<Result<_, String>>()?;
    Ok(Load { batches })
}

fn sign_one(stage: &Stage, index: u64, senders: u64) -> Result<Signed, String> {
    let place = |index: u64, len: usize| usize::try_from(index % len.max(1) as u64).unwrap_or(0);
    let sender = &stage.senders[place(index, stage.senders.len())];
    // A multiplicative hash spreads the recipients without repeating a short pattern.
    let spread = index.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let to = stage.recipients[place(spread, stage.recipients.len())];
    let unsigned = TxEip1559 {
        chain_id: stage.chain_id,
        nonce: index / senders,
        gas_limit: stage.gas,
        max_fee_per_gas: stage.fee,
        max_priority_fee_per_gas: 0,
        to: TxKind::Call(stage.token),
        value: U256::ZERO,
        access_list: Default::default(),
        input: transfer_input(to),
    };
    let signature =
        sign_message(sender.key, unsigned.signature_hash()).map_err(|error| error.to_string())?;
    let transaction = Transaction::from_envelope(unsigned.into_signed(signature).into())
        .map_err(|error| error.to_string())?;
    Ok(Signed {
        hash: transaction.hash(),
        encoded: transaction.encoded().clone(),
    })
}

/// Sends everything and waits until everything is in blocks.
pub(super) async fn drive(
    output: Output,
    client: &Client,
    load: Load,
    arguments: &Transfers,
) -> Result<Outcome, Failure> {
    let total = arguments.transactions;
    let window = usize::try_from(arguments.window.max(arguments.batch)).unwrap_or(usize::MAX);
    let window = Arc::new(Semaphore::new(window.min(Semaphore::MAX_PERMITS)));
    let next = client
        .height()
        .await
        .map_err(of_client(output))?
        .saturating_add(1);
    let bar = output.progress(Message::BenchSending, total);
    let (sent, received) = mpsc::unbounded_channel();
    let started = Instant::now();
    let mut connections = JoinSet::new();
    for batches in load.batches {
        let connection = Connection {
            client: connect(output, client.url())?,
            output,
            window: window.clone(),
            sent: sent.clone(),
        };
        connections.spawn(connection.send(batches));
    }
    drop(sent);
    let follower = Follower {
        output,
        client: client.clone(),
        window,
        received,
        bar: bar.clone(),
        pending: HashMap::new(),
        outcome: Outcome {
            elapsed: Duration::ZERO,
            latencies: Vec::new(),
            samples: Vec::new(),
            gas_per_transfer: 0,
        },
    };
    let mut following = std::pin::pin!(follower.follow(next, total, started));
    let outcome = loop {
        tokio::select! {
            outcome = &mut following => break outcome,
            // The first connection that fails ends the run; those that are done are not waited for
            // again.
            Some(done) = connections.join_next() => match done {
                Ok(Ok(())) => {}
                Ok(Err(failure)) => break Err(failure),
                Err(error) => break Err(output.failure(Message::NodeRefused, &[&error])),
            },
        }
    };
    bar.finish_and_clear();
    outcome
}

/// When a batch was sent, and what was in it.
type Batch = (Instant, Vec<B256>);

struct Connection {
    client: Client,
    output: Output,
    window: Arc<Semaphore>,
    sent: mpsc::UnboundedSender<Batch>,
}

impl Connection {
    async fn send(self, batches: Vec<Vec<Signed>>) -> Result<(), Failure> {
        for batch in batches {
            let count = u32::try_from(batch.len()).unwrap_or(u32::MAX);
            match self.window.acquire_many(count).await {
                Ok(permits) => permits.forget(),
                Err(_) => return Ok(()),
            }
            let hashes: Vec<B256> = batch.iter().map(|signed| signed.hash).collect();
            let first = hashes.first().copied().unwrap_or_default();
            let now = Instant::now();
            // Before the request: a block may have the transfers before the answer arrives.
            if self.sent.send((now, hashes)).is_err() {
                return Ok(());
            }
            let calls = batch.into_iter().map(|signed| json!([signed.encoded]));
            let answers = self
                .client
                .batch::<B256>("eth_sendRawTransaction", calls)
                .await;
            for answer in answers.map_err(of_client(self.output))? {
                answer.map_err(|error| {
                    self.output
                        .failure(Message::BenchRefused, &[&first, &error])
                })?;
            }
        }
        Ok(())
    }
}

/// Reads block after block and notes when each transfer was seen in one.
struct Follower {
    output: Output,
    client: Client,
    window: Arc<Semaphore>,
    received: mpsc::UnboundedReceiver<Batch>,
    bar: ProgressBar,
    /// Transfers under way, with the time of sending.
    pending: HashMap<B256, Instant>,
    outcome: Outcome,
}

impl Follower {
    async fn follow(
        mut self,
        mut next: u64,
        total: u64,
        started: Instant,
    ) -> Result<Outcome, Failure> {
        let mut progressed = Instant::now();
        loop {
            let block = self
                .client
                .block(next)
                .await
                .map_err(of_client(self.output))?;
            let Some(block) = block else {
                let included = self.outcome.latencies.len() as u64;
                if progressed.elapsed() > PATIENCE {
                    let (missing, seconds) = (total.saturating_sub(included), PATIENCE.as_secs());
                    return Err(self
                        .output
                        .failure(Message::BenchStuck, &[&seconds, &missing, &total])
                        .hint(self.output.lang, Message::BenchStuckHint));
                }
                tokio::time::sleep(FOLLOW_PAUSE).await;
                continue;
            };
            next = next.saturating_add(1);
            let included = self.note(&block.transactions);
            if included > 0 {
                progressed = Instant::now();
            }
            if self.outcome.latencies.len() as u64 >= total {
                self.outcome.elapsed = started.elapsed();
                self.outcome.latencies.sort_unstable();
                return Ok(self.outcome);
            }
        }
    }

    fn note(&mut self, transactions: &[B256]) -> usize {
        let now = Instant::now();
        while let Ok((sent, hashes)) = self.received.try_recv() {
            self.pending
                .extend(hashes.into_iter().map(|hash| (hash, sent)));
        }
        let (mut included, mut sample): (usize, _) = (0, None);
        for hash in transactions {
            if let Some(sent) = self.pending.remove(hash) {
                self.outcome.latencies.push(now.duration_since(sent));
                sample = Some(*hash);
                included = included.saturating_add(1);
            }
        }
        self.outcome.samples.extend(sample);
        if included > 0 {
            self.window.add_permits(included);
            self.bar.inc(included as u64);
        }
        included
    }
}

/// Checks that every transfer did what it should: the recipients hold one token more for each. A
/// receipt of each block tells the gas; nodes differ too much in what the receipts of a large block
/// cost them to ask for all.
pub(super) async fn check(
    output: Output,
    stage: &Stage,
    outcome: &mut Outcome,
    total: u64,
) -> Result<(), Failure> {
    let held = held(output, stage).await?.saturating_sub(stage.held);
    if held != U256::from(total) {
        return Err(output.failure(Message::BenchBalances, &[&held, &total]));
    }
    let mut gas: u64 = 0;
    for hash in &outcome.samples {
        let receipt = stage
            .client
            .receipt(*hash)
            .await
            .map_err(of_client(output))?;
        match receipt {
            Some(receipt) if receipt.success() => gas = gas.saturating_add(receipt.gas_used),
            _ => return Err(output.failure(Message::TransactionFailed, &[hash])),
        }
    }
    outcome.gas_per_transfer = gas / (outcome.samples.len() as u64).max(1);
    Ok(())
}

/// Tokens of all recipients together.
async fn held(output: Output, stage: &Stage) -> Result<U256, Failure> {
    let mut sum = U256::ZERO;
    for some in stage.recipients.chunks(CHECK_CONCURRENCY) {
        let mut asked = JoinSet::new();
        for account in some.iter().copied() {
            let (client, token): (Client, Address) = (stage.client.clone(), stage.token);
            asked.spawn(async move { balance_of(output, &client, token, account).await });
        }
        while let Some(answer) = asked.join_next().await {
            let answer = answer.map_err(|e| output.failure(Message::NodeRefused, &[&e]))?;
            sum = sum.saturating_add(answer?);
        }
    }
    Ok(sum)
}
