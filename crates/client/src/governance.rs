//! The Governance module: proposals, votes, and what the members decided.

pub use crate::bindings::{Governance, IGovernance};

use crate::{
    error::ClientError,
    module::{List, Module},
};

impl Module<Governance> {
    /// Everything about a proposal.
    ///
    /// # Errors
    ///
    /// As [`Self::view`], so for all that follow.
    pub async fn proposal(&self, id: u64) -> Result<IGovernance::Proposal, ClientError> {
        self.view(&IGovernance::proposalCall { id }).await
    }

    /// Proposals in a state, newest first; `None` is every state.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn proposals(
        &self,
        state: IGovernance::State,
    ) -> Result<List<IGovernance::Summary>, ClientError> {
        self.list(
            |cursor, limit| IGovernance::proposalsCall {
                state,
                cursor,
                limit,
            },
            |page| (page.list, page.next),
        )
        .await
    }

    /// The electorate of a proposal and its votes.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn ballots(&self, id: u64) -> Result<List<IGovernance::Ballot>, ClientError> {
        self.list(
            |cursor, limit| IGovernance::ballotsCall { id, cursor, limit },
            |page| (page.list, page.next),
        )
        .await
    }

    /// Member organisations, suspended ones included.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn members(&self) -> Result<List<IGovernance::Member>, ClientError> {
        self.list(
            |cursor, limit| IGovernance::membersCall { cursor, limit },
            |page| (page.list, page.next),
        )
        .await
    }

    /// Validators that the members decided.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn validators(&self) -> Result<List<IGovernance::Validator>, ClientError> {
        self.list(
            |cursor, limit| IGovernance::validatorsCall { cursor, limit },
            |page| (page.list, page.next),
        )
        .await
    }

    /// Faults of validators, in the order of their reports.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn faults(&self) -> Result<List<IGovernance::Fault>, ClientError> {
        self.list(
            |cursor, limit| IGovernance::faultsCall { cursor, limit },
            |page| (page.list, page.next),
        )
        .await
    }
}
