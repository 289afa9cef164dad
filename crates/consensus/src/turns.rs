//! Who takes its turn as leader: a validator that just came back passes it on until it has caught
//! up.
//!
//! Before it can build on the newest block it must fetch and execute all that it missed, and the
//! others would wait for it until their timeout, each time that it is its turn. When it says that
//! it does not propose, the engine votes against the view, and the others follow without a timeout,
//! unless nothing was final for as many views as there are validators.

use crate::block::BlockContext;
use commonware_consensus::{Automaton, CertifiableAutomaton, types::Round};
use commonware_cryptography::sha256::Digest;
use commonware_runtime::{Clock, Spawner};
use commonware_utils::channel::oneshot;
use std::{sync::Arc, time::Duration};

/// How long a turn is held before it is passed on. It bounds how fast views follow each other where
/// everybody is behind.
const PASS_PAUSE: Duration = Duration::from_millis(100);

/// The state machine behind the question whether it can keep up.
pub(crate) struct Turns<E, A> {
    pub(crate) inner: A,
    pub(crate) is_behind: Arc<dyn Fn() -> bool + Send + Sync>,
    pub(crate) context: Arc<E>,
}

impl<E, A: Clone> Clone for Turns<E, A> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            is_behind: self.is_behind.clone(),
            context: self.context.clone(),
        }
    }
}

impl<E, A> Automaton for Turns<E, A>
where
    E: Clock + Spawner,
    A: CertifiableAutomaton<Context = BlockContext, Digest = Digest>,
{
    type Context = BlockContext;
    type Digest = Digest;

    async fn propose(&mut self, context: BlockContext) -> oneshot::Receiver<Digest> {
        if !(self.is_behind)() {
            return self.inner.propose(context).await;
        }
        tracing::debug!(round = ?context.round, "passing on a turn: final blocks are missing here");
        let (proposal, answer) = oneshot::channel();
        self.context.child("pass").spawn(move |context| async move {
            context.sleep(PASS_PAUSE).await;
            drop(proposal);
        });
        answer
    }

    async fn verify(&mut self, context: BlockContext, digest: Digest) -> oneshot::Receiver<bool> {
        self.inner.verify(context, digest).await
    }
}

// A proposal on a block that is not certified yet is not prepared: by default the engine waits.
impl<E, A> CertifiableAutomaton for Turns<E, A>
where
    E: Clock + Spawner,
    A: CertifiableAutomaton<Context = BlockContext, Digest = Digest>,
{
    async fn certify(&mut self, round: Round, digest: Digest) -> oneshot::Receiver<bool> {
        self.inner.certify(round, digest).await
    }
}

#[cfg(test)]
mod tests;
