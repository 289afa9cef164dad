//! The Identity module: organisations, their accounts, and what each may do.

mod consent;
mod did;

pub use crate::bindings::{IIdentity, Identity};
pub use consent::Consent;
pub use did::{DidDocument, VerificationMethod};

use crate::{
    client::Client,
    error::ClientError,
    module::{List, Module},
};
use alloy_primitives::Address;

impl Module<Identity> {
    /// The module on the chain of a node.
    pub const fn identity(client: Client) -> Self {
        Self::new(client)
    }

    /// An organisation by its number.
    ///
    /// # Errors
    ///
    /// As [`Self::view`], so for all that follow.
    pub async fn organisation(&self, number: u64) -> Result<IIdentity::Organisation, ClientError> {
        self.view(&IIdentity::organisationCall { number }).await
    }

    /// What is known about an account.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn account(&self, account: Address) -> Result<IIdentity::Account, ClientError> {
        self.view(&IIdentity::accountCall { account }).await
    }

    /// All organisations, in the order of their numbers.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn organisations(&self) -> Result<List<IIdentity::Organisation>, ClientError> {
        self.list(
            |cursor, limit| IIdentity::organisationsCall { cursor, limit },
            |page| (page.list, page.next),
        )
        .await
    }

    /// Accounts of an organisation.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn members(
        &self,
        organisation: u64,
    ) -> Result<List<IIdentity::Account>, ClientError> {
        self.list(
            |cursor, limit| IIdentity::membersCall {
                organisation,
                cursor,
                limit,
            },
            |page| (page.list, page.next),
        )
        .await
    }

    /// Built-in roles, then those that an organisation made.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn roles(&self, organisation: u64) -> Result<List<IIdentity::Role>, ClientError> {
        self.list(
            |cursor, limit| IIdentity::rolesCall {
                organisation,
                cursor,
                limit,
            },
            |page| (page.list, page.next),
        )
        .await
    }
}
