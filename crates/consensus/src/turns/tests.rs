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
