//! Keys: which one signs for an account, and how another takes its place.

use super::{
    AccountRecord,
    IIdentity::{KeyChanged, KeyInUse, NewKey, SameKey, rotateKeyCall},
    Identity, KeyState, Keys, access, consent, recovery,
};
use crate::{Context, Halt, emit};
use alloy_primitives::{Address, B256};

/// The key that signs for an account.
pub(super) fn current(account: Address, keys: &Keys) -> Address {
    match keys.current {
        Address::ZERO => account,
        key => key,
    }
}

/// A key's consent to sign for an account.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer<'a> {
    pub(super) account: Address,
    pub(super) new_key: Address,
    pub(super) deadline: u64,
    pub(super) signature: &'a [u8],
}

/// The caller's own choice of another key.
pub(super) fn rotate(ctx: &mut dyn Context, call: &rotateKeyCall) -> Result<(), Halt> {
    let account = ctx.caller();
    let record = access::record(ctx, account)?;
    if is_key(&record) {
        return Err(Halt::revert(KeyInUse { key: account }));
    }
    accept(
        ctx,
        &Offer {
            account,
            new_key: call.newKey,
            deadline: call.deadline,
            signature: &call.signature,
        },
    )?;
    recovery::void_of(ctx, account, account)?;
    install(ctx, account, call.newKey)
}

/// Whether an address is or was the key of another account.
pub(super) fn is_key(record: &AccountRecord) -> bool {
    record.signer_for != Address::ZERO
}

/// Refuses a key that did not consent, or that cannot be the account's.
pub(super) fn accept(ctx: &mut dyn Context, offer: &Offer<'_>) -> Result<(), Halt> {
    let book = Identity::storage()
        .accounts
        .at(ctx, &offer.account)?
        .keys
        .get(ctx)?;
    require_usable(ctx, (offer.account, &book), offer.new_key)?;
    consent::require_current(ctx, offer.deadline)?;
    let digest: B256 = consent::new_key_digest(
        ctx.chain_id(),
        &NewKey {
            account: offer.account,
            newKey: offer.new_key,
            nonce: book.nonce,
            deadline: offer.deadline,
        },
    );
    consent::require_signature(ctx, offer.new_key, digest, offer.signature)
}

/// Refuses an address that is an account of Identity or the key of another account.
pub(super) fn require_usable(
    ctx: &mut dyn Context,
    (account, book): (Address, &Keys),
    key: Address,
) -> Result<(), Halt> {
    if key == current(account, book) {
        return Err(Halt::revert(SameKey { key }));
    }
    if key == account {
        // Its own key comes back.
        return Ok(());
    }
    let entry = Identity::storage().accounts.at(ctx, &key)?;
    let record = entry.record.get(ctx)?;
    let is_new = record == AccountRecord::default() && entry.keys.get(ctx)? == Keys::default();
    let was_ours = record.key == KeyState::Revoked && record.signer_for == account;
    if is_new || was_ours {
        return Ok(());
    }
    Err(Halt::revert(KeyInUse { key }))
}

/// Makes a key the one that signs. Every consent given before is used up.
pub(super) fn install(
    ctx: &mut dyn Context,
    account: Address,
    new_key: Address,
) -> Result<(), Halt> {
    let accounts = Identity::storage().accounts;
    let entry = accounts.at(ctx, &account)?;
    let book = entry.keys.get(ctx)?;
    let old_key = current(account, &book);
    let slot = accounts.at(ctx, &old_key)?.record;
    let record = slot.get(ctx)?;
    let key = KeyState::Revoked;
    slot.set(ctx, &AccountRecord { key, ..record })?;
    let slot = accounts.at(ctx, &new_key)?.record;
    let record = slot.get(ctx)?;
    let record = match new_key == account {
        true => AccountRecord {
            key: KeyState::Own,
            ..record
        },
        false => AccountRecord {
            key: KeyState::Signer,
            signer_for: account,
            ..record
        },
    };
    slot.set(ctx, &record)?;
    let nonce = book.nonce.saturating_add(1);
    let current = match new_key == account {
        true => Address::ZERO,
        false => new_key,
    };
    entry.keys.set(ctx, &Keys { current, nonce })?;
    let grants = entry.grants.get(ctx)?;
    let changed = ctx.time().get();
    entry
        .grants
        .set(ctx, &super::Grants { changed, ..grants })?;
    emit(
        ctx,
        &KeyChanged {
            account,
            oldKey: old_key,
            newKey: new_key,
            nonce,
        },
    )
}
