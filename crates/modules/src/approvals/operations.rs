//! Operations: proposed, checked, approved, executed.

use super::{
    ADDRESS, Approvals, Head,
    IApprovals::{
        Expired, IApprovalsCalls as Calls, InputTooShort, NoRule, NotChecked, NotExpired, NotMaker,
        NotPending, NothingToCheck, OperationExecuted, OperationExpired, OperationPassed,
        OperationProposed, OperationRejected, OperationWithdrawn, PolicyRefuses, ReasonMissing,
        RuleChanged, Stage, State, UnknownOperation,
    },
    INPUT_BYTES_MAX, Operation, PENDING_PER_MAKER_MAX, People, REASON_BYTES_MAX, gate, persons,
    rules,
    rules::Found,
};
use crate::{
    Context, Halt,
    IModule::LimitExceeded,
    calls, emit, gas,
    identity::{self, Permission},
    module_at, policy,
};
use alloy_primitives::{Address, Bytes, FixedBytes, U256};
use alloy_sol_types::SolInterface;

/// Proposes a call of a module in the caller's name.
pub(super) fn propose(ctx: &mut dyn Context, module: Address, input: &[u8]) -> Result<u64, Halt> {
    let maker = ctx.caller();
    let organisation = persons::organisation_of(ctx, maker)?;
    rules::check_module(ctx, module)?;
    check_length("bytes of a proposed call", input.len(), INPUT_BYTES_MAX)?;
    if input.len() < 4 {
        return Err(Halt::revert(InputTooShort {
            length: U256::from(input.len()),
            needed: U256::from(4),
        }));
    }
    let selector = rules::selector_of(input);
    let rule = rules::effective(ctx, organisation, (module, selector))?
        .filter(|_| !gate::is_free(module, selector));
    let Some(rule) = rule else {
        return Err(no_rule(organisation, (module, selector)));
    };
    let amount = rules::amount(&rule.head, input)?;
    let limits = rules::limits(ctx, rule.id)?;
    persons::require_reach(ctx, &limits, (maker, Stage::Make), amount)?;
    let expires = ctx.time().get().saturating_add(rule.head.expiry);
    let head = Head {
        module,
        state: State::Pending,
        checked: rule.head.checked,
        organisation,
        rule: rule.id,
        made: ctx.time().get(),
        expires,
        closed: 0,
    };
    open(ctx, &head, input)
}

/// Proposes a change of the caller's organisation's rules. The call itself is what is kept.
pub(super) fn propose_rule(ctx: &mut dyn Context, call: &Calls, input: &[u8]) -> Result<u64, Halt> {
    let maker = ctx.caller();
    let organisation = identity::require_permission(ctx, maker, Permission::ManageRoles)?;
    check_length("bytes of a proposed call", input.len(), INPUT_BYTES_MAX)?;
    let target = rule_target(call)?;
    let present = rules::effective(ctx, organisation, target)?;
    let mut head = Head {
        module: ADDRESS,
        state: State::Pending,
        checked: present.as_ref().is_some_and(|rule| rule.head.checked),
        organisation,
        rule: present.as_ref().map_or(0, |rule| rule.id),
        made: ctx.time().get(),
        expires: 0,
        closed: 0,
    };
    let mut life = present.as_ref().map_or(0, |rule| rule.head.expiry);
    match call {
        Calls::setRule(call) => {
            rules::check(ctx, &call.rule)?;
            head.checked |= call.rule.checked;
            if life == 0 {
                life = call.rule.expiry;
            }
        }
        _ => {
            if rules::exact(ctx, organisation, target)?.is_none() {
                return Err(no_rule(organisation, target));
            }
        }
    }
    head.expires = ctx.time().get().saturating_add(life);
    open(ctx, &head, input)
}

