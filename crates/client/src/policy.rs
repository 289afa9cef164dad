//! The Policy module: rules, quotas, orders of regulators, and policies for transfers.

pub use crate::bindings::{IPolicy, Policy};

use crate::{
    error::ClientError,
    module::{List, Module},
};
use alloy_primitives::Address;

impl Module<Policy> {
    /// An order.
    ///
    /// # Errors
    ///
    /// As [`Self::view`], so for all that follow.
    pub async fn order(&self, id: u64) -> Result<IPolicy::Order, ClientError> {
        self.view(&IPolicy::orderCall { id }).await
    }

    /// Every order on an account or contract.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn orders_of(&self, target: Address) -> Result<List<IPolicy::Order>, ClientError> {
        self.list(
            |cursor, limit| IPolicy::ordersOfCall {
                target,
                cursor,
                limit,
            },
            |page| (page.list, page.next),
        )
        .await
    }

    /// Every appointment of a regulator.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn appointments(&self) -> Result<List<IPolicy::Appointment>, ClientError> {
        self.list(
            |cursor, limit| IPolicy::appointmentsCall { cursor, limit },
            |page| (page.list, page.next),
        )
        .await
    }

    /// Rules about a target, of the chain (organisation 0) or of an organisation; target zero for
    /// those about every one.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn rules(
        &self,
        organisation: u64,
        target: Address,
    ) -> Result<List<IPolicy::Rule>, ClientError> {
        self.list(
            |cursor, limit| IPolicy::rulesCall {
                organisation,
                target,
                cursor,
                limit,
            },
            |page| (page.list, page.next),
        )
        .await
    }

    /// Accounts on a list of a transfer policy.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn listed(
        &self,
        policy: u64,
        list: IPolicy::ListKind,
    ) -> Result<List<Address>, ClientError> {
        self.list(
            |cursor, limit| IPolicy::listedCall {
                policy,
                list,
                cursor,
                limit,
            },
            |page| (page.accounts, page.next),
        )
        .await
    }

    /// Tokens that may use a transfer policy.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn tokens(&self, policy: u64) -> Result<List<Address>, ClientError> {
        self.list(
            |cursor, limit| IPolicy::tokensCall {
                policy,
                cursor,
                limit,
            },
            |page| (page.list, page.next),
        )
        .await
    }
}
