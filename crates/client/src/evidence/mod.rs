//! The Evidence module: who presented which digest, and when.
//!
//! [`Module<Evidence>`](Module) deposits, withdraws and looks up through a node; [`EvidenceBundle`]
//! is what a stranger checks a file with, offline. The types come from the module's Solidity
//! interface in `specs/solidity`, so they are what the chain speaks.

mod bundle;
mod digest;
mod subject;

use crate::{
    account::Account,
    client::LogFilter,
    error::ClientError,
    identity::{IIdentity, Identity},
    module::{Interface as _, Module, PAGE},
    response::ReceiptResponse,
};
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolEvent as _, SolInterface as _};
use qiantang_verify::Bundle;

pub use crate::bindings::{Evidence, IEvidence};
pub use bundle::{
    CheckedEvidence, EVIDENCE_BUNDLE_BYTES_MAX, EVIDENCE_BUNDLE_VERSION, EvidenceBundle,
    EvidenceError,
};
pub use digest::Algorithm;
pub use subject::{Entry, LIST_ENTRIES_MAX, Root, Subject, committed_batch, committed_document};

/// What the addresses of organisations begin with: "qtorg" and zeros.
const ORGANISATION_PREFIX: [u8; 12] = *b"qtorg\0\0\0\0\0\0\0";

/// What is deposited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deposit {
    /// The digest of one document.
    Document(Algorithm, B256),
    /// The root of a tree over documents.
    Batch(Algorithm, Root),
    /// A commitment.
    Commitment(B256),
}

/// Which deposits are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Those of a digest, root or commitment.
    Digest(B256),
    /// Those that an account made.
    Submitter(Address),
    /// Those that were made for an organisation.
    Organisation(u64),
    /// Those that name a party.
    Party(Address),
    /// Versions of what a deposit is a version of.
    Versions(u64),
}

/// A deposit that was made, with the receipt of its transaction.
#[derive(Clone, Debug)]
pub struct Made {
    /// The log of the deposit.
    pub deposit: IEvidence::Deposited,
    /// Its place in the receipt.
    pub log: u64,
    /// The transaction's receipt.
    pub receipt: ReceiptResponse,
}

/// Why the module refused, where it said so.
pub fn refusal(error: &ClientError) -> Option<IEvidence::IEvidenceErrors> {
    match error {
        ClientError::Reverted { data, .. } => IEvidence::IEvidenceErrors::abi_decode(data).ok(),
        _ => None,
    }
}

/// The address that stands for an organisation.
pub fn organisation_address(number: u64) -> Address {
    let mut bytes = [0; 20];
    let (prefix, tail) = bytes.split_at_mut(12);
    prefix.copy_from_slice(&ORGANISATION_PREFIX);
    tail.copy_from_slice(&number.to_be_bytes());
    Address::new(bytes)
}

impl Module<Evidence> {
    /// Deposits.
    ///
    /// # Errors
    ///
    /// [`ClientError::Reverted`] where the module refuses ([`refusal`] says why), and all that
    /// [`Account::send`] meets.
    pub async fn deposit(
        &self,
        account: &Account,
        deposit: Deposit,
        details: IEvidence::Details,
    ) -> Result<Made, ClientError> {
        let receipt = match deposit {
            Deposit::Document(algorithm, digest) => {
                let call = IEvidence::depositCall {
                    algorithm: algorithm.into(),
                    digest: digest.into(),
                    details,
                };
                self.send(account, &call).await
            }
            Deposit::Batch(algorithm, batch) => {
                let call = IEvidence::depositBatchCall {
                    algorithm: algorithm.into(),
                    root: batch.root.into(),
                    count: batch.count,
                    details,
                };
                self.send(account, &call).await
            }
            Deposit::Commitment(word) => {
                let call = IEvidence::depositCommitmentCall {
                    commitment: word.into(),
                    details,
                };
                self.send(account, &call).await
            }
        };
        made(receipt?)
    }

    /// Marks a deposit as withdrawn.
    ///
    /// # Errors
    ///
    /// As [`Self::deposit`].
    pub async fn withdraw(
        &self,
        account: &Account,
        id: u64,
        reason: String,
    ) -> Result<ReceiptResponse, ClientError> {
        self.send(account, &IEvidence::withdrawCall { id, reason })
            .await
    }

    /// Declares that key and salt of a commitment are destroyed.
    ///
    /// # Errors
    ///
    /// As [`Self::deposit`].
    pub async fn erase(&self, account: &Account, id: u64) -> Result<ReceiptResponse, ClientError> {
        self.send(account, &IEvidence::eraseCall { id }).await
    }

    /// What is recorded about a deposit.
    ///
    /// # Errors
    ///
    /// As [`Module::view`].
    pub async fn deposited(&self, id: u64) -> Result<IEvidence::Deposit, ClientError> {
        self.view(&IEvidence::depositedCall { id }).await
    }

    /// Number of deposits.
    ///
    /// # Errors
    ///
    /// As [`Module::view`].
    pub async fn count(&self) -> Result<u64, ClientError> {
        self.view(&IEvidence::countCall {}).await
    }

    /// The first deposit of a digest, root or commitment.
    ///
    /// # Errors
    ///
    /// As [`Module::view`].
    pub async fn first(&self, digest: B256) -> Result<Option<u64>, ClientError> {
        let digest = Bytes::from(digest);
        let id = self.view(&IEvidence::firstCall { digest }).await?;
        Ok((id != 0).then_some(id))
    }

