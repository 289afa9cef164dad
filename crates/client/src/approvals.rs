//! The Approvals module: operations that more than one person makes, checks and approves.

pub use crate::bindings::{Approvals, IApprovals};

use crate::{
    error::ClientError,
    module::{List, Module},
};

impl Module<Approvals> {
    /// An operation.
    ///
    /// # Errors
    ///
    /// As [`Self::view`], so for all that follow.
    pub async fn operation(&self, id: u64) -> Result<IApprovals::Operation, ClientError> {
        self.view(&IApprovals::operationCall { id }).await
    }

    /// Pending operations of an organisation, in no order; expired ones stay until taken off.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn pending(
        &self,
        organisation: u64,
    ) -> Result<List<IApprovals::Operation>, ClientError> {
        self.list(
            |cursor, limit| IApprovals::pendingCall {
                organisation,
                cursor,
                limit,
            },
            |page| (page.list, page.next),
        )
        .await
    }

    /// Operations of an organisation, newest first.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn operations(
        &self,
        organisation: u64,
    ) -> Result<List<IApprovals::Operation>, ClientError> {
        self.list(
            |cursor, limit| IApprovals::operationsCall {
                organisation,
                cursor,
                limit,
            },
            |page| (page.list, page.next),
        )
        .await
    }

    /// Rules of an organisation, in no order.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn rules(
        &self,
        organisation: u64,
    ) -> Result<List<IApprovals::RuleEntry>, ClientError> {
        self.list(
            |cursor, limit| IApprovals::rulesCall {
                organisation,
                cursor,
                limit,
            },
            |page| (page.list, page.next),
        )
        .await
    }
}
