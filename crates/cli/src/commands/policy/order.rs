//! Orders of regulators.

use super::{
    Asked,
    arguments::{Issue, One, Order},
    remittance,
};
use crate::{
    commands::{acting::Actor, of_client, typed},
    failure::Failure,
    messages::{Message, PolicyAct as Act, words},
    output::{Output, shown, table, time},
};
use alloy_primitives::{Address, B256, U256};
use qiantang_client::{
    Module,
    policy::{IPolicy, Policy},
};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OrderView {
    order: u64,
    kind: String,
    status: String,
    #[serde(serialize_with = "shown")]
    target: Address,
    #[serde(serialize_with = "shown")]
    token: Address,
    #[serde(serialize_with = "shown")]
    to: Address,
    amount: U256,
    appointment: u64,
    organisation: u64,
    issued: u64,
    until: u64,
    ended: u64,
    document_hash: B256,
    legal_basis: String,
    end_reason: String,
    challenge: String,
    challenge_grounds: String,
    challenge_reason: String,
}

impl OrderView {
    fn new(found: &IPolicy::Order) -> Self {
        Self {
            order: found.id,
            kind: words::ORDER_KIND.key(found.kind as u8),
            status: words::ORDER_STATUS.key(found.status as u8),
            target: found.target,
            token: found.token,
            to: found.to,
            amount: found.amount,
            appointment: found.appointment,
            organisation: found.organisation,
            issued: found.issued,
            until: found.until,
            ended: found.ended,
            document_hash: found.documentHash,
            legal_basis: found.legalBasis.clone(),
            end_reason: found.endReason.clone(),
            challenge: words::CHALLENGE_STATUS.key(found.challenge.status as u8),
            challenge_grounds: found.challenge.grounds.clone(),
            challenge_reason: found.challenge.reason.clone(),
        }
    }
}

/// Every order on an account or contract.
pub(super) async fn list(asked: &Asked, target: Address) -> Result<(), Failure> {
    let output = asked.output;
    let found = asked.module.orders_of(target).await;
    let found = found.map_err(of_client(output))?;
    let name = asked.names.address(target).await?;
    let views: Vec<OrderView> = found.entries.iter().map(OrderView::new).collect();
    output.data(&views, || {
        let numbers: Vec<String> = views.iter().map(|view| view.order.to_string()).collect();
        let line = |order: &IPolicy::Order| {
            let kind = words::ORDER_KIND.say(output.lang, order.kind as u8);
            let status = words::ORDER_STATUS.say(output.lang, order.status as u8);
            output.say(Act::OrderLine, &[&kind, &status, &time(order.until)])
        };
        let rows: Vec<(&str, String)> = numbers
            .iter()
            .zip(&found.entries)
            .map(|(number, order)| (number.as_str(), line(order)))
            .collect();
        let mut text = table(&output.say(Act::Orders, &[&name, &views.len()]), &rows);
        if !found.complete {
            text.push_str(output.lang.text(Message::ListCut));
        }
        text
    })
}

/// Everything about an order.
async fn show(asked: &Asked, id: u64) -> Result<(), Failure> {
    let output = asked.output;
    let found = asked.module.order(id).await.map_err(of_client(output))?;
    let target = asked.names.address(found.target).await?;
    let by = match found.organisation {
        0 => output.lang.text(Act::ByMembers).to_owned(),
        number => {
            let name = asked.names.organisation(number).await?;
            output.say(Act::UnderAppointment, &[&name, &found.appointment])
        }
    };
    output.data(&OrderView::new(&found), || {
        let word = |text| output.lang.text(text);
        let status = words::ORDER_STATUS.say(output.lang, found.status as u8);
        let mut rows = vec![
            (word(Act::Status), status.to_owned()),
            (word(Act::Issuer), by),
            (word(Act::Basis), found.legalBasis.clone()),
            (word(Act::Document), found.documentHash.to_string()),
            (word(Act::Issued), time(found.issued)),
            (word(Act::Until), time(found.until)),
        ];
        if found.ended != 0 {
            let text = format!("{} {}", time(found.ended), found.endReason);
            rows.push((word(Act::Ended), text));
        }
        if !found.amount.is_zero() {
            rows.push((word(Act::Amount), found.amount.to_string()));
        }
        if !matches!(found.challenge.status, IPolicy::ChallengeStatus::None) {
            let state = words::CHALLENGE_STATUS.say(output.lang, found.challenge.status as u8);
            let text = output.say(Act::ChallengeText, &[&state, &found.challenge.grounds]);
            rows.push((word(Act::ChallengeWord), text));
        }
        let kind = words::ORDER_KIND.say(output.lang, found.kind as u8);
        table(&output.say(Act::Order, &[&id, &kind, &target]), &rows)
    })
}

