//! Admit, order and expire pending transactions.
//!
//! The public interface hands in batches of signed transactions, the leader takes out what is
//! executable now, and every finalized block clears what it included:
//!
//! ```text
//! api ──admit──▶ check (parallel) ──▶ one queue per sender ──best──▶ block builder
//!                                        ▲          │
//!                       on_finalized ────┘          └──▶ journal file
//! ```
//!
//! Rules that users notice:
//!
//! - **Order.** Nonce order within a sender; senders take turns, one transaction each, in the order
//!   in which they became ready. A sender whose transactions were just included goes to the end of
//!   the line. Fees buy no place: the chain is free by default.
//! - **Gaps.** A transaction with a future nonce waits for the missing ones. Waiting transactions
//!   are the first to go when the pool is full.
//! - **Replacement.** Another transaction with the same sender and nonce takes the place of the
//!   first only if both its maximum fee and its priority fee are at least 10 % higher; from zero
//!   any positive fee is. So at price zero the first one stands until it is included or expires.
//!   Gas is free, so naming a price costs nothing, but each replacement must raise it by a tenth:
//!   a sender can replace one transaction a few hundred times before the fee no longer fits.
//! - **Fairness when full.** A ready transaction of a small sender displaces the last transaction
//!   of the largest one.
//! - **Bounds.** [`Config`] names every limit. Whatever is refused leaves nothing behind.
//!
//! The pool does no networking and knows no virtual machine: whether a transaction really executes
//! is found when a block is built, and the builder reports refusals through
//! [`Pool::remove_refused`]. Losing the pool loses no finalized data.

mod check;
mod config;
mod journal;
mod members;
mod pool;
mod queue;
mod room;
mod table;

#[cfg(test)]
mod tests;

pub use check::AdmitError;
pub use config::Config;
pub use journal::JournalError;
pub use pool::{AccountReader, Denied, Pool, Restored};
pub use table::{BestLimits, Stats};
