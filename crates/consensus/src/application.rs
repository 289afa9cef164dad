//! The state machine that consensus drives: build a block, check a block, take a finalized block
//! over.
//!
//! Everything here is polled in one task of the engine, so nothing waits here for transactions
//! (that is [`crate::pacing`]) and nothing blocks. The decisions are pure; the clock is read only
//! to stamp a proposal.

use crate::{
    block::{BlockContext, SealedBlock, header_context},
    chain::{Chain, Failure},
    epochs::Epochs,
    health::Health,
    outcomes::Outcomes,
    peers::PeerBook,
    scheme::Scheme,
};
use alloy_primitives::{Address, Bytes};
use commonware_codec::Encode as _;
use commonware_consensus::{
    CertifiableBlock as _, Heightable as _,
    marshal::{ancestry::Ancestry, core::Mailbox as MarshalMailbox, standard::Standard},
    types::Height as EngineHeight,
};
use commonware_glue::stateful::{
    Application as StateMachine, Finality, Input, Proposed, db::DatabaseSet,
};
use commonware_runtime::Clock;
use commonware_utils::vec::NonEmptyVec;
use futures::StreamExt as _;
use qiantang_execution::{
    BlockError, BlockInput, BlockOutcome, BuildLimits, Built, Fatal, Fiber, Rules, Step,
    reported_fault, touches_validators,
};
use qiantang_state::base::{self, Base};
use qiantang_state::databases::{
    self, Batches, Databases, Merkleized, Runtime, StateError, Targets,
};
use qiantang_state::history::{FinalizedBlock, StoreError};
use qiantang_types::{Block, Header, Transaction, beneficiary, merkle_root};
use qiantang_types::{StateCommitment, TimestampMs};
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

/// Bytes of transactions that one proposal takes at the most; the block limit is above it.
const PROPOSAL_BYTES_MAX: usize = 4 << 20;

/// Transactions that one proposal takes at the most: a backlog is worked off in blocks that others
/// check long before their timeouts.
const PROPOSAL_TRANSACTIONS_MAX: usize = 8_000;

/// Time after which a proposal takes no more transactions. It bounds how long others wait for this
/// leader.
const BUILD_TIME_MAX: Duration = Duration::from_millis(100);

/// Times to look for the certificate of a boundary, before a node goes on without it.
const CERTIFICATE_ATTEMPTS: u32 = 200;

/// Pause between two of them. The engine does not tell when a certificate arrives.
const CERTIFICATE_PAUSE: Duration = Duration::from_millis(100);

/// The ledger as a replicated state machine.
#[derive(Clone)]
pub(crate) struct Ledger {
    pub(crate) chain: Arc<Chain>,
    pub(crate) epochs: Epochs,
    pub(crate) outcomes: Arc<Outcomes>,
    pub(crate) peers: Arc<PeerBook>,
    pub(crate) health: Health,
    pub(crate) marshal: MarshalMailbox<Scheme, Standard<SealedBlock>>,
}

impl<E: Runtime> StateMachine<E> for Ledger {
    type SigningScheme = Scheme;
    type Context = BlockContext;
    type Block = SealedBlock;
    type Databases = Databases<E>;
    type Captured = ();
    type Provider = ();
    type Input = ();

    fn sync_targets(block: &SealedBlock) -> Targets<E> {
        databases::targets::<E>(&block.block().header.state)
            .expect("blocks with an empty range are refused before they get here")
    }

    async fn genesis(&mut self) -> SealedBlock {
        self.chain.genesis.clone()
    }