/// Runs one of the commands about an order.
pub(super) async fn run(output: Output, what: Order) -> Result<(), Failure> {
    match what {
        Order::Show { order, rpc } => show(&Asked::new(output, &rpc)?, order).await,
        Order::Issue(issue) => self::issue(output, issue).await,
        Order::Release { one, appointment } => {
            let reason = one.reason.clone();
            let call = IPolicy::releaseOrderCall {
                id: one.order,
                appointment,
                reason,
            };
            on(output, &one, call, Act::Release).await
        }
        Order::Challenge(one) => {
            let call = IPolicy::challengeOrderCall {
                id: one.order,
                grounds: one.reason.clone(),
            };
            on(output, &one, call, Act::Challenge).await
        }
        Order::Uphold(one) => decide(output, &one, false, Act::Uphold).await,
        Order::Lift(one) => decide(output, &one, true, Act::Lift).await,
        Order::Approve {
            order,
            appointment,
            token,
            to,
            amount,
            reference,
            acting,
        } => {
            let remittance = remittance(output, reference.as_deref())?;
            let actor = Actor::open(output, &acting).await?;
            let found = actor.module::<Policy>().order(order).await;
            let from = found.map_err(of_client(output))?.target;
            let call = IPolicy::approveTransferCall {
                id: order,
                appointment,
                transfer: IPolicy::ReviewedTransfer {
                    token,
                    to,
                    amount,
                    remittance,
                },
            };
            let from = actor.names.address(from).await?;
            let to = actor.names.address(to).await?;
            let said: [&dyn std::fmt::Display; 5] = [&from, &amount, &token, &to, &order];
            let acted = actor.act::<Policy>(&call, Act::Approve, &said).await?;
            acted.done()
        }
    }
}

async fn decide(output: Output, one: &One, lift: bool, act: Act) -> Result<(), Failure> {
    let call = IPolicy::decideChallengeCall {
        id: one.order,
        lift,
        reason: one.reason.clone(),
    };
    on(output, one, call, act).await
}

/// Does something to an order, for a reason.
async fn on(
    output: Output,
    one: &One,
    call: impl alloy_sol_types::SolCall,
    act: Act,
) -> Result<(), Failure> {
    let actor = Actor::open(output, &one.acting).await?;
    let found = actor.module::<Policy>().order(one.order).await;
    let found = found.map_err(of_client(output))?;
    let kind = words::ORDER_KIND.say(output.lang, found.kind as u8);
    let target = actor.names.address(found.target).await?;
    let said: [&dyn std::fmt::Display; 4] = [&one.order, &kind, &target, &one.reason];
    actor.act::<Policy>(&call, act, &said).await?.done()
}

/// Issues an order.
async fn issue(output: Output, issue: Issue) -> Result<(), Failure> {
    let number = typed::number(output, &words::ORDER_KIND, &issue.order_kind)?;
    let kind = IPolicy::OrderKind::try_from(number).unwrap_or(IPolicy::OrderKind::None);
    let until = typed::moment(output, &issue.until)?;
    let actor = Actor::open(output, &issue.acting).await?;
    let (token, to) = (
        issue.token.unwrap_or_default(),
        issue.to.unwrap_or_default(),
    );
    let target = actor.names.address(issue.target).await?;
    let word = words::ORDER_KIND.say(output.lang, number);
    let what = match kind {
        IPolicy::OrderKind::ForcedTransfer => {
            let to = actor.names.address(to).await?;
            output.say(Act::IssueForced, &[&word, &issue.amount, &token, &to])
        }
        IPolicy::OrderKind::Limit | IPolicy::OrderKind::Review => {
            output.say(Act::IssueAmount, &[&word, &issue.amount])
        }
        _ => word.to_owned(),
    };
    let call = IPolicy::issueOrderCall {
        appointment: issue.appointment,
        order: IPolicy::NewOrder {
            kind,
            target: issue.target,
            token,
            to,
            amount: issue.amount,
            until,
            documentHash: issue.document,
            legalBasis: issue.basis.clone(),
        },
    };
    let ends = time(until);
    let said: [&dyn std::fmt::Display; 5] =
        [&issue.appointment, &what, &target, &ends, &issue.basis];
    let acted = actor.act::<Policy>(&call, Act::Issue, &said).await?;
    let made: Vec<IPolicy::OrderIssued> = Module::<Policy>::events(acted.receipt());
    acted.made(Act::WhatOrder, made.first().map(|made| made.id))
}
