//! Recovery: the administrators give an account another key, unless its owner objects.

use super::{
    ADMINISTRATOR, ADMINISTRATORS_MAX, APPROVALS_MAX, Account, AccountStatus,
    IIdentity::{
        AlreadyApproved, ApprovalsMissing, DelayOutOfBounds, NoRecovery, NobodyToApprove,
        Objection, OwnRecovery, RecoveryApproved, RecoveryEnded, RecoveryExpired, RecoveryNotReady,
        RecoveryOutcome, RecoveryPending, RecoveryProposed, RecoverySet, proposeRecoveryCall,
    },
    Identity, Permission, RECOVERY_DELAY_MAX_MS, RECOVERY_DELAY_MIN_MS, RECOVERY_DELAY_MS,
    RECOVERY_EXPIRY_MS, Recovery, RecoveryRules, consent,
    keys::{self, Offer},
    members::{Authority, Member},
    organisations::within_limit,
    permission::holds,
};
use crate::{Context, Halt, emit, gas};
use alloy_primitives::{Address, U256};

impl RecoveryRules {
    /// Votes and delay that hold now.
    pub(super) fn now(&self, time: u64) -> (u8, u64) {
        let is_next = self.next_from != 0 && time >= self.next_from;
        let (votes, delay) = match is_next {
            true => (self.next_votes, self.next_delay),
            false => (self.votes, self.delay),
        };
        (votes, if delay == 0 { RECOVERY_DELAY_MS } else { delay })
    }
}

/// Sets the rules of the caller's organisation.
pub(super) fn set_rules(ctx: &mut dyn Context, votes: u8, delay: u64) -> Result<(), Halt> {
    let authority = Authority::of_caller(ctx, Permission::RecoverAccounts)?;
    within_limit(
        "approvals of a recovery",
        votes.into(),
        ADMINISTRATORS_MAX as usize,
    )?;
    if !(RECOVERY_DELAY_MIN_MS..=RECOVERY_DELAY_MAX_MS).contains(&delay) {
        return Err(Halt::revert(DelayOutOfBounds {
            delay,
            minimum: RECOVERY_DELAY_MIN_MS,
            maximum: RECOVERY_DELAY_MAX_MS,
        }));
    }
    let organisation = authority.organisation;
    let entry = Identity::storage().organisations.at(ctx, &organisation)?;
    let time = ctx.time().get();
    let (old_votes, old_delay) = entry.recovery.get(ctx)?.now(time);
    let administrators = entry.head.get(ctx)?.administrators;
    let is_weaker =
        delay < old_delay || wanted(votes, administrators) < wanted(old_votes, administrators);
    // An account that joins knows the rules; later they protect it less only with notice.
    let is_alone = entry.members.len(ctx)? == 1;
    let (rules, from) = if is_weaker && !is_alone {
        let from = time.saturating_add(old_delay);
        let rules = RecoveryRules {
            votes: old_votes,
            delay: old_delay,
            next_votes: votes,
            next_delay: delay,
            next_from: from,
        };
        (rules, from)
    } else {
        let rules = RecoveryRules {
            votes,
            delay,
            ..RecoveryRules::default()
        };
        (rules, time)
    };
    entry.recovery.set(ctx, &rules)?;
    emit(
        ctx,
        &RecoverySet {
            organisation,
            by: authority.account,
            votes,
            delay,
            from,
        },
    )
}

/// Proposes a key, as the first who approves.
pub(super) fn propose(ctx: &mut dyn Context, call: &proposeRecoveryCall) -> Result<(), Halt> {
    let (by, member) = member_of_caller(ctx, call.account)?;
    let account = member.account;
    let before = member.entry.recovery.get(ctx)?;
    let time = ctx.time().get();
    if before.new_key != Address::ZERO {
        if time < before.expires {
            return Err(Halt::revert(RecoveryPending {
                account,
                expires: before.expires,
            }));
        }
        end(ctx, &member.entry, (account, by), RecoveryOutcome::Expired)?;
    }
    keys::accept(
        ctx,
        &Offer {
            account,
            new_key: call.newKey,
            deadline: call.deadline,
            signature: &call.signature,
        },
    )?;
    let needed = needed(ctx, &member)?;
    let expires = time.saturating_add(RECOVERY_EXPIRY_MS);
    member.entry.recovery.set(
        ctx,
        &Recovery {
            new_key: call.newKey,
            needed,
            ready: 0,
            proposed: time,
            expires,
        },
    )?;
    emit(
        ctx,
        &RecoveryProposed {
            account,
            newKey: call.newKey,
            by,
            needed,
            expires,
        },
    )?;
    add_approval(ctx, &member, by)
}

