//! The Trace module: the journey of goods in GS1 EPCIS 2.0.
//!
//! The types come from the module's Solidity interface in `specs/solidity`, so they are what the
//! chain speaks.

mod document;
mod verified;

use crate::{
    account::Account,
    client::Client,
    error::ClientError,
    module::{Interface, Module, PAGE, Pages},
    response::ReceiptResponse,
};
use alloy_primitives::{Address, B256, Bytes, Log, U256, address};
use alloy_sol_types::SolInterface as _;

pub use crate::module::List;
pub use bindings::ITrace;
pub use verified::{VerifiedStep, VerifiedStory};

#[expect(
    missing_docs,
    reason = "the generator leaves some of its items without"
)]
mod bindings {
    alloy_sol_types::sol!(
        #[sol(all_derives)]
        "../../specs/solidity/ITrace.sol"
    );
}

/// Where the module lives on every chain.
pub const TRACE_ADDRESS: Address = address!("0x7174000000000000000000000000000000000010");

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

/// The module's interface.
#[derive(Clone, Copy, Debug)]
struct TraceInterface;

impl Interface for TraceInterface {
    const ADDRESS: Address = TRACE_ADDRESS;
    type Calls = ITrace::ITraceCalls;
}

/// The Trace module on the chain of a node.
#[derive(Clone, Debug)]
pub struct Trace {
    client: Client,
    module: Module<TraceInterface>,
}

impl Trace {
    /// The module on the chain of a node.
    pub fn new(client: Client) -> Self {
        let module = Module::new(client.clone());
        Self { client, module }
    }

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
            .module
            .send(account, &ITrace::captureCall { document })
            .await?;
        Ok(Captured {
            events: Module::<TraceInterface>::events(&receipt),
            duplicates: Module::<TraceInterface>::events(&receipt),
            declared: Module::<TraceInterface>::events(&receipt),
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
        self.module
            .send(account, &ITrace::recallCall { id, reason })
            .await
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
        self.module.send(account, &call).await
    }

    /// What is known about an item now.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn item(&self, id: &str) -> Result<ITrace::Item, ClientError> {
        self.module
            .view(&ITrace::itemCall { id: id.to_owned() })
            .await
    }

    /// What is recorded about an event.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn event(&self, hash: B256) -> Result<ITrace::EventRecord, ClientError> {
        self.module
            .view(&ITrace::eventRecordCall { eventHash: hash })
            .await
    }

    /// The journey of an item.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn story(&self, id: &str) -> Result<List<ITrace::Step>, ClientError> {
        let mut list = Pages::new();
        while let Some(cursor) = list.cursor() {
            let (id, limit) = (id.to_owned(), U256::from(PAGE));
            let page = self
                .module
                .view(&ITrace::storyCall { id, cursor, limit })
                .await?;
            list.push(page.steps, page.next, true);
        }
        Ok(list.finish())
    }

    /// The event of a step as it stands in its document, as the node tells it.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
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
    /// As [`Client::call`].
    pub async fn ancestors(&self, id: &str) -> Result<List<ITrace::Relative>, ClientError> {
        let mut list = Pages::new();
        while let Some(cursor) = list.cursor() {
            let (id, limit) = (id.to_owned(), U256::from(PAGE));
            let page = self
                .module
                .view(&ITrace::ancestorsCall { id, cursor, limit })
                .await?;
            list.push(page.relatives, page.next, page.complete);
        }
        Ok(list.finish())
    }

    /// Where an item went.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn descendants(&self, id: &str) -> Result<List<ITrace::Relative>, ClientError> {
        let mut list = Pages::new();
        while let Some(cursor) = list.cursor() {
            let (id, limit) = (id.to_owned(), U256::from(PAGE));
            let page = self
                .module
                .view(&ITrace::descendantsCall { id, cursor, limit })
                .await?;
            list.push(page.relatives, page.next, page.complete);
        }
        Ok(list.finish())
    }

    /// All recalls that reach an item.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn recalls(&self, id: &str) -> Result<List<ITrace::Recall>, ClientError> {
        let mut list = Pages::new();
        while let Some(cursor) = list.cursor() {
            let (id, limit) = (id.to_owned(), U256::from(PAGE));
            let page = self
                .module
                .view(&ITrace::recallsCall { id, cursor, limit })
                .await?;
            list.push(page.list, page.next, page.complete);
        }
        Ok(list.finish())
    }
}