    async fn propose(
        &mut self,
        (runtime, context): (E, BlockContext),
        mut ancestry: impl Ancestry<SealedBlock>,
        batches: Batches<E>,
        _: Input<(), ()>,
    ) -> Option<Proposed<Self, E>> {
        let already = pending_nonces(&self.chain, ancestry.clone()).await;
        let parent = ancestry.next().await?.inner().clone();
        let limits = qiantang_txpool::BestLimits {
            transactions: PROPOSAL_TRANSACTIONS_MAX,
            bytes: PROPOSAL_BYTES_MAX,
            gas: u64::MAX,
            member_gas: 0,
        };
        let limits = self.chain.pool.within_block(limits);
        let candidates = self.chain.pool.best(limits, &already);
        let input = self.child_input(&parent, &context, self.chain.clock.at(now(&runtime)));
        let input = BlockInput {
            faults: self.chain.faults.next(),
            ..input
        };
        let deadline = runtime.current().checked_add(BUILD_TIME_MAX);
        let keep_going = move || deadline.is_none_or(|deadline| runtime.current() < deadline);
        let limits = BuildLimits {
            bytes: PROPOSAL_BYTES_MAX,
            transactions: PROPOSAL_TRANSACTIONS_MAX,
        };
        let built = match Fiber::build(input.clone(), candidates, limits, keep_going) {
            Ok(fiber) => drive::<E, _>(fiber, &batches).await,
            Err(fatal) => Err(fatal.into()),
        };
        let built = match built {
            Ok(Ok(built)) => built,
            Ok(Err(fatal)) => return self.chain.fail(fatal.into()).await,
            Err(failure) => return self.chain.fail(failure).await,
        };
        let Built {
            included,
            outcome,
            refused,
            refused_faults,
        } = built;
        self.chain.faults.forget(&refused_faults);
        // What may become valid by itself, such as a nonce that is too high, stays.
        for (hash, reason) in refused
            .into_iter()
            .filter(|(_, reason)| reason.is_permanent())
        {
            self.chain.pool.remove_refused(&hash, &reason);
        }
        let merkleized = match databases::write::<E>(batches, &outcome.changes).await {
            Ok(merkleized) => merkleized,
            Err(error) => return self.chain.fail(Failure::State(error)).await,
        };
        let header = Header {
            extension: extension(&self.epochs, context.round.epoch().get(), &outcome),
            ..header(
                &context,
                &input,
                &outcome,
                databases::commitment::<E>(&merkleized),
                &included,
            )
        };
        let block = SealedBlock::new(Block {
            header,
            transactions: included,
        })
        .expect("the leader's key comes from the engine's own context");
        self.outcomes.put(&block, outcome);
        Some(Proposed { block, merkleized })
    }

    async fn process(
        &mut self,
        _: (E, BlockContext),
        mut ancestry: impl Ancestry<SealedBlock>,
        batches: Batches<E>,
        _: Finality,
    ) -> Option<Merkleized<E>> {
        let (Some(block), Some(parent)) = (ancestry.next().await, ancestry.next().await) else {
            // The engine is being stopped: every block but genesis has a parent.
            return futures::future::pending().await;
        };
        let (block, parent) = (block.inner().clone(), parent.inner().clone());
        let header = &block.block().header;
        if let Err(reason) = self.check_header(&block, &parent) {
            return refuse(header, &reason);
        }
        let input = self.child_input(&parent, &block.context(), header.time);
        let transactions: Arc<[Transaction]> = block.block().transactions.as_slice().into();
        self.chain.pool.learn_senders(&transactions);
        let outcome = match Fiber::run(input, transactions) {
            Ok(fiber) => drive::<E, _>(fiber, &batches).await,
            Err(fatal) => Err(fatal.into()),
        };
        let outcome = match outcome {
            Ok(Ok(outcome)) => outcome,
            // Unreadable state and an old program are this node's own trouble. All else is the
            // block's: every honest node meets it.
            Ok(Err(BlockError::Fatal(fatal @ (Fatal::Read(_) | Fatal::Upgrade { .. })))) => {
                return self.chain.fail(fatal.into()).await;
            }
            Err(failure @ Failure::State(_)) => return self.chain.fail(failure).await,
            Ok(Err(reason)) => return refuse(header, &reason),
            Err(reason) => return refuse(header, &reason),
        };
        let merkleized = match databases::write::<E>(batches, &outcome.changes).await {
            Ok(merkleized) => merkleized,
            Err(error) => return self.chain.fail(Failure::State(error)).await,
        };
        let state = databases::commitment::<E>(&merkleized);
        let checked = check_outcome(header, &outcome, &state)
            .and_then(|()| check_extension(header, &self.epochs, &outcome));
        if let Err(reason) = checked {
            return refuse(header, &reason);
        }
        self.outcomes.put(&block, outcome);
        Some(merkleized)
    }

    async fn capture(
        &mut self,
        _: (E, BlockContext),
        _: &SealedBlock,
        _: &Merkleized<E>,
        _: <Databases<E> as DatabaseSet<E>>::Readers,
    ) {
    }

