//! The Scheduler module: calls that the chain makes by itself when they are due.

pub use bindings::IScheduler;

use crate::{
    error::ClientError,
    module::{Interface, List, Module},
};
use alloy_primitives::{Address, address};

#[expect(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the generator makes its items like that"
)]
mod bindings {
    alloy_sol_types::sol!(
        #[sol(all_derives)]
        "../../specs/solidity/IScheduler.sol"
    );
}

/// The module's interface. Its calls go through [`Module`]; what follows here are its lists, which
/// come in pages.
#[derive(Clone, Copy, Debug)]
pub struct Scheduler;

impl Interface for Scheduler {
    const ADDRESS: Address = address!("0x7174000000000000000000000000000000000013");
    type Calls = IScheduler::ISchedulerCalls;
}

impl Module<Scheduler> {
    /// A job.
    ///
    /// # Errors
    ///
    /// As [`Self::view`], so for all that follow.
    pub async fn job(&self, job: u64) -> Result<IScheduler::Job, ClientError> {
        self.view(&IScheduler::jobCall { job }).await
    }

    /// Numbers of the jobs that an account made, ended ones too.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn jobs_of(&self, owner: Address) -> Result<List<u64>, ClientError> {
        self.list(
            |cursor, limit| IScheduler::jobsOfCall {
                owner,
                cursor,
                limit,
            },
            |page| (page.jobs, page.next),
        )
        .await
    }

    /// Occurrences of an organisation's jobs that failed for the last time.
    ///
    /// # Errors
    ///
    /// As [`Self::view`].
    pub async fn dead_letters(
        &self,
        organisation: u64,
    ) -> Result<List<IScheduler::DeadLetter>, ClientError> {
        self.list(
            |cursor, limit| IScheduler::deadLettersCall {
                organisation,
                cursor,
                limit,
            },
            |page| (page.letters, page.next),
        )
        .await
    }
}
