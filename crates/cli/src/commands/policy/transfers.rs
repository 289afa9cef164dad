//! Policies for transfers, which tokens refer to by their number.

use super::{
    Asked,
    arguments::{Listing, Terms, Transfers},
};
use crate::{
    commands::{acting::Actor, of_client, typed},
    failure::Failure,
    messages::{PolicyAct as Act, words},
    output::{Output, all_shown, table},
};
use alloy_primitives::{Address, FixedBytes};
use qiantang_client::{
    List, Module,
    policy::{
        IPolicy::{self, ListKind},
        Policy,
    },
};
use serde::Serialize;

/// Any reference will do.
const ANY: FixedBytes<4> = FixedBytes([0xff; 4]);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PolicyView {
    policy: u64,
    name: String,
    organisation: u64,
    organisation_name: String,
    allow_listed: bool,
    deny_listed: bool,
    level: u8,
    per_transfer: String,
    per_day: String,
    per_month: String,
    reference: FixedBytes<4>,
    #[serde(serialize_with = "all_shown")]
    allowed: Vec<Address>,
    #[serde(serialize_with = "all_shown")]
    denied: Vec<Address>,
    #[serde(serialize_with = "all_shown")]
    tokens: Vec<Address>,
}

/// A transfer policy with its lists.
pub(super) async fn show(asked: &Asked, id: u64) -> Result<(), Failure> {
    let (output, module) = (asked.output, &asked.module);
    let failed = of_client(output);
    let found = module.view(&IPolicy::transferPolicyCall { id }).await;
    let found = found.map_err(&failed)?;
    let allowed = module.listed(id, ListKind::Allow).await.map_err(&failed)?;
    let denied = module.listed(id, ListKind::Deny).await.map_err(&failed)?;
    let tokens = module.tokens(id).await.map_err(&failed)?;
    let owner = asked.names.organisation(found.owner).await?;
    let terms = &found.terms;
    let view = PolicyView {
        policy: id,
        name: found.name.clone(),
        organisation: found.owner,
        organisation_name: owner.clone(),
        allow_listed: terms.allowListed,
        deny_listed: terms.denyListed,
        level: terms.level,
        per_transfer: terms.perTransfer.to_string(),
        per_day: terms.perDay.to_string(),
        per_month: terms.perMonth.to_string(),
        reference: terms.remittance,
        allowed: allowed.entries.clone(),
        denied: denied.entries.clone(),
        tokens: tokens.entries.clone(),
    };
    output.data(&view, || {
        let word = |text| output.lang.text(text);
        let listed = |list: &List<Address>| -> String {
            let all: Vec<String> = list.entries.iter().map(ToString::to_string).collect();
            match (all.is_empty(), list.complete) {
                (true, _) => word(Act::Nothing).to_owned(),
                (false, true) => all.join(", "),
                (false, false) => format!("{}, …", all.join(", ")),
            }
        };
        let rows = [
            (word(Act::Owner), owner),
            (word(Act::Terms), terms_text(output, terms)),
            (word(Act::AllowList), listed(&allowed)),
            (word(Act::DenyList), listed(&denied)),
            (word(Act::Tokens), listed(&tokens)),
        ];
        table(&format!("{id} {}", found.name), &rows)
    })
}

/// Conditions in words.
fn terms_text(output: Output, terms: &IPolicy::Terms) -> String {
    let mut all = Vec::new();
    if terms.allowListed {
        all.push(output.lang.text(Act::TermAllowListed).to_owned());
    }
    if terms.denyListed {
        all.push(output.lang.text(Act::TermDenyListed).to_owned());
    }
    if terms.level != 0 {
        all.push(output.say(Act::TermLevel, &[&terms.level]));
    }
    let amounts = [
        (terms.perTransfer, Act::TermPerTransfer),
        (terms.perDay, Act::TermPerDay),
        (terms.perMonth, Act::TermPerMonth),
    ];
    for (amount, act) in amounts {
        if amount != 0 {
            all.push(output.say(act, &[&amount]));
        }
    }
    if terms.remittance == ANY {
        all.push(output.lang.text(Act::TermAnyReference).to_owned());
    } else if !terms.remittance.is_zero() {
        let kind = String::from_utf8_lossy(terms.remittance.as_slice()).into_owned();
        all.push(output.say(Act::TermReference, &[&kind]));
    }
    match all.is_empty() {
        true => output.lang.text(Act::TermNone).to_owned(),
        false => all.join(", "),
    }
}