/// What a change of rules is about.
fn rule_target(call: &Calls) -> Result<(Address, u32), Halt> {
    let (module, selector) = match call {
        Calls::setRule(call) => (call.rule.module, call.rule.selector),
        Calls::removeRule(call) => (call.module, call.selector),
        _ => {
            return Err(Halt::Fatal(
                "a call that changes no rule was proposed".to_owned(),
            ));
        }
    };
    Ok((module, u32::from_be_bytes(selector.0)))
}

fn no_rule(organisation: u64, (module, selector): (Address, u32)) -> Halt {
    Halt::revert(NoRule {
        organisation,
        module,
        selector: FixedBytes(selector.to_be_bytes()),
    })
}

/// Writes a pending operation down.
fn open(ctx: &mut dyn Context, head: &Head, input: &[u8]) -> Result<u64, Halt> {
    let maker = ctx.caller();
    let approvals = Approvals::storage();
    let made = approvals.made.at(ctx, &maker)?;
    if made.len(ctx)? >= PENDING_PER_MAKER_MAX {
        drop_expired(ctx, maker)?;
    }
    let count = made.len(ctx)?;
    check_length(
        "pending operations of one maker",
        (count as usize).saturating_add(1),
        PENDING_PER_MAKER_MAX as usize,
    )?;
    let mut counters = approvals.counters.get(ctx)?;
    counters.operations = counters.operations.saturating_add(1);
    approvals.counters.set(ctx, &counters)?;
    let id = counters.operations;
    let operation = approvals.operations.at(ctx, &id)?;
    operation.head.set(ctx, head)?;
    let people = People {
        maker,
        ..People::default()
    };
    operation.people.set(ctx, &people)?;
    operation.input.set(ctx, input)?;
    made.insert(ctx, &id)?;
    let owner = approvals.organisations.at(ctx, &head.organisation)?;
    owner.pending.insert(ctx, &id)?;
    owner.operations.push(ctx)?.set(ctx, &id)?;
    emit(
        ctx,
        &OperationProposed {
            id,
            organisation: head.organisation,
            maker,
            module: head.module,
            input: input.to_vec().into(),
            expires: head.expires,
        },
    )?;
    Ok(id)
}

/// Takes the expired operations of a maker off the lists.
fn drop_expired(ctx: &mut dyn Context, maker: Address) -> Result<(), Halt> {
    let made = Approvals::storage().made.at(ctx, &maker)?;
    // From the end, because a removal puts the last one into the gap.
    for index in (0..made.len(ctx)?).rev() {
        ctx.charge(gas::STEP)?;
        let Some(id) = made.get(ctx, index)? else {
            continue;
        };
        let (operation, head) = find(ctx, id)?;
        if ctx.time().get() >= head.expires {
            finish(ctx, id, &operation, (head, State::Expired))?;
            emit(ctx, &OperationExpired { id })?;
        }
    }
    Ok(())
}

/// An operation that there is.
pub(super) fn find(ctx: &mut dyn Context, id: u64) -> Result<(Operation, Head), Halt> {
    let operation = Approvals::storage().operations.at(ctx, &id)?;
    let head = operation.head.get(ctx)?;
    if head.state == State::None {
        return Err(Halt::revert(UnknownOperation { id }));
    }
    Ok((operation, head))
}

/// A pending operation, expired or not.
fn find_pending(ctx: &mut dyn Context, id: u64) -> Result<(Operation, Head), Halt> {
    let (operation, head) = find(ctx, id)?;
    if head.state != State::Pending {
        return Err(Halt::revert(NotPending {
            id,
            state: head.state,
        }));
    }
    Ok((operation, head))
}

/// Gives an operation its final state.
fn finish(
    ctx: &mut dyn Context,
    id: u64,
    operation: &Operation,
    (head, state): (Head, State),
) -> Result<(), Halt> {
    let approvals = Approvals::storage();
    let closed = ctx.time().get();
    let head = Head {
        state,
        closed,
        ..head
    };
    operation.head.set(ctx, &head)?;
    let maker = operation.people.get(ctx)?.maker;
    approvals.made.at(ctx, &maker)?.remove(ctx, &id)?;
    let owner = approvals.organisations.at(ctx, &head.organisation)?;
    owner.pending.remove(ctx, &id)?;
    Ok(())
}

