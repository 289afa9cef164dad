//! The Trace module: the journey of goods in GS1 EPCIS 2.0.
//!
//! The types come from the module's Solidity interface in `specs/solidity`, so they are what the
//! chain speaks.

mod document;
mod verified;

use crate::{
    account::{Account, Call},
    client::{Client, Request},
    error::ClientError,
    response::ReceiptResponse,
};
use alloy_primitives::{Address, B256, Bytes, Log, U256, address};
use alloy_sol_types::{SolCall, SolEvent, SolInterface as _};

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

/// Entries of one page, the most that the module gives.
const PAGE: u64 = 256;

/// Pages that are read of one list; a list that is longer is cut and says so.
const PAGES_MAX: usize = 64;

/// A list that was read page by page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List<T> {
    /// The entries.
    pub entries: Vec<T>,
    /// Whether these are all.
    pub complete: bool,
}

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

/// The Trace module on the chain of a node.
#[derive(Clone, Debug)]
pub struct Trace {
    client: Client,
}

impl Trace {
    /// The module on the chain of a node.
    pub const fn new(client: Client) -> Self {
        Self { client }
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
        let receipt = self.send(account, ITrace::captureCall { document }).await?;
        Ok(Captured {
            events: events(&receipt),
            duplicates: events(&receipt),
            declared: events(&receipt),
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
        self.send(account, ITrace::recallCall { id, reason }).await
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
        self.send(account, call).await
    }

    /// What is known about an item now.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn item(&self, id: &str) -> Result<ITrace::Item, ClientError> {
        self.view(ITrace::itemCall { id: id.to_owned() }).await
    }

    /// What is recorded about an event.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn event(&self, hash: B256) -> Result<ITrace::EventRecord, ClientError> {
        self.view(ITrace::eventRecordCall { eventHash: hash }).await
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
            let page = self.view(ITrace::storyCall { id, cursor, limit }).await?;
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
                .view(ITrace::ancestorsCall { id, cursor, limit })
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
                .view(ITrace::descendantsCall { id, cursor, limit })
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
            let page = self.view(ITrace::recallsCall { id, cursor, limit }).await?;
            list.push(page.list, page.next, page.complete);
        }
        Ok(list.finish())
    }

    async fn view<C: SolCall>(&self, call: C) -> Result<C::Return, ClientError> {
        let request = Request {
            to: Some(TRACE_ADDRESS),
            input: call.abi_encode().into(),
            ..Request::default()
        };
        let answer = self.client.call(&request).await?;
        C::abi_decode_returns(&answer).map_err(|error| ClientError::unexpected(C::SIGNATURE, error))
    }

    async fn send<C: SolCall>(
        &self,
        account: &Account,
        call: C,
    ) -> Result<ReceiptResponse, ClientError> {
        let input = call.abi_encode().into();
        account
            .send(Call {
                to: Some(TRACE_ADDRESS),
                input,
                ..Call::default()
            })
            .await
    }
}

/// The module's logs of one kind in a receipt.
fn events<E: SolEvent>(receipt: &ReceiptResponse) -> Vec<E> {
    receipt
        .logs
        .iter()
        .filter(|log| log.address == TRACE_ADDRESS)
        .filter_map(|log| E::decode_raw_log(log.topics.iter().copied(), &log.data).ok())
        .collect()
}

/// A list while it is read.
struct Pages<T> {
    entries: Vec<T>,
    next: Option<U256>,
    pages: usize,
    complete: bool,
}

impl<T> Pages<T> {
    const fn new() -> Self {
        Self {
            entries: Vec::new(),
            next: Some(U256::ZERO),
            pages: 0,
            complete: true,
        }
    }

    /// Where the next page begins, if there is one and the limit allows it.
    fn cursor(&self) -> Option<U256> {
        self.next.filter(|_| self.pages < PAGES_MAX)
    }

    fn push(&mut self, entries: Vec<T>, next: U256, complete: bool) {
        self.entries.extend(entries);
        self.next = (!next.is_zero()).then_some(next);
        self.pages = self.pages.saturating_add(1);
        self.complete &= complete;
    }

    fn finish(self) -> List<T> {
        List {
            complete: self.complete && self.next.is_none(),
            entries: self.entries,
        }
    }
}
