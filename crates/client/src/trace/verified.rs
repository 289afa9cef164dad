//! A story whose every step was proved.

use super::{ITrace, Trace, document::event_in_logs};
use crate::{
    client::LogFilter,
    error::ClientError,
    module::{Interface as _, Module},
    response::ReceiptResponse,
};
use alloy_primitives::{Address, B256, Bytes, Log, keccak256};
use alloy_sol_types::SolEvent;
use qiantang_types::{Fingerprint, Receipt};
use qiantang_verify::{Fact, Verified, VerifiedFact, verify};
use sha2::{Digest as _, Sha256};

/// A step of a journey, with what the proofs say about it.
#[derive(Clone, Debug)]
pub struct VerifiedStep {
    /// The step, as the node tells it.
    pub step: ITrace::Step,
    /// The document in which the event was captured, as proved.
    pub document: Bytes,
    /// The event in that document, where it can be told which one it is.
    pub event: Option<serde_json::Value>,
    /// Who signed the capture, as proved.
    pub sender: Address,
    /// The transaction, as proved.
    pub transaction: B256,
    /// Block time in milliseconds, as proved.
    pub time: u64,
    /// Validators whose signatures were checked, and all of them.
    pub signers: (usize, usize),
}

/// A journey with proofs.
#[derive(Clone, Debug)]
pub struct VerifiedStory {
    /// The steps in the order of the chain.
    pub steps: Vec<VerifiedStep>,
    /// Whether the node told the whole story. That it left nothing out is not proved.
    pub complete: bool,
}

impl Module<Trace> {
    /// Asks for the story of an item and for proofs of each of its events, and checks them against
    /// the anchor: that the event was captured, by whom, when, in which document, and that it names
    /// the item.
    ///
    /// # Errors
    ///
    /// The first step whose proof does not hold or proves something else; all that [`Self::story`]
    /// meets.
    pub async fn verify_story(
        &self,
        id: &str,
        anchor: &Fingerprint,
        mut progress: impl FnMut(usize, usize),
    ) -> Result<VerifiedStory, ClientError> {
        let story = self.story(id).await?;
        let total = story.entries.len();
        let mut steps = Vec::with_capacity(total);
        for (done, step) in story.entries.into_iter().enumerate() {
            progress(done, total);
            steps.push(self.verify_step(step, anchor).await?);
        }
        progress(total, total);
        Ok(VerifiedStory {
            steps,
            complete: story.complete,
        })
    }

    async fn verify_step(
        &self,
        step: ITrace::Step,
        anchor: &Fingerprint,
    ) -> Result<VerifiedStep, ClientError> {
        let what = format!("event {}", step.eventHash);
        let receipt = self.receipt_of(&step, &what).await?;
        let proved = self.prove_capture(&receipt, &step, anchor, &what).await?;

        let captured =
            proved.find::<ITrace::EventCaptured>(|log| log.eventHash == step.eventHash)?;
        proved.equal("submitter", captured.submitter, step.submitter)?;
        proved.equal("sequence", captured.sequence, step.sequence)?;
        proved.equal("height", proved.verified.height.get(), step.height)?;
        proved.equal("time", proved.verified.time.get(), step.time)?;

        let item = keccak256(step.item.as_bytes());
        proved.find::<ITrace::ItemChanged>(|log| {
            log.item == item && log.eventHash == step.eventHash
        })?;

        let document = proved
            .find::<ITrace::DocumentCaptured>(|log| log.documentHash == captured.documentHash)?
            .document;
        let hash = B256::from_slice(&Sha256::digest(&document));
        proved.equal("document hash", hash, captured.documentHash)?;

        Ok(VerifiedStep {
            document,
            event: event_in_logs(&proved.logs, &step.eventHash),
            sender: proved.sender,
            transaction: proved.transaction,
            time: proved.verified.time.get(),
            signers: (proved.verified.signers.len(), proved.verified.validators),
            step,
        })
    }

    /// Asks for a proof of the log that records an event and checks it. The proof carries the whole
    /// receipt, so all logs of the transaction are proved with it.
    async fn prove_capture(
        &self,
        receipt: &ReceiptResponse,
        step: &ITrace::Step,
        anchor: &Fingerprint,
        what: &str,
    ) -> Result<Proved, ClientError> {
        let position = receipt
            .logs
            .iter()
            .position(|log| {
                log.address == Trace::ADDRESS
                    && log.topics.first() == Some(&ITrace::EventCaptured::SIGNATURE_HASH)
                    && log.topics.get(1) == Some(&step.eventHash)
            })
            .ok_or_else(|| other(what, "the receipt lacks its log"))?;
        let hash = receipt.transaction_hash;
        let bundle = self
            .client()
            .prove_transaction(hash, Some(position as u64))
            .await?;
        let verified =
            verify(&bundle.to_binary(), anchor).map_err(|source| ClientError::Proof {
                what: what.to_owned(),
                source: Box::new(source),
            })?;
        let (fact, verified_fact) = (bundle.facts.first(), verified.facts.first());
        let (
            Some(Fact::Log(fact)),
            Some(VerifiedFact::Log {
                sender,
                transaction_hash,
                ..
            }),
        ) = (fact, verified_fact)
        else {
            return Err(other(what, "it is not about a log"));
        };
        let receipt = Receipt::from_bytes(&fact.receipt).map_err(|error| other(what, error))?;
        Ok(Proved {
            logs: receipt.logs,
            sender: *sender,
            transaction: *transaction_hash,
            what: what.to_owned(),
            verified,
        })
    }

    /// The receipt of the transaction that captured an event.
    pub(super) async fn receipt_of(
        &self,
        step: &ITrace::Step,
        what: &str,
    ) -> Result<ReceiptResponse, ClientError> {
        let filter = LogFilter {
            from_block: step.height,
            to_block: step.height,
            address: Some(Trace::ADDRESS),
            topics: vec![
                Some(ITrace::EventCaptured::SIGNATURE_HASH),
                Some(step.eventHash),
            ],
        };
        let missing = || {
            other(
                what,
                format!("no such event is logged at height {}", step.height),
            )
        };
        let logs = self.client().logs(&filter).await?;
        let hash = logs.first().ok_or_else(missing)?.transaction_hash;
        self.client().receipt(hash).await?.ok_or_else(missing)
    }
}

/// A transaction whose receipt was proved.
struct Proved {
    verified: Verified,
    logs: Vec<Log>,
    sender: Address,
    transaction: B256,
    what: String,
}

impl Proved {
    /// The module's log that fits. The proof comes from the node as well, so it may be true and
    /// about something else.
    fn find<E: SolEvent>(&self, fits: impl Fn(&E) -> bool) -> Result<E, ClientError> {
        self.logs
            .iter()
            .filter(|log| log.address == Trace::ADDRESS)
            .filter_map(|log| E::decode_log_data(&log.data).ok())
            .find(fits)
            .ok_or_else(|| other(&self.what, format!("it has no fitting {}", E::SIGNATURE)))
    }

    fn equal<T: PartialEq + std::fmt::Display>(
        &self,
        field: &str,
        proved: T,
        told: T,
    ) -> Result<(), ClientError> {
        if proved == told {
            Ok(())
        } else {
            let reason = format!("{field} is {proved}, the node told {told}");
            Err(other(&self.what, reason))
        }
    }
}

fn other(what: &str, reason: impl ToString) -> ClientError {
    ClientError::OtherFact {
        what: what.to_owned(),
        reason: reason.to_string(),
    }
}