/// Approves the recovery of an account.
pub(super) fn approve(ctx: &mut dyn Context, account: Address) -> Result<(), Halt> {
    let (by, member) = member_of_caller(ctx, account)?;
    pending(ctx, &member.entry, account)?;
    for approval in approvals(ctx, &member.entry)? {
        if approval == by {
            return Err(Halt::revert(AlreadyApproved {
                account,
                administrator: by,
            }));
        }
    }
    add_approval(ctx, &member, by)
}

/// Withdraws the recovery of an account.
pub(super) fn withdraw(ctx: &mut dyn Context, account: Address) -> Result<(), Halt> {
    let (by, member) = member_of_caller(ctx, account)?;
    require(ctx, &member.entry, account)?;
    end(
        ctx,
        &member.entry,
        (account, by),
        RecoveryOutcome::Withdrawn,
    )
}

/// Ends the recovery of an account as its owner.
pub(super) fn object(
    ctx: &mut dyn Context,
    account: Address,
    signature: &[u8],
) -> Result<(), Halt> {
    let entry = Identity::storage().accounts.at(ctx, &account)?;
    require(ctx, &entry, account)?;
    let by = ctx.caller();
    if by != account || !signature.is_empty() {
        let book = entry.keys.get(ctx)?;
        let objection = Objection {
            account,
            nonce: book.nonce,
        };
        let digest = consent::objection_digest(ctx.chain_id(), &objection);
        let key = keys::current(account, &book);
        consent::require_signature(ctx, key, digest, signature)?;
    }
    end(ctx, &entry, (account, by), RecoveryOutcome::Objected)
}

/// Gives the account its new key, when the owner had the time to object.
pub(super) fn finish(ctx: &mut dyn Context, account: Address) -> Result<(), Halt> {
    let entry = Identity::storage().accounts.at(ctx, &account)?;
    let recovery = pending(ctx, &entry, account)?;
    let time = ctx.time().get();
    if recovery.ready == 0 || time < recovery.ready {
        return Err(Halt::revert(RecoveryNotReady {
            account,
            ready: recovery.ready,
            time,
        }));
    }
    let organisation = entry.record.get(ctx)?.organisation;
    let permissions = Member::of(ctx, organisation, account)?.permissions(ctx)?;
    let mut standing = 0_u64;
    for administrator in approvals(ctx, &entry)? {
        let authority = Authority::find(ctx, administrator, Permission::RecoverAccounts)?;
        let stands = |authority: &Authority| {
            authority.organisation == organisation && authority.covers(permissions)
        };
        if authority.as_ref().is_some_and(stands) {
            standing = standing.saturating_add(1);
        }
    }
    if standing < u64::from(recovery.needed) {
        return Err(Halt::revert(ApprovalsMissing {
            account,
            approvals: U256::from(standing),
            needed: U256::from(recovery.needed),
        }));
    }
    let book = entry.keys.get(ctx)?;
    // The key may have become an account of Identity since it was proposed.
    keys::require_usable(ctx, (account, &book), recovery.new_key)?;
    let by = ctx.caller();
    end(ctx, &entry, (account, by), RecoveryOutcome::Finished)?;
    keys::install(ctx, account, recovery.new_key)
}

/// Ends the recovery of a member, if one is under way, because the member changes.
pub(super) fn void(ctx: &mut dyn Context, member: &Member, by: Address) -> Result<(), Halt> {
    void_of(ctx, member.account, by)
}

/// Ends the recovery of an account, if one is under way, because the account changes.
pub(super) fn void_of(ctx: &mut dyn Context, account: Address, by: Address) -> Result<(), Halt> {
    let entry = Identity::storage().accounts.at(ctx, &account)?;
    if entry.recovery.get(ctx)?.new_key == Address::ZERO {
        return Ok(());
    }
    end(ctx, &entry, (account, by), RecoveryOutcome::Voided)
}

/// Who approved.
pub(super) fn approvals(ctx: &mut dyn Context, entry: &Account) -> Result<Vec<Address>, Halt> {
    let mut all = Vec::new();
    for index in 0..entry.approvals.len(ctx)?.min(APPROVALS_MAX) {
        ctx.charge(gas::STEP)?;
        if let Some(slot) = entry.approvals.get(ctx, index)? {
            all.push(slot.get(ctx)?);
        }
    }
    Ok(all)
}

