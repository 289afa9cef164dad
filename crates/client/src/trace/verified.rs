//! A story whose every step was proved.

use super::{ITrace, TRACE_ADDRESS, Trace};
use crate::{client::LogFilter, error::ClientError, response::ReceiptResponse};
use alloy_primitives::{Address, B256, Bytes, Log, keccak256};
use alloy_sol_types::SolEvent as _;
use qiantang_types::Fingerprint;
use qiantang_verify::{Verified, VerifiedFact, verify};
use sha2::{Digest as _, Sha256};

/// A step of a journey, with what the proofs say about it.
#[derive(Clone, Debug)]
pub struct VerifiedStep {
    /// The step, as the node tells it.
    pub step: ITrace::Step,
    /// The document in which the event was captured, as proved.
    pub document: Bytes,
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

impl Trace {
    /// Asks for the story of an item and for proofs of each of its events, and checks them against the anchor: that the
    /// event was captured, by whom, when, in which document, and that it names the item.
    ///
    /// # Errors
    ///
    /// The first step whose proof does not hold or proves something else; all that [`Self::story`] meets.
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
        let event = Search {
            trace: self,
            receipt: &receipt,
            anchor,
            what: &what,
        };

        let captured = event
            .prove(ITrace::EventCaptured::SIGNATURE_HASH, |topics| {
                topics.get(1) == Some(&step.eventHash)
            })
            .await?;
        let log = event.decode::<ITrace::EventCaptured>(&captured.log)?;
        event.equal("submitter", log.submitter, step.submitter)?;
        event.equal("sequence", log.sequence, step.sequence)?;
        event.equal("height", captured.verified.height.get(), step.height)?;
        event.equal("time", captured.verified.time.get(), step.time)?;

        let item = keccak256(step.item.as_bytes());
        event
            .prove(ITrace::ItemChanged::SIGNATURE_HASH, |topics| {
                topics.get(1) == Some(&item) && topics.get(2) == Some(&step.eventHash)
            })
            .await?;

        let proved = event
            .prove(ITrace::DocumentCaptured::SIGNATURE_HASH, |topics| {
                topics.get(1) == Some(&log.documentHash)
            })
            .await?;
        let document = event
            .decode::<ITrace::DocumentCaptured>(&proved.log)?
            .document;
        let hash = B256::from_slice(&Sha256::digest(&document));
        event.equal("document hash", hash, log.documentHash)?;

        Ok(VerifiedStep {
            document,
            sender: captured.sender,
            transaction: captured.transaction,
            time: captured.verified.time.get(),
            signers: (
                captured.verified.signers.len(),
                captured.verified.validators,
            ),
            step,
        })
    }

    /// The receipt of the transaction that captured an event.
    async fn receipt_of(
        &self,
        step: &ITrace::Step,
        what: &str,
    ) -> Result<ReceiptResponse, ClientError> {
        let filter = LogFilter {
            from_block: step.height,
            to_block: step.height,
            address: Some(TRACE_ADDRESS),
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
        let logs = self.client.logs(&filter).await?;
        let hash = logs.first().ok_or_else(missing)?.transaction_hash;
        self.client.receipt(hash).await?.ok_or_else(missing)
    }
}

/// A log that was proved.
struct ProvedLog {
    verified: Verified,
    log: Log,
    sender: Address,
    transaction: B256,
}

/// Looks for the logs of one event in its receipt and proves them.
struct Search<'a> {
    trace: &'a Trace,
    receipt: &'a ReceiptResponse,
    anchor: &'a Fingerprint,
    what: &'a str,
}

impl Search<'_> {
    async fn prove(
        &self,
        signature: B256,
        fits: impl Fn(&[B256]) -> bool,
    ) -> Result<ProvedLog, ClientError> {
        let matches = |address: Address, topics: &[B256]| {
            address == TRACE_ADDRESS && topics.first() == Some(&signature) && fits(topics)
        };
        let position = self
            .receipt
            .logs
            .iter()
            .position(|log| matches(log.address, &log.topics))
            .ok_or_else(|| other(self.what, "the receipt lacks a log that belongs to it"))?;
        let hash = self.receipt.transaction_hash;
        let client = &self.trace.client;
        let bundle = client
            .prove_transaction(hash, Some(position as u64))
            .await?;
        let mut verified =
            verify(&bundle.to_binary(), self.anchor).map_err(|source| ClientError::Proof {
                what: self.what.to_owned(),
                source: Box::new(source),
            })?;
        // The bundle comes from the node as well, so it may prove something true that was not asked for.
        match verified.facts.pop() {
            Some(VerifiedFact::Log {
                log,
                sender,
                transaction_hash,
                ..
            }) if matches(log.address, log.data.topics()) => Ok(ProvedLog {
                verified,
                log,
                sender,
                transaction: transaction_hash,
            }),
            _ => Err(other(self.what, "it is about another log")),
        }
    }

    fn decode<E: alloy_sol_types::SolEvent>(&self, log: &Log) -> Result<E, ClientError> {
        E::decode_log_data(&log.data).map_err(|error| other(self.what, error))
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
            Err(other(self.what, reason))
        }
    }
}

fn other(what: &str, reason: impl ToString) -> ClientError {
    ClientError::OtherFact {
        what: what.to_owned(),
        reason: reason.to_string(),
    }
}
