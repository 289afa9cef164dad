//! The Scheduler module: calls that the chain makes by itself when they are due.

pub use crate::bindings::{IScheduler, Scheduler};

use crate::{
    error::ClientError,
    module::{List, Module},
};
use alloy_primitives::Address;

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