/// A person who may act on an operation now.
struct Acting {
    operation: Operation,
    head: Head,
    people: People,
    input: Vec<u8>,
    account: Address,
    principal: Address,
}

/// Everything that is asked before somebody checks or approves.
fn begin(ctx: &mut dyn Context, id: u64, named: Address, stage: Stage) -> Result<Acting, Halt> {
    let (operation, head) = find_pending(ctx, id)?;
    let account = persons::require_member(ctx, (id, head.organisation))?;
    let time = ctx.time().get();
    if time >= head.expires {
        return Err(Halt::revert(Expired {
            id,
            expires: head.expires,
            time,
        }));
    }
    let people = operation.people.get(ctx)?;
    let is_checked = people.checker != Address::ZERO;
    if stage == Stage::Check && (is_checked || !head.checked) {
        return Err(Halt::revert(NothingToCheck { id }));
    }
    if stage == Stage::Approve && head.checked && !is_checked {
        return Err(Halt::revert(NotChecked { id }));
    }
    let principal = persons::principal_of(ctx, head.organisation, (account, named), stage)?;
    persons::require_new(id, &people, [account, principal])?;
    let input = operation.input.get(ctx)?;
    require_within_rule(ctx, (id, &head, &input), (principal, stage))?;
    Ok(Acting {
        operation,
        head,
        people,
        input,
        account,
        principal,
    })
}

/// Refuses where the rule has changed since, or where the person's limits are below the amount.
fn require_within_rule(
    ctx: &mut dyn Context,
    (id, head, input): (u64, &Head, &[u8]),
    (principal, stage): (Address, Stage),
) -> Result<(), Halt> {
    let is_change = head.module == ADDRESS;
    let target = if is_change {
        rule_target(&decode_own(id, input)?)?
    } else {
        (head.module, rules::selector_of(input))
    };
    let present = rules::effective(ctx, head.organisation, target)?;
    let present_id = present.as_ref().map_or(0, |rule| rule.id);
    if present_id != head.rule {
        return Err(Halt::revert(RuleChanged {
            id,
            rule: head.rule,
            present: present_id,
        }));
    }
    let Some(Found { id: rule, head }) = present else {
        return Ok(());
    };
    let limits = rules::limits(ctx, rule)?;
    let amount = if is_change {
        rules::highest(&limits, stage)
    } else {
        rules::amount(&head, input)?
    };
    persons::require_reach(ctx, &limits, (principal, stage), amount)
}

/// A change of rules as it was proposed.
fn decode_own(id: u64, input: &[u8]) -> Result<Calls, Halt> {
    Calls::abi_decode(input).map_err(|error| {
        Halt::Fatal(format!(
            "operation {id} does not decode ({error}); the state is damaged: run `qiantang replay`"
        ))
    })
}

/// Checks an operation.
pub(super) fn check(ctx: &mut dyn Context, id: u64, named: Address) -> Result<(), Halt> {
    let acting = begin(ctx, id, named, Stage::Check)?;
    let people = People {
        checker: acting.account,
        checker_principal: acting.principal,
        ..acting.people
    };
    acting.operation.people.set(ctx, &people)?;
    passed(ctx, id, &acting, Stage::Check)
}

/// Approves an operation, which executes it.
pub(super) fn approve(ctx: &mut dyn Context, id: u64, named: Address) -> Result<Bytes, Halt> {
    let acting = begin(ctx, id, named, Stage::Approve)?;
    let head = acting.head;
    let people = People {
        approver: acting.account,
        approver_principal: acting.principal,
        ..acting.people
    };
    persons::require_lasting(ctx, (id, head.organisation), &people)?;
    acting.operation.people.set(ctx, &people)?;
    passed(ctx, id, &acting, Stage::Approve)?;
    finish(ctx, id, &acting.operation, (head, State::Executed))?;
    let output = if head.module == ADDRESS {
        change_rule(ctx, (id, &head), &acting.input)?;
        Bytes::new()
    } else {
        execute(ctx, people.maker, (head.module, &acting.input))?
    };
    emit(
        ctx,
        &OperationExecuted {
            id,
            maker: people.maker,
            output: output.clone(),
        },
    )?;
    Ok(output)
}