    /// Numbers of deposits in their order, at most `limit` of them, and whether these are all.
    ///
    /// # Errors
    ///
    /// As [`Module::view`].
    pub async fn find(
        &self,
        lookup: Lookup,
        limit: usize,
    ) -> Result<(Vec<u64>, bool), ClientError> {
        let (mut ids, mut cursor) = (Vec::new(), U256::ZERO);
        loop {
            let (page, next) = self.page(lookup, cursor).await?;
            ids.extend(page);
            if next.is_zero() || ids.len() >= limit {
                let complete = next.is_zero() && ids.len() <= limit;
                ids.truncate(limit);
                return Ok((ids, complete));
            }
            cursor = next;
        }
    }

    async fn page(&self, lookup: Lookup, cursor: U256) -> Result<(Vec<u64>, U256), ClientError> {
        let limit = U256::from(PAGE);
        Ok(match lookup {
            Lookup::Digest(digest) => {
                let digest = Bytes::from(digest);
                let call = IEvidence::byDigestCall {
                    digest,
                    cursor,
                    limit,
                };
                let page = self.view(&call).await?;
                (page.ids, page.next)
            }
            Lookup::Submitter(submitter) => {
                let call = IEvidence::bySubmitterCall {
                    submitter,
                    cursor,
                    limit,
                };
                let page = self.view(&call).await?;
                (page.ids, page.next)
            }
            Lookup::Organisation(organisation) => {
                let call = IEvidence::byOrganisationCall {
                    organisation,
                    cursor,
                    limit,
                };
                let page = self.view(&call).await?;
                (page.ids, page.next)
            }
            Lookup::Party(party) => {
                let call = IEvidence::byPartyCall {
                    party,
                    cursor,
                    limit,
                };
                let page = self.view(&call).await?;
                (page.ids, page.next)
            }
            Lookup::Versions(id) => {
                let page = self
                    .view(&IEvidence::versionsCall { id, cursor, limit })
                    .await?;
                (page.ids, page.next)
            }
        })
    }

    /// The log of a deposit and the receipt of its transaction, as the node tells them.
    ///
    /// # Errors
    ///
    /// As [`crate::Client::logs`]; [`ClientError::Unexpected`] where the log is not there.
    pub async fn made(&self, deposit: &IEvidence::Deposit) -> Result<Made, ClientError> {
        let filter = LogFilter {
            from_block: deposit.height,
            to_block: deposit.height,
            address: Some(Evidence::ADDRESS),
            topics: vec![
                Some(IEvidence::Deposited::SIGNATURE_HASH),
                Some(U256::from(deposit.id).into()),
            ],
        };
        let missing = || {
            let reason = format!("no log of deposit {} at its height", deposit.id);
            ClientError::unexpected("eth_getLogs", reason)
        };
        let logs = self.client().logs(&filter).await?;
        let hash = logs.first().ok_or_else(missing)?.transaction_hash;
        let receipt = self.client().receipt(hash).await?.ok_or_else(missing)?;
        let found = logs_of(&receipt).find(|(_, log)| log.id == deposit.id);
        let (log, deposit) = found.ok_or_else(missing)?;
        Ok(Made {
            deposit,
            log,
            receipt,
        })
    }

    /// The proof of a deposit.
    ///
    /// # Errors
    ///
    /// As [`crate::Client::prove_transaction`].
    pub async fn prove(&self, made: &Made) -> Result<Bundle, ClientError> {
        let hash = made.receipt.transaction_hash;
        self.client().prove_transaction(hash, Some(made.log)).await
    }

    /// The organisation that an account deposits for, with its name; none where it deposits for
    /// itself.
    ///
    /// # Errors
    ///
    /// As [`Module::view`].
    pub async fn represented(
        &self,
        account: Address,
    ) -> Result<Option<(u64, String)>, ClientError> {
        let call = IIdentity::actorOfCall { account };
        let actor = self.identity().view(&call).await?;
        let Some(number) = actor.strip_prefix(ORGANISATION_PREFIX.as_slice()) else {
            return Ok(None);
        };
        let number = U256::from_be_slice(number).saturating_to();
        Ok(Some((number, self.organisation_name(number).await?)))
    }

    /// The present name of an organisation.
    ///
    /// # Errors
    ///
    /// As [`Module::view`].
    pub async fn organisation_name(&self, number: u64) -> Result<String, ClientError> {
        Ok(self.identity().organisation(number).await?.name)
    }

    fn identity(&self) -> Module<Identity> {
        Module::new(self.client().clone())
    }
}

fn logs_of(receipt: &ReceiptResponse) -> impl Iterator<Item = (u64, IEvidence::Deposited)> {
    (0..)
        .zip(&receipt.logs)
        .filter(|(_, log)| log.address == Evidence::ADDRESS)
        .filter_map(|(at, log)| {
            let topics = log.topics.iter().copied();
            let event = IEvidence::Deposited::decode_raw_log(topics, &log.data).ok()?;
            Some((at, event))
        })
}

fn made(receipt: ReceiptResponse) -> Result<Made, ClientError> {
    let found = logs_of(&receipt).next();
    let (log, deposit) = found.ok_or_else(|| {
        let reason = "the receipt has no log of the deposit";
        ClientError::unexpected("eth_getTransactionReceipt", reason)
    })?;
    Ok(Made {
        deposit,
        log,
        receipt,
    })
}
