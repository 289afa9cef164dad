//! Typed access to the public interface.
//!
//! The Rust SDK: what a program needs that is not itself a node. [`Client`] asks any Ethereum node
//! over JSON-RPC and ours for anchors and proofs; [`Account`] signs locally and waits for receipts;
//! [`Module`] speaks to a module, such as [`trace::Trace`] or [`identity::Identity`].
//! Keys never leave the process. Whatever a server answers is treated as untrusted: what matters is
//! checked with `qiantang-verify` against an anchor. The crate imports nothing that belongs to a
//! node.

mod account;
pub mod approvals;
mod bindings;
mod call;
mod client;
mod error;
pub mod evidence;
pub mod governance;
pub mod identity;
mod key_file;
mod module;
pub mod policy;
mod refusal;
mod response;
pub mod schedule;
pub mod trace;

pub use account::{Account, Call, DEV_ACCOUNTS, dev_signer};
pub use alloy_signer_local::PrivateKeySigner;
pub use bindings::{MODULES, ModuleRow};
pub use call::{CallError, ModuleCall};
pub use client::{Client, LogFilter, Request};
pub use error::{ClientError, LimitExceeded, with_causes};
pub use key_file::{KeyFile, KeyFileError};
pub use module::{Interface, List, Module, Page};
pub use qiantang_types::health;
pub use refusal::Refusal;
pub use response::{BlockResponse, LogResponse, PoolStatus, ReceiptResponse, StatusResponse};
