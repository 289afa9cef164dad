//! When to propose: at once for waiting transactions, at the heartbeat on an idle chain.
//!
//! The wait stands in front of the state machine. Inside it, a waiting proposal would hold back the
//! finalization of the block before it.

use crate::{
    application::{now, pending_nonces},
    block::SealedBlock,
    chain::Chain,
    platform::Platform,
};
use commonware_consensus::{Application, marshal::ancestry::Ancestry};
use commonware_cryptography::{Digested, Digestible as _};
use commonware_runtime::Clock;
use futures::{FutureExt as _, future::Either, pin_mut};
use qiantang_txpool::BestLimits;
use std::{marker::PhantomData, sync::Arc, time::Duration};

/// How far ahead of the verifier's clock a block's time may be.
const CLOCK_AHEAD_MAX: Duration = Duration::from_millis(500);

/// Enough of the pool to know that there is something to propose.
const ONE: BestLimits = BestLimits {
    transactions: 1,
    bytes: usize::MAX,
    gas: u64::MAX,
    member_gas: 0,
};

/// Pace of the chain.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Time between blocks of an idle chain.
    pub heartbeat: Duration,
    /// Most time that a leader waits after a block with many transactions, so that blocks fill
    /// under load.
    pub interval: Duration,
}

impl Pace {
    /// Time between a block with so many transactions and the next: a millisecond for each, up to
    /// the interval. A single transaction is followed at once, a flood is gathered.
    fn wait_after(&self, transactions: usize) -> Duration {
        let millis = u64::try_from(transactions).unwrap_or(u64::MAX);
        self.interval.min(Duration::from_millis(millis))
    }

    /// Time the engine waits for a leader's proposal. It must be above the heartbeat, or an idle
    /// chain makes no block at all; and little above, because a dead leader stops the chain for as
    /// long.
    pub fn leader_timeout(&self) -> Duration {
        let margin = (self.heartbeat / 4).max(BUILDING_MIN);
        self.heartbeat.saturating_add(margin)
    }

    /// Time the engine waits until a proposal is certified.
    pub fn certification_timeout(&self) -> Duration {
        self.leader_timeout().saturating_add(VOTING)
    }

    /// Time after which the turn of a leader that is not heard is passed over.
    pub(crate) fn skip_timeout(&self) -> Duration {
        self.certification_timeout().saturating_add(BUILDING_MIN)
    }
}

/// Time for building a block and sending it that a timeout leaves at the least.
const BUILDING_MIN: Duration = Duration::from_millis(250);

/// Time for executing a full block and for voting.
const VOTING: Duration = Duration::from_millis(500);

/// The state machine behind a wait.
pub(crate) struct Paced<P, M> {
    pub(crate) inner: M,
    pub(crate) chain: Arc<Chain>,
    pub(crate) pace: Pace,
    pub(crate) platform: PhantomData<P>,
}

impl<P, M: Clone> Clone for Paced<P, M> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            chain: self.chain.clone(),
            pace: self.pace,
            platform: PhantomData,
        }
    }
}

impl<P, M> Paced<P, M> {
    /// Waits until there is a reason to propose on `parent`. Cancelling it changes nothing.
    async fn wait(&self, clock: &impl Clock, ancestry: impl Ancestry<SealedBlock>) {
        let Some(parent) = ancestry.peek().map(|block| block.inner().clone()) else {
            return;
        };
        let parent = parent.block();
        // What the parent includes is in the pool until the parent is final.
        let already = pending_nonces(&self.chain, ancestry).await;
        let chain_clock = self.chain.clock;
        let age = |clock: &_| chain_clock.between(parent.header.time, chain_clock.at(now(clock)));
        let full = self.pace.wait_after(parent.transactions.len());
        clock.sleep(full.saturating_sub(age(clock))).await;
        loop {
            let changed = self.chain.pool.listen();
            if !self.chain.pool.best(ONE, &already).is_empty() {
                return;
            }
            let left = self.pace.heartbeat.saturating_sub(age(clock));
            if left.is_zero() {
                return;
            }
            let sleep = clock.sleep(left).fuse();
            pin_mut!(sleep);
            if let Either::Right(_) = futures::future::select(changed, sleep).await {
                return;
            }
        }
    }
}

impl<P, E, M> Application<E> for Paced<P, M>
where
    P: Platform,
    E: Clock + Send + 'static,
    M: Application<E, Block = SealedBlock> + Sync,
    M::Context: Send,
{
    type SigningScheme = M::SigningScheme;
    type Context = M::Context;
    type Block = M::Block;
    type Input = M::Input;

    async fn propose(
        &mut self,
        context: (E, Self::Context),
        ancestry: impl Ancestry<SealedBlock>,
        input: Self::Input,
    ) -> Option<Digested<SealedBlock>> {
        self.wait(&context.0, ancestry.clone()).await;
        let built = self.inner.propose(context, ancestry, input).await?;
        let Some(other) = P::instead_of(built.inner().block()) else {
            return Some(built);
        };
        let other = SealedBlock::new(other).ok()?;
        let digest = other.digest();
        Some(Digested::precomputed(other, digest))
    }

    async fn verify(
        &mut self,
        context: (E, Self::Context),
        ancestry: impl Ancestry<SealedBlock>,
    ) -> bool {
        // A clock can only delay a verdict: the block may be valid for a verifier whose clock is
        // right.
        if let Some(block) = ancestry.peek() {
            let chain_clock = self.chain.clock;
            let present = chain_clock.at(now(&context.0));
            let ahead = chain_clock.between(present, block.inner().block().header.time);
            context.0.sleep(ahead.saturating_sub(CLOCK_AHEAD_MAX)).await;
        }
        self.inner.verify(context, ancestry).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_wait_by_what_they_hold_and_leaders_outwait_the_heartbeat() {
        let pace = |heartbeat| Pace {
            heartbeat: Duration::from_millis(heartbeat),
            interval: Duration::from_millis(100),
        };
        for (transactions, expected) in [(0, 0), (1, 1), (99, 99), (100, 100), (usize::MAX, 100)] {
            assert_eq!(
                pace(1000).wait_after(transactions),
                Duration::from_millis(expected)
            );
        }
        for heartbeat in [0, 1, 250, 1000, 60_000] {
            let pace = pace(heartbeat);
            assert!(pace.leader_timeout() > pace.heartbeat);
            assert!(pace.certification_timeout() > pace.leader_timeout());
            assert!(pace.skip_timeout() > pace.certification_timeout());
        }
    }
}
