//! What the network agrees on: ids, blocks, transactions, receipts, codecs.
//!
//! Every other crate builds on these types. They do no IO, read no clock and have one canonical
//! encoding each: a version byte, then RLP. A change of an encoding is a new version, never an
//! edit; fixtures in `tests/` hold the bytes.

mod account;
mod block;
mod chain_spec;
mod codec;
mod commitment;
mod hash;
mod header;
pub mod health;
mod merkle;
mod peer_address;
mod receipt;
mod signature;
mod transaction;
mod unit;
mod validators;

pub use account::{ACCOUNT_BYTES, Account, REGISTRY_ADDRESS, StateChanges, StateKey, StateValue};
pub use block::{BLOCK_BYTES_MAX, BLOCK_TRANSACTIONS_MAX, Block};
pub use chain_spec::{
    ChainSpec, DEV_CHAIN_ID, Fingerprint, FingerprintError, GenesisAccount, GenesisOrganisation,
    Parameters, SignatureScheme, TrustRoot,
};
pub use codec::CodecError;
pub use commitment::Opening;
pub use hash::{LedgerHash, ledger_hash};
pub use header::{
    BLOCK_FORMAT, ConsensusContext, DatabaseCommitment, Header, StateCommitment, beneficiary,
};
pub use merkle::{MERKLE_PATH_MAX, MerkleProof, leaf_hash, merkle_proof, merkle_root};
pub use peer_address::{PEER_ADDRESS_BYTES_MAX, PeerAddress, PeerAddressError, PeerHost};
pub use receipt::{RECEIPT_FORMAT, Receipt};
pub use signature::signer_of;
pub use transaction::{
    Content, SYSTEM_TRANSACTION_TYPE, SystemTransaction, TRANSACTION_BYTES_MAX, Transaction,
    TransactionError,
};
pub use unit::{Height, TimestampMs};
pub use validators::{
    Boundary, VALIDATOR_KEY_BYTES, VALIDATORS_MAX, ValidatorKeys, ValidatorKeysError,
};