fn terms_of(output: Output, terms: &Terms) -> Result<IPolicy::Terms, Failure> {
    let remittance = match terms.with_reference.as_deref() {
        None => FixedBytes::ZERO,
        Some("any") => ANY,
        Some(kind) => typed::reference(output, kind)?,
    };
    Ok(IPolicy::Terms {
        allowListed: terms.allow_listed,
        denyListed: terms.deny_listed,
        level: terms.level,
        perTransfer: terms.per_transfer,
        perDay: terms.per_day,
        perMonth: terms.per_month,
        remittance,
    })
}

/// Runs one of the commands of who keeps a policy.
pub(super) async fn run(output: Output, what: Transfers) -> Result<(), Failure> {
    match what {
        Transfers::Create {
            name,
            terms,
            acting,
        } => {
            let terms = terms_of(output, &terms)?;
            let actor = Actor::open(output, &acting).await?;
            let text = terms_text(output, &terms);
            let call = IPolicy::createPolicyCall {
                name: name.clone(),
                terms,
            };
            let said: [&dyn std::fmt::Display; 2] = [&name, &text];
            let acted = actor.act::<Policy>(&call, Act::Create, &said).await?;
            let made: Vec<IPolicy::PolicySet> = Module::<Policy>::events(acted.receipt());
            acted.made(Act::WhatPolicy, made.first().map(|made| made.policy))
        }
        Transfers::Change {
            policy,
            terms,
            acting,
        } => {
            let terms = terms_of(output, &terms)?;
            let actor = Actor::open(output, &acting).await?;
            let found = IPolicy::transferPolicyCall { id: policy };
            let found = actor.module::<Policy>().view(&found).await;
            let name = found.map_err(of_client(output))?.name;
            let text = terms_text(output, &terms);
            let call = IPolicy::changePolicyCall { policy, terms };
            let said: [&dyn std::fmt::Display; 3] = [&policy, &name, &text];
            let acted = actor.act::<Policy>(&call, Act::Change, &said).await?;
            acted.done()
        }
        Transfers::List(listing) => list(output, listing, true).await,
        Transfers::Unlist(listing) => list(output, listing, false).await,
        Transfers::Token {
            policy,
            token,
            off,
            acting,
        } => {
            let actor = Actor::open(output, &acting).await?;
            let act = if off { Act::TokenOff } else { Act::Token };
            let call = IPolicy::setTokenCall {
                policy,
                token,
                registered: !off,
            };
            let said: [&dyn std::fmt::Display; 2] = [&token, &policy];
            actor.act::<Policy>(&call, act, &said).await?.done()
        }
    }
}

async fn list(output: Output, listing: Listing, listed: bool) -> Result<(), Failure> {
    let number = typed::number(output, &words::LIST_KIND, &listing.list)?;
    let actor = Actor::open(output, &listing.acting).await?;
    let mut accounts = Vec::new();
    for account in &listing.listed {
        accounts.push(actor.names.address(*account).await?);
    }
    let call = IPolicy::setListedCall {
        policy: listing.policy,
        list: ListKind::try_from(number).unwrap_or(ListKind::None),
        accounts: listing.listed,
        listed,
    };
    let act = if listed { Act::List } else { Act::Unlist };
    let word = words::LIST_KIND.say(output.lang, number);
    let said: [&dyn std::fmt::Display; 3] = [&accounts.join(", "), &word, &listing.policy];
    actor.act::<Policy>(&call, act, &said).await?.done()
}
