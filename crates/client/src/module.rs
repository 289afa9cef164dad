//! Native modules as the client sees them: an address, an interface, calls and refusals.
//!
//! [`Module`] is the one way to call any of them. An interface is a marker that names the module's
//! address and its generated calls, so that a call of one module cannot be sent to another.

use crate::{
    account::{Account, Call},
    client::{Client, Request},
    error::ClientError,
    response::ReceiptResponse,
};
use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall, SolEvent, SolInterface};
use std::marker::PhantomData;

/// Entries of one page, the most that a module gives.
pub(crate) const PAGE: u64 = 256;

/// Pages that are read of one list; a list that is longer is cut and says so.
const PAGES_MAX: usize = 64;

/// Gas for what a call finds to do beyond its estimate: of two votes that are estimated at the same
/// time one may decide, and then the chain does what was decided.
const GAS_ROOM: u64 = 5_000_000;

/// What a module is called by.
pub trait Interface {
    /// Where the module lives on every chain.
    const ADDRESS: Address;
    /// The generated calls.
    type Calls: SolInterface;
}

/// A list that was read page by page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List<T> {
    /// The entries.
    pub entries: Vec<T>,
    /// Whether these are all.
    pub complete: bool,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The entries.
    pub entries: Vec<T>,
    /// Where the next page begins; zero after the last.
    pub next: U256,
    /// Whether the module left nothing out.
    pub complete: bool,
}

impl<T> From<(Vec<T>, U256)> for Page<T> {
    fn from((entries, next): (Vec<T>, U256)) -> Self {
        Self {
            entries,
            next,
            complete: true,
        }
    }
}

impl<T> From<(Vec<T>, U256, bool)> for Page<T> {
    fn from((entries, next, complete): (Vec<T>, U256, bool)) -> Self {
        Self {
            entries,
            next,
            complete,
        }
    }
}

/// A module on the chain of a node.
#[derive(Debug)]
pub struct Module<I> {
    client: Client,
    interface: PhantomData<fn() -> I>,
}

impl<I> Clone for Module<I> {
    fn clone(&self) -> Self {
        Self::new(self.client.clone())
    }
}

impl<I> Module<I> {
    /// The module on the chain of a node.
    pub const fn new(client: Client) -> Self {
        Self {
            client,
            interface: PhantomData,
        }
    }

    /// The connection.
    pub const fn client(&self) -> &Client {
        &self.client
    }
}

impl<I: Interface> Module<I> {
    /// Asks a question.
    ///
    /// # Errors
    ///
    /// [`ClientError::Reverted`] where the module refuses ([`crate::Refusal`] says why), and all
    /// that [`Client::call`] meets.
    pub async fn view<C: SolCall>(&self, call: &C) -> Result<C::Return, ClientError> {
        require_own::<I, C>()?;
        let request = Request {
            to: Some(I::ADDRESS),
            input: call.abi_encode().into(),
            ..Request::default()
        };
        let answer = self.client.call(&request).await?;
        C::abi_decode_returns(&answer).map_err(|error| ClientError::unexpected(C::SIGNATURE, error))
    }

    /// Makes a call as an account's next transaction, and waits until it is in a block.
    ///
    /// # Errors
    ///
    /// As [`Self::view`] and [`Account::send`].
    pub async fn send<C: SolCall>(
        &self,
        account: &Account,
        call: &C,
    ) -> Result<ReceiptResponse, ClientError> {
        require_own::<I, C>()?;
        let to = Some(I::ADDRESS);
        let input = Bytes::from(call.abi_encode());
        let call = Call {
            to,
            input,
            gas_room: GAS_ROOM,
            ..Call::default()
        };
        account.send(call).await
    }

    /// The module's logs of one kind in a receipt.
    pub fn events<E: SolEvent>(receipt: &ReceiptResponse) -> Vec<E> {
        let logs = receipt.logs.iter().filter(|log| log.address == I::ADDRESS);
        logs.filter_map(|log| E::decode_raw_log(log.topics.iter().copied(), &log.data).ok())
            .collect()
    }

    /// Reads a list. `ask` makes the call for a cursor and a limit, `take` takes an answer apart:
    /// into entries and the next cursor, and where the module tells, whether they are complete.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn list<C: SolCall, T, P: Into<Page<T>>>(
        &self,
        ask: impl Fn(U256, U256) -> C,
        take: impl Fn(C::Return) -> P,
    ) -> Result<List<T>, ClientError> {
        let (mut entries, mut complete) = (Vec::new(), true);
        let mut cursor = U256::ZERO;
        for _ in 0..PAGES_MAX {
            let answer = self.view(&ask(cursor, U256::from(PAGE))).await?;
            let page: Page<T> = take(answer).into();
            entries.extend(page.entries);
            complete &= page.complete;
            cursor = page.next;
            if cursor.is_zero() {
                break;
            }
        }
        Ok(List {
            complete: complete && cursor.is_zero(),
            entries,
        })
    }
}

/// Refuses the call of another module: its selector may mean something else here.
fn require_own<I: Interface, C: SolCall>() -> Result<(), ClientError> {
    if I::Calls::valid_selector(C::SELECTOR) {
        return Ok(());
    }
    let reason = "the module has no such operation";
    Err(ClientError::unexpected(C::SIGNATURE, reason))
}