fn passed(ctx: &mut dyn Context, id: u64, acting: &Acting, stage: Stage) -> Result<(), Halt> {
    emit(
        ctx,
        &OperationPassed {
            id,
            account: acting.account,
            principal: acting.principal,
            stage,
        },
    )
}

fn change_rule(ctx: &mut dyn Context, (id, head): (u64, &Head), input: &[u8]) -> Result<(), Halt> {
    match decode_own(id, input)? {
        Calls::setRule(call) => rules::set(ctx, head.organisation, (id, &call.rule)),
        other => rules::remove(ctx, head.organisation, rule_target(&other)?),
    }
}

/// Calls the module in the maker's name, as far as policy lets the maker.
fn execute(
    ctx: &mut dyn Context,
    maker: Address,
    (module, input): (Address, &[u8]),
) -> Result<Bytes, Halt> {
    let selector = rules::selector_of(input).to_be_bytes();
    if let Err(denial) = policy::may_run(ctx, maker, module, selector)? {
        return Err(Halt::revert(PolicyRefuses {
            code: denial.code(),
            reason: denial.to_string(),
        }));
    }
    let found = module_at(module, ctx.height())
        .ok_or_else(|| Halt::revert(super::IApprovals::NotModule { module }))?;
    calls::enter(ctx, module, maker, |ctx| (found.call)(ctx, input))
}

/// Rejects an operation.
pub(super) fn reject(ctx: &mut dyn Context, id: u64, reason: &str) -> Result<(), Halt> {
    if reason.trim().is_empty() {
        return Err(Halt::revert(ReasonMissing {}));
    }
    check_length("bytes of a reason", reason.len(), REASON_BYTES_MAX)?;
    let (operation, head) = find_pending(ctx, id)?;
    let account = persons::require_member(ctx, (id, head.organisation))?;
    if !persons::holds(ctx, head.organisation, account, Stage::Check)? {
        identity::require_permission(ctx, account, Permission::Approve)?;
    }
    let people = operation.people.get(ctx)?;
    operation.people.set(
        ctx,
        &People {
            rejecter: account,
            ..people
        },
    )?;
    operation.reason.set(ctx, reason)?;
    finish(ctx, id, &operation, (head, State::Rejected))?;
    let reason = reason.to_owned();
    emit(
        ctx,
        &OperationRejected {
            id,
            account,
            reason,
        },
    )
}

/// Withdraws an operation of the caller.
pub(super) fn withdraw(ctx: &mut dyn Context, id: u64) -> Result<(), Halt> {
    let (operation, head) = find_pending(ctx, id)?;
    let (account, maker) = (ctx.caller(), operation.people.get(ctx)?.maker);
    if account != maker {
        return Err(Halt::revert(NotMaker { id, maker, account }));
    }
    finish(ctx, id, &operation, (head, State::Withdrawn))?;
    emit(ctx, &OperationWithdrawn { id, account })
}

/// Takes an expired operation off the lists.
pub(super) fn expire(ctx: &mut dyn Context, id: u64) -> Result<(), Halt> {
    let (operation, head) = find_pending(ctx, id)?;
    let (expires, time) = (head.expires, ctx.time().get());
    if time < expires {
        return Err(Halt::revert(NotExpired { id, expires, time }));
    }
    finish(ctx, id, &operation, (head, State::Expired))?;
    emit(ctx, &OperationExpired { id })
}

fn check_length(limit: &str, value: usize, maximum: usize) -> Result<(), Halt> {
    if value <= maximum {
        return Ok(());
    }
    Err(Halt::revert(LimitExceeded {
        limit: limit.to_owned(),
        value: U256::from(value),
        maximum: U256::from(maximum),
    }))
}
