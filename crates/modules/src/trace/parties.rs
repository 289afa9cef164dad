//! Parties: which account speaks for an id that documents use.

use super::{
    Binding,
    ITrace::{InvalidId, PartyRegistered, PartyTaken},
    PARTIES_PER_ACCOUNT_MAX, Trace,
    identity::party,
    submitter::Submitter,
};
use crate::{Context, Halt, IModule::LimitExceeded, emit};
use alloy_primitives::{Address, U256};

/// Binds a party id to the caller's organisation, or to the caller where it acts for none.
pub(super) fn register(ctx: &mut dyn Context, spelling: &str) -> Result<(), Halt> {
    let (id, account) = party(ctx, spelling)?;
    if account.is_some() {
        // Such an id is its account already.
        return Err(Halt::revert(InvalidId { id: id.text }));
    }
    let trace = Trace::storage();
    let entry = trace.parties.at(ctx, &id.key)?;
    let bound = entry.binding.get(ctx)?.account;
    let submitter = Submitter::of_caller(ctx)?;
    let owner = submitter.actor;
    if submitter.speaks_for(bound) {
        return Ok(());
    }
    if bound != Address::ZERO {
        return Err(Halt::revert(PartyTaken {
            partyId: id.text,
            account: bound,
        }));
    }
    let own = trace.parties_of.at(ctx, &owner)?;
    let count = own.len(ctx)?;
    if count >= PARTIES_PER_ACCOUNT_MAX {
        return Err(Halt::revert(LimitExceeded {
            limit: "parties of one account".to_owned(),
            value: U256::from(count).saturating_add(U256::ONE),
            maximum: U256::from(PARTIES_PER_ACCOUNT_MAX),
        }));
    }
    let time = ctx.time().get();
    entry.id.set(ctx, &id.text)?;
    entry.binding.set(
        ctx,
        &Binding {
            account: owner,
            time,
        },
    )?;
    own.push(ctx)?.set(ctx, &id.key)?;
    emit(
        ctx,
        &PartyRegistered {
            party: id.key,
            account: owner,
            id: id.text,
        },
    )
}

/// The account of a party id and since when; zero where there is none.
pub(super) fn lookup(ctx: &mut dyn Context, spelling: &str) -> Result<Binding, Halt> {
    let (id, account) = party(ctx, spelling)?;
    match account {
        Some(account) => Ok(Binding { account, time: 0 }),
        None => Trace::storage().parties.at(ctx, &id.key)?.binding.get(ctx),
    }
}

/// The party ids of an account.
pub(super) fn of_account(ctx: &mut dyn Context, account: Address) -> Result<Vec<String>, Halt> {
    let trace = Trace::storage();
    let own = trace.parties_of.at(ctx, &account)?;
    let mut ids = Vec::new();
    for index in 0..own.len(ctx)?.min(PARTIES_PER_ACCOUNT_MAX) {
        if let Some(slot) = own.get(ctx, index)? {
            let key = slot.get(ctx)?;
            ids.push(trace.parties.at(ctx, &key)?.id.get(ctx)?);
        }
    }
    Ok(ids)
}