    async fn finalized(
        &mut self,
        (runtime, _): (E, BlockContext),
        block: &SealedBlock,
        (): (),
        readers: <Databases<E> as DatabaseSet<E>>::Readers,
    ) {
        let Some(outcome) = self.outcomes.take(block) else {
            // A block is never finalized here without having been built or processed here before.
            let height = block.height().get();
            return self.chain.fail(Failure::Unexecuted(height)).await;
        };
        let certificate = self.certificate(&runtime, block.block()).await;
        let base = match self.base::<E>(block, readers).await {
            Ok(base) => base,
            Err(error) => return self.chain.fail(Failure::State(error)).await,
        };
        let (chain, peers) = (self.chain.clone(), self.peers.clone());
        let started = runtime.current();
        let clock = runtime.child("appended");
        let finalized = block.clone();
        let write = runtime.shared(true).spawn(move |_| async move {
            let record = FinalizedBlock {
                block: finalized.block(),
                receipts: &outcome.receipts,
                changes: &outcome.changes,
                certificate,
            };
            match &base {
                None => chain.store.append(&record)?,
                Some(base) => chain.store.begin_at(&record, base)?,
            };
            let recorded: Vec<Bytes> = (finalized.block().transactions.iter())
                .filter_map(reported_fault)
                .collect();
            chain.faults.forget(&recorded);
            let accounts = outcome.changes.accounts.iter();
            let after = accounts.map(|(address, account)| (*address, account.unwrap_or_default()));
            let header = &finalized.block().header;
            chain.pool.set_parameters(&outcome.parameters);
            if base.is_some() || touches_validators(&outcome.changes) {
                peers.refresh(&chain.store)?;
            }
            chain
                .pool
                .on_finalized(&finalized.block().transactions, after, header.time);
            chain.announce(finalized.block(), outcome.receipts);
            Ok::<(), StoreError>(())
        });
        match write.await {
            Ok(Ok(())) => {
                let took = clock.current().duration_since(started);
                self.health.on_block(block, took.unwrap_or_default());
            }
            Ok(Err(error)) => self.chain.fail(Failure::Store(error)).await,
            // The engine is being stopped. The block is not acknowledged, so it comes again.
            Err(_) => futures::future::pending().await,
        }
    }
}

impl Ledger {
    /// The certificate of a final block, as far as it is needed: it proves blocks before it too, so
    /// most are not waited for. Strangers need that of a block after which the validators are
    /// others, and a power cut may have taken it: then the own votes bring it back when they are
    /// read again, or the other validators send it.
    async fn certificate<E: Runtime>(&self, runtime: &E, block: &Block) -> Option<Bytes> {
        let height = EngineHeight::new(block.header.height.get());
        let is_boundary = !block.header.extension.is_empty();
        for attempt in 0..CERTIFICATE_ATTEMPTS {
            let found = self.marshal.get_finalization(height).await;
            if found.is_some() || !is_boundary {
                return found.map(|found| Bytes::from(found.encode()));
            }
            if attempt == 0 {
                tracing::info!(%height, "the certificate of a boundary is missing, asking for it");
                let scheme = self.epochs.scheme_of(block.header.context.epoch);
                let keys = scheme.iter().flat_map(|scheme| scheme.others());
                if let Ok(others) = NonEmptyVec::try_from(keys.collect::<Vec<_>>()) {
                    self.marshal.hint_finalized(height, others);
                }
            }
            runtime.sleep(CERTIFICATE_PAUSE).await;
        }
        tracing::warn!(%height, "nobody sends the certificate of a boundary, going on without it");
        None
    }

    /// The whole state after a block, where the local store does not have the blocks before it.
    async fn base<E: Runtime>(
        &self,
        block: &SealedBlock,
        readers: base::Readers<E>,
    ) -> Result<Option<Base>, StateError> {
        let header = &block.block().header;
        let next = self.chain.store.head().and_then(|(head, _)| head.next());
        if next.is_none_or(|next| header.height <= next) {
            return Ok(None);
        }
        tracing::info!(height = %header.height, "the history begins with the state of this block");
        base::read::<E>(&readers, &header.state).await.map(Some)
    }

    fn child_input(
        &self,
        parent: &SealedBlock,
        context: &BlockContext,
        time: TimestampMs,
    ) -> BlockInput {
        let parent_header = &parent.block().header;
        let earliest = TimestampMs::new(parent_header.time.get().saturating_add(1));
        let height = parent_header.height.next().unwrap_or(parent_header.height);
        BlockInput {
            height,
            time: time.max(earliest),
            gas_limit: self.chain.spec.parameters.block_gas_limit,
            beneficiary: beneficiary(&context.leader.encode()),
            parent_hash: parent.hash(),
            chain_id: self.chain.spec.chain_id,
            parameters: self.chain.spec.parameters.clone(),
            last_of_epoch: self.epochs.is_boundary(height),
            faults: Vec::new(),
            rules: Rules::QIANTANG,
        }
    }

    /// Rules that need no execution.
    fn check_header(&self, block: &SealedBlock, parent: &SealedBlock) -> Result<(), String> {
        let (header, above) = (&block.block().header, &parent.block().header);
        if Some(header.height) != above.height.next() {
            return Err(format!(
                "height {} does not follow {}",
                header.height, above.height
            ));
        }
        if header.parent != parent.hash() {
            return Err(format!(
                "the parent is {}, not {}",
                parent.hash(),
                header.parent
            ));
        }
        if header.time <= above.time {
            return Err(format!(
                "time {} is not after the parent's {}",
                header.time, above.time
            ));
        }
        let epoch = self.epochs.epoch_of(header.height);
        if header.context.epoch != epoch {
            return Err(format!(
                "its height is of epoch {epoch}, its header says {}",
                header.context.epoch
            ));
        }
        Ok(())
    }
}

