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
mod tests {
    use super::*;
    use crate::keys::PrivateKey;
    use commonware_consensus::types::{Epoch, View};
    use commonware_cryptography::Signer as _;
    use commonware_runtime::{Runner as _, Supervisor as _, deterministic};
    use qiantang_types::SignatureScheme;
    use std::sync::atomic::{AtomicBool, Ordering};

    const BUILT: Digest = Digest([7; 32]);

    /// Answers at once.
    #[derive(Clone)]
    struct Prompt;

    impl Automaton for Prompt {
        type Context = BlockContext;
        type Digest = Digest;

        async fn propose(&mut self, _: BlockContext) -> oneshot::Receiver<Digest> {
            let (sender, answer) = oneshot::channel();
            sender.send(BUILT).unwrap();
            answer
        }

        async fn verify(&mut self, _: BlockContext, digest: Digest) -> oneshot::Receiver<bool> {
            let (sender, answer) = oneshot::channel();
            sender.send(digest == BUILT).unwrap();
            answer
        }
    }

    impl CertifiableAutomaton for Prompt {}

    #[test]
    fn who_is_behind_passes_its_turn_after_a_pause_and_still_votes() {
        deterministic::Runner::default().start(|context| async move {
            let behind = Arc::new(AtomicBool::new(true));
            let asked = behind.clone();
            let mut turns = Turns {
                inner: Prompt,
                is_behind: Arc::new(move || asked.load(Ordering::Relaxed)),
                context: Arc::new(context.child("turns")),
            };
            let me = PrivateKey::from_bytes(SignatureScheme::Ed25519, &[1; 32]).unwrap();
            let turn = BlockContext {
                round: Round::new(Epoch::zero(), View::new(9)),
                leader: me.public_key(),
                parent: (View::new(8), Digest([8; 32])),
            };
            let started = context.current();
            let answer = turns.propose(turn.clone()).await;
            assert!(answer.await.is_err(), "the turn is passed on");
            let held = context.current().duration_since(started).unwrap();
            assert!((PASS_PAUSE..PASS_PAUSE * 2).contains(&held), "{held:?}");
            assert!(turns.verify(turn.clone(), BUILT).await.await.unwrap());
            behind.store(false, Ordering::Relaxed);
            assert_eq!(turns.propose(turn).await.await, Ok(BUILT));
        });
    }
}
