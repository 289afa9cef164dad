//! Consent: what a key signs off the chain, so that it need not send anything.

use super::{
    ADDRESS,
    IIdentity::{ConsentExpired, Membership, NewKey, Objection, WrongSignature},
};
use crate::{Context, Halt, gas};
use alloy_primitives::{Address, B256};
use alloy_sol_types::{Eip712Domain, SolStruct, eip712_domain};
use qiantang_types::signer_of;

/// What an account's present key signs to join an organisation.
pub fn membership_digest(chain_id: u64, membership: &Membership) -> B256 {
    membership.eip712_signing_hash(&domain(chain_id))
}

/// What a key signs to become the key of an account.
pub fn new_key_digest(chain_id: u64, new_key: &NewKey) -> B256 {
    new_key.eip712_signing_hash(&domain(chain_id))
}

/// What an account's present key signs against its recovery.
pub fn objection_digest(chain_id: u64, objection: &Objection) -> B256 {
    objection.eip712_signing_hash(&domain(chain_id))
}

const fn domain(chain_id: u64) -> Eip712Domain {
    eip712_domain! {
        name: "Qiantang Identity",
        version: "1",
        chain_id: chain_id,
        verifying_contract: ADDRESS,
    }
}

/// Refuses a consent whose time is over.
pub(super) fn require_current(ctx: &dyn Context, deadline: u64) -> Result<(), Halt> {
    let time = ctx.time().get();
    if time <= deadline {
        return Ok(());
    }
    Err(Halt::revert(ConsentExpired { deadline, time }))
}

/// Refuses a signature that is not of this key.
pub(super) fn require_signature(
    ctx: &mut dyn Context,
    expected: Address,
    digest: B256,
    signature: &[u8],
) -> Result<(), Halt> {
    ctx.charge(gas::RECOVER)?;
    let recovered = signer_of(digest, signature).unwrap_or_default();
    if recovered == expected && expected != Address::ZERO {
        return Ok(());
    }
    Err(Halt::revert(WrongSignature {
        expected,
        recovered,
    }))
}