/// The header of a block that was built here, without an extension.
fn header(
    context: &BlockContext,
    input: &BlockInput,
    outcome: &BlockOutcome,
    state: StateCommitment,
    transactions: &[Transaction],
) -> Header {
    let leaves: Vec<_> = transactions
        .iter()
        .map(|t| qiantang_types::leaf_hash(t.encoded()))
        .collect();
    Header {
        context: header_context(context),
        parent: input.parent_hash,
        height: input.height,
        time: input.time,
        gas_limit: outcome.parameters.block_gas_limit,
        gas_used: outcome.gas_used,
        transactions_root: merkle_root(&leaves),
        receipts_root: receipts_root(outcome),
        state,
        extension: Bytes::new(),
    }
}

/// What a block's header carries besides: at the end of an epoch the next validators, where they
/// differ.
pub(crate) fn extension(epochs: &Epochs, epoch: u64, outcome: &BlockOutcome) -> Bytes {
    let decided = outcome.next_validators.as_ref();
    decided.map_or_else(Bytes::new, |validators| {
        epochs.extension(
            epoch,
            validators.iter().map(|validator| validator.key.as_ref()),
        )
    })
}

/// Votes against a block.
fn refuse<T>(header: &Header, reason: &dyn std::fmt::Display) -> Option<T> {
    tracing::warn!(height = %header.height, %reason, "a proposed block is invalid");
    None
}

/// Next nonces of all senders in the blocks that are proposed but not yet taken over from the pool.
pub(crate) async fn pending_nonces(
    chain: &Chain,
    mut ancestry: impl Ancestry<SealedBlock>,
) -> BTreeMap<Address, u64> {
    let mut nonces = BTreeMap::new();
    while let Some(block) = ancestry.next().await {
        let block = block.inner();
        if block.height().get() <= chain.taken_over() {
            break;
        }
        chain.pool.learn_senders(&block.block().transactions);
        for transaction in &block.block().transactions {
            note_nonce(&mut nonces, transaction);
        }
    }
    nonces
}

fn note_nonce(nonces: &mut BTreeMap<Address, u64>, transaction: &Transaction) {
    use alloy_consensus::Transaction as _;
    if let (Some(envelope), Ok(sender)) = (transaction.signed(), transaction.sender()) {
        let next = envelope.nonce().saturating_add(1);
        let known = nonces.entry(sender).or_default();
        *known = next.max(*known);
    }
}

fn receipts_root(outcome: &BlockOutcome) -> qiantang_types::LedgerHash {
    let leaves: Vec<_> = outcome
        .receipts
        .iter()
        .map(|receipt| receipt.leaf())
        .collect();
    merkle_root(&leaves)
}

/// Compares what a header says with what execution found.
pub(crate) fn check_outcome(
    header: &Header,
    outcome: &BlockOutcome,
    state: &StateCommitment,
) -> Result<(), String> {
    let gas_limit = outcome.parameters.block_gas_limit;
    if header.gas_limit != gas_limit {
        return Err(format!(
            "the gas limit is {gas_limit}, the header says {}",
            header.gas_limit
        ));
    }
    if header.gas_used != outcome.gas_used {
        return Err(format!(
            "gas used is {}, the header says {}",
            outcome.gas_used, header.gas_used
        ));
    }
    let receipts = receipts_root(outcome);
    if header.receipts_root != receipts {
        return Err(format!(
            "the receipts root is {receipts}, the header says {}",
            header.receipts_root
        ));
    }
    if header.state != *state {
        return Err(format!(
            "the state root is {}, the header says {}",
            state.state_root(),
            header.state.state_root()
        ));
    }
    Ok(())
}

/// Compares what a header says of the next validators with what the ledger holds.
pub(crate) fn check_extension(
    header: &Header,
    epochs: &Epochs,
    outcome: &BlockOutcome,
) -> Result<(), String> {
    let expected = extension(epochs, header.context.epoch, outcome);
    if header.extension == expected {
        return Ok(());
    }
    Err(format!(
        "the next validators are {expected}, the header says {}",
        header.extension
    ))
}

/// Feeds a fiber from the databases until it is done.
pub(crate) async fn drive<E: Runtime, T: Send + 'static>(
    mut fiber: Fiber<T>,
    batches: &Batches<E>,
) -> Result<T, Failure> {
    let mut values = Vec::new();
    loop {
        match fiber.resume(values)? {
            Step::Need(keys) => values = databases::read::<E>(batches, &keys).await?,
            Step::Done(result) => return Ok(result),
        }
    }
}

/// The runtime's wall clock.
pub(crate) fn now(clock: &impl Clock) -> TimestampMs {
    let since: Duration = clock
        .current()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    TimestampMs::new(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
