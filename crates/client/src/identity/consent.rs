//! Consent: what a key signs off the chain (EIP-712), so that it need not send anything.

use super::{
    IIdentity::{Membership, NewKey, Objection},
    Identity,
};
use crate::{error::ClientError, module::Interface as _};
use alloy_primitives::{Address, Bytes};
use alloy_signer::SignerSync as _;
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::{SolStruct, eip712_domain};
use std::{fmt, str::FromStr};

/// A signed consent and until when it can be used. As text: the time in milliseconds, a colon, and
/// the signature in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Milliseconds after which the chain refuses it.
    pub deadline: u64,
    /// r, s and v.
    pub signature: Bytes,
}

impl Consent {
    /// An account agrees to join an organisation; signed by its present key.
    ///
    /// # Errors
    ///
    /// [`ClientError::Signature`], so for all that follow.
    pub fn to_join(
        signer: &PrivateKeySigner,
        chain_id: u64,
        membership: &Membership,
    ) -> Result<Self, ClientError> {
        Self::sign(signer, chain_id, membership, membership.deadline)
    }

    /// A key agrees to become the key of an account; signed by that key.
    ///
    /// # Errors
    ///
    /// [`ClientError::Signature`].
    pub fn to_be_key(
        signer: &PrivateKeySigner,
        chain_id: u64,
        new_key: &NewKey,
    ) -> Result<Self, ClientError> {
        Self::sign(signer, chain_id, new_key, new_key.deadline)
    }

    /// The owner of an account objects to its recovery; signed by its present key. It has no
    /// deadline.
    ///
    /// # Errors
    ///
    /// [`ClientError::Signature`].
    pub fn to_object(
        signer: &PrivateKeySigner,
        chain_id: u64,
        objection: &Objection,
    ) -> Result<Self, ClientError> {
        Self::sign(signer, chain_id, objection, u64::MAX)
    }

    fn sign(
        signer: &PrivateKeySigner,
        chain_id: u64,
        statement: &impl SolStruct,
        deadline: u64,
    ) -> Result<Self, ClientError> {
        let domain = eip712_domain! {
            name: "Qiantang Identity",
            version: "1",
            chain_id: chain_id,
            verifying_contract: Identity::ADDRESS,
        };
        let signature = signer
            .sign_hash_sync(&statement.eip712_signing_hash(&domain))
            .map_err(|error| ClientError::Signature(error.to_string()))?;
        Ok(Self {
            deadline,
            signature: signature.as_bytes().into(),
        })
    }
}

impl fmt::Display for Consent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.deadline, self.signature)
    }
}

/// A text that is no consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a consent is a time in milliseconds, a colon and 65 bytes in hexadecimal digits")]
pub struct NoConsent;

impl FromStr for Consent {
    type Err = NoConsent;

    fn from_str(text: &str) -> Result<Self, NoConsent> {
        let (deadline, signature) = text.split_once(':').ok_or(NoConsent)?;
        let deadline = deadline.parse().map_err(|_| NoConsent)?;
        let signature: Bytes = signature.parse().map_err(|_| NoConsent)?;
        if signature.len() != 65 {
            return Err(NoConsent);
        }
        Ok(Self {
            deadline,
            signature,
        })
    }
}

impl Membership {
    /// That an account, with its present consent number, joins an organisation.
    pub const fn of(account: (Address, u64), organisation: u64, deadline: u64) -> Self {
        Self {
            organisation,
            account: account.0,
            nonce: account.1,
            deadline,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_consent_is_the_same_after_it_was_text() {
        let signer = crate::dev_signer(5).unwrap();
        let membership = Membership::of((signer.address(), 0), 1, 1_800_000_000_000);
        let consent = Consent::to_join(&signer, 571_571, &membership).unwrap();
        assert_eq!(consent.to_string().parse(), Ok(consent));
        for text in ["", "1", "1:", "1:0x00", "x:0x00", ":0x"] {
            assert_eq!(text.parse::<Consent>(), Err(NoConsent), "{text}");
        }
    }
}