/// The caller, and a member that it may recover: not itself, and none that may do more.
fn member_of_caller(ctx: &mut dyn Context, account: Address) -> Result<(Address, Member), Halt> {
    let authority = Authority::of_caller(ctx, Permission::RecoverAccounts)?;
    if authority.account == account {
        return Err(Halt::revert(OwnRecovery { account }));
    }
    let member = Member::under(ctx, &authority, account)?;
    Ok((authority.account, member))
}

/// Approvals that the recovery of a member needs: never more than there are others to give them.
fn needed(ctx: &mut dyn Context, member: &Member) -> Result<u8, Halt> {
    let organisation = member.record.organisation;
    let entry = Identity::storage().organisations.at(ctx, &organisation)?;
    let is_counted =
        member.record.status == AccountStatus::Active && holds(member.grants.roles, ADMINISTRATOR);
    let others = entry
        .head
        .get(ctx)?
        .administrators
        .saturating_sub(u32::from(is_counted));
    if others == 0 {
        return Err(Halt::revert(NobodyToApprove {
            account: member.account,
        }));
    }
    let time = ctx.time().get();
    let (votes, _) = entry.recovery.get(ctx)?.now(time);
    Ok(wanted(votes, others))
}

/// `votes` of `administrators`; zero votes are the majority.
fn wanted(votes: u8, administrators: u32) -> u8 {
    let administrators = administrators.min(ADMINISTRATORS_MAX);
    let majority = (administrators / 2).saturating_add(1);
    let votes = if votes == 0 { majority } else { votes.into() };
    votes.clamp(1, administrators.max(1)) as u8
}

fn add_approval(ctx: &mut dyn Context, member: &Member, by: Address) -> Result<(), Halt> {
    let (entry, account) = (member.entry, member.account);
    let count = entry.approvals.len(ctx)?.saturating_add(1);
    within_limit(
        "approvals of a recovery",
        count as usize,
        APPROVALS_MAX as usize,
    )?;
    entry.approvals.push(ctx)?.set(ctx, &by)?;
    let mut recovery = entry.recovery.get(ctx)?;
    if recovery.ready == 0 && count >= u64::from(recovery.needed) {
        let organisation = member.record.organisation;
        let time = ctx.time().get();
        let rules = Identity::storage()
            .organisations
            .at(ctx, &organisation)?
            .recovery;
        let (_, delay) = rules.get(ctx)?.now(time);
        recovery.ready = time.saturating_add(delay);
        recovery.expires = recovery.ready.saturating_add(RECOVERY_EXPIRY_MS);
        entry.recovery.set(ctx, &recovery)?;
    }
    emit(
        ctx,
        &RecoveryApproved {
            account,
            by,
            approvals: U256::from(count),
            ready: recovery.ready,
        },
    )
}

fn require(ctx: &mut dyn Context, entry: &Account, account: Address) -> Result<Recovery, Halt> {
    let recovery = entry.recovery.get(ctx)?;
    if recovery.new_key == Address::ZERO {
        return Err(Halt::revert(NoRecovery { account }));
    }
    Ok(recovery)
}

fn pending(ctx: &mut dyn Context, entry: &Account, account: Address) -> Result<Recovery, Halt> {
    let recovery = require(ctx, entry, account)?;
    let time = ctx.time().get();
    if time >= recovery.expires {
        return Err(Halt::revert(RecoveryExpired {
            account,
            expires: recovery.expires,
            time,
        }));
    }
    Ok(recovery)
}

/// Clears a recovery. The consents that were given for it are used up.
fn end(
    ctx: &mut dyn Context,
    entry: &Account,
    (account, by): (Address, Address),
    outcome: RecoveryOutcome,
) -> Result<(), Halt> {
    let new_key = entry.recovery.get(ctx)?.new_key;
    entry.recovery.set(ctx, &Recovery::default())?;
    for index in (0..entry.approvals.len(ctx)?).rev() {
        ctx.charge(gas::STEP)?;
        if let Some(slot) = entry.approvals.get(ctx, index)? {
            slot.set(ctx, &Address::ZERO)?;
        }
        entry.approvals.shrink(ctx)?;
    }
    let book = entry.keys.get(ctx)?;
    let nonce = book.nonce.saturating_add(1);
    entry.keys.set(ctx, &super::Keys { nonce, ..book })?;
    emit(
        ctx,
        &RecoveryEnded {
            account,
            newKey: new_key,
            by,
            outcome,
        },
    )
}
