//! The Trace module: the journey of goods in GS1 EPCIS 2.0.
//!
//! The types come from the module's Solidity interface in `specs/solidity`, so they are what the
//! chain speaks.

mod document;
mod verified;

use crate::{
    account::Account,
    error::ClientError,
    module::{List, Module},
    response::ReceiptResponse,
};
use alloy_primitives::{B256, Bytes, Log};
use alloy_sol_types::SolInterface as _;

pub use crate::bindings::{ITrace, Trace};
pub use verified::{VerifiedStep, VerifiedStory};

/// What a capture did.
#[derive(Clone, Debug)]
pub struct Captured {
    /// Events that are new on the chain, in the document's order: number and hash.
    pub events: Vec<ITrace::EventCaptured>,
    /// Events that were there before.
    pub duplicates: Vec<ITrace::DuplicateCaptured>,
    /// Events that the document declares to be errors.
    pub declared: Vec<ITrace::ErrorDeclared>,
    /// The transaction's receipt.
    pub receipt: ReceiptResponse,
}

/// Why the module refused, where it said so.
pub fn refusal(error: &ClientError) -> Option<ITrace::ITraceErrors> {
    match error {
        ClientError::Reverted { data, .. } => ITrace::ITraceErrors::abi_decode(data).ok(),
        _ => None,
    }
}

impl Module<Trace> {
    /// Captures an EPCIS document, or a single event, exactly as written.
    ///
    /// # Errors
    ///
    /// [`ClientError::Reverted`] where the module refuses ([`refusal`] says why), and all that
    /// [`Account::send`] meets.
    pub async fn capture(
        &self,
        account: &Account,
        document: Bytes,
    ) -> Result<Captured, ClientError> {
        let receipt = self
            .send(account, &ITrace::captureCall { document })
            .await?;
        Ok(Captured {
            events: Self::events(&receipt),
            duplicates: Self::events(&receipt),
            declared: Self::events(&receipt),
            receipt,
        })
    }

    /// Recalls an item or lot with everything that came from it.
    ///
    /// # Errors
    ///
    /// As [`Self::capture`].
    pub async fn recall(
        &self,
        account: &Account,
        id: String,
        reason: String,
    ) -> Result<ReceiptResponse, ClientError> {
        self.send(account, &ITrace::recallCall { id, reason }).await
    }

    /// Binds a party id to the account.
    ///
    /// # Errors
    ///
    /// As [`Self::capture`].
    pub async fn register_party(
        &self,
        account: &Account,
        party: String,
    ) -> Result<ReceiptResponse, ClientError> {
        let call = ITrace::registerPartyCall { partyId: party };
        self.send(account, &call).await
    }

    /// What is known about an item now.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn item(&self, id: &str) -> Result<ITrace::Item, ClientError> {
        self.view(&ITrace::itemCall { id: id.to_owned() }).await
    }

    /// What is recorded about an event.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn event(&self, hash: B256) -> Result<ITrace::EventRecord, ClientError> {
        self.view(&ITrace::eventRecordCall { eventHash: hash })
            .await
    }

    /// The journey of an item.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn story(&self, id: &str) -> Result<List<ITrace::Step>, ClientError> {
        self.list(
            |cursor, limit| ITrace::storyCall {
                id: id.to_owned(),
                cursor,
                limit,
            },
            |page| (page.steps, page.next),
        )
        .await
    }

    /// The event of a step as it stands in its document, as the node tells it.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn event_document(
        &self,
        step: &ITrace::Step,
    ) -> Result<Option<serde_json::Value>, ClientError> {
        let receipt = self.receipt_of(step, "the step").await?;
        let logs: Vec<Log> = receipt
            .logs
            .into_iter()
            .map(|log| Log::new_unchecked(log.address, log.topics, log.data))
            .collect();
        Ok(document::event_in_logs(&logs, &step.eventHash))
    }

    /// What an item came from.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn ancestors(&self, id: &str) -> Result<List<ITrace::Relative>, ClientError> {
        self.list(
            |cursor, limit| ITrace::ancestorsCall {
                id: id.to_owned(),
                cursor,
                limit,
            },
            |page| (page.relatives, page.next, page.complete),
        )
        .await
    }

    /// Where an item went.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn descendants(&self, id: &str) -> Result<List<ITrace::Relative>, ClientError> {
        self.list(
            |cursor, limit| ITrace::descendantsCall {
                id: id.to_owned(),
                cursor,
                limit,
            },
            |page| (page.relatives, page.next, page.complete),
        )
        .await
    }

    /// All recalls that reach an item.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn recalls(&self, id: &str) -> Result<List<ITrace::Recall>, ClientError> {
        self.list(
            |cursor, limit| ITrace::recallsCall {
                id: id.to_owned(),
                cursor,
                limit,
            },
            |page| (page.list, page.next, page.complete),
        )
        .await
    }
}
