//! Rules and operations, as the chain knows them.

use super::describe::{NO_AMOUNT, operation_text, rule_text};
use crate::{
    arguments::Rpc,
    commands::{connect, names::Names, of_client},
    failure::Failure,
    messages::{ApprovalsAct as Act, Message, words},
    output::{Output, plain, shown, table, time},
};
use alloy_primitives::{Address, Bytes, FixedBytes, U256};
use qiantang_client::{
    Module,
    approvals::{
        Approvals,
        IApprovals::{Operation, RuleEntry},
    },
};
use serde::Serialize;

/// Where the chain is asked.
pub(super) struct Asked {
    output: Output,
    names: Names,
    module: Module<Approvals>,
}

impl Asked {
    pub(super) fn new(output: Output, rpc: &Rpc) -> Result<Self, Failure> {
        let client = connect(output, &rpc.rpc)?;
        Ok(Self {
            output,
            names: Names::new(output, client.clone()),
            module: Module::new(client),
        })
    }

    /// Who did something, with who had delegated it; `-` for nobody.
    async fn person(&self, account: Address, principal: Address) -> Result<String, Failure> {
        if account.is_zero() {
            return Ok("-".to_owned());
        }
        let person = self.names.address(account).await?;
        if principal.is_zero() || principal == account {
            return Ok(person);
        }
        let principal = self.names.address(principal).await?;
        Ok(self.output.say(Act::InPlaceOf, &[&person, &principal]))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleView {
    rule: u64,
    #[serde(serialize_with = "shown")]
    module: Address,
    selector: FixedBytes<4>,
    what: String,
    checked: bool,
    expiry: u64,
    amount_word: Option<u8>,
    limits: Vec<LimitView>,
    operation: u64,
    since: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LimitView {
    stage: String,
    role: u8,
    #[serde(serialize_with = "shown")]
    amount: U256,
}

fn rule_view(entry: &RuleEntry, what: String) -> RuleView {
    let rule = &entry.rule;
    RuleView {
        rule: entry.id,
        module: rule.module,
        selector: rule.selector,
        what,
        checked: rule.checked,
        expiry: rule.expiry,
        amount_word: (rule.amountWord != NO_AMOUNT).then_some(rule.amountWord),
        limits: rule
            .limits
            .iter()
            .map(|limit| LimitView {
                stage: words::STAGE.key(limit.stage as u8),
                role: limit.role,
                amount: limit.amount,
            })
            .collect(),
        operation: entry.operation,
        since: entry.since,
    }
}

/// What an organisation requires.
pub(super) async fn rules(asked: &Asked, organisation: &str) -> Result<(), Failure> {
    let output = asked.output;
    let number = asked.names.find(organisation).await?;
    let name = asked.names.organisation(number).await?;
    let found = asked.module.rules(number).await;
    let found = found.map_err(of_client(output))?;
    let mut views = Vec::new();
    for entry in &found.entries {
        let what = rule_text(output, &asked.names, number, &entry.rule).await?;
        views.push(rule_view(entry, what));
    }
    let title = output.say(Act::Rules, &[&name, &views.len()]);
    let rows = |view: &RuleView| (view.rule, view.what.clone());
    print(output, &views, rows, (&title, found.complete))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OperationView {
    operation: u64,
    organisation: u64,
    organisation_name: String,
    state: String,
    what: String,
    #[serde(serialize_with = "shown")]
    module: Address,
    input: Bytes,
    rule: u64,
    /// Whether somebody must check it before it is approved.
    checked: bool,
    #[serde(serialize_with = "shown")]
    maker: Address,
    #[serde(serialize_with = "shown")]
    checker: Address,
    #[serde(serialize_with = "shown")]
    checker_principal: Address,
    #[serde(serialize_with = "shown")]
    approver: Address,
    #[serde(serialize_with = "shown")]
    approver_principal: Address,
    made: u64,
    expires: u64,
    closed: u64,
    #[serde(serialize_with = "shown")]
    rejecter: Address,
    reason: String,
}

async fn operation_view(asked: &Asked, found: &Operation) -> Result<OperationView, Failure> {
    Ok(OperationView {
        operation: found.id,
        organisation: found.organisation,
        organisation_name: asked.names.organisation(found.organisation).await?,
        state: words::OPERATION_STATE.key(found.state as u8),
        what: operation_text(asked.output, &asked.names, found).await?,
        module: found.module,
        input: found.input.clone(),
        rule: found.rule,
        checked: found.checked,
        maker: found.maker,
        checker: found.checker,
        checker_principal: found.checkerPrincipal,
        approver: found.approver,
        approver_principal: found.approverPrincipal,
        made: found.made,
        expires: found.expires,
        closed: found.closed,
        rejecter: found.rejecter,
        reason: found.reason.clone(),
    })
}

/// Operations of an organisation: pending ones, or all, newest first.
pub(super) async fn list(asked: &Asked, organisation: &str, all: bool) -> Result<(), Failure> {
    let output = asked.output;
    let number = asked.names.find(organisation).await?;
    let name = asked.names.organisation(number).await?;
    let found = match all {
        true => asked.module.operations(number).await,
        false => asked.module.pending(number).await,
    };
    let found = found.map_err(of_client(output))?;
    let mut views = Vec::new();
    for operation in &found.entries {
        views.push(operation_view(asked, operation).await?);
    }
    let title = match all {
        true => output.say(Act::Operations, &[&name, &views.len()]),
        false => output.say(Act::Pending, &[&name, &views.len()]),
    };
    let rows = |view: &OperationView| {
        let state = words::OPERATION_STATE.find(&view.state).unwrap_or_default();
        let state = words::OPERATION_STATE.say(output.lang, state);
        (view.operation, format!("{state}: {}", view.what))
    };
    print(output, &views, rows, (&title, found.complete))
}

/// Prints views by their numbers, and whether the list was cut.
fn print<T: Serialize>(
    output: Output,
    views: &[T],
    row: impl Fn(&T) -> (u64, String),
    (title, is_complete): (&str, bool),
) -> Result<(), Failure> {
    output.data(&views, || {
        let rows: Vec<(String, String)> = views
            .iter()
            .map(|view| {
                let (number, text) = row(view);
                (number.to_string(), text)
            })
            .collect();
        let rows: Vec<(&str, String)> = rows
            .iter()
            .map(|(number, text)| (number.as_str(), text.clone()))
            .collect();
        let mut text = table(title, &rows);
        if !is_complete {
            text.push_str(output.lang.text(Message::ListCut));
        }
        text
    })
}

/// An operation and everybody who acted on it.
pub(super) async fn show(asked: &Asked, id: u64) -> Result<(), Failure> {
    let output = asked.output;
    let found = asked.module.operation(id).await;
    let found = found.map_err(of_client(output))?;
    let view = operation_view(asked, &found).await?;
    let maker = asked.person(found.maker, Address::ZERO).await?;
    let checker = match found.checked {
        true => asked.person(found.checker, found.checkerPrincipal).await?,
        false => output.lang.text(Act::NotNeeded).to_owned(),
    };
    let approver = asked
        .person(found.approver, found.approverPrincipal)
        .await?;
    let rejecter = asked.person(found.rejecter, Address::ZERO).await?;
    output.data(&view, || {
        let word = |text| output.lang.text(text);
        let state = words::OPERATION_STATE.say(output.lang, found.state as u8);
        let mut rows = vec![
            (word(Act::Organisation), view.organisation_name.clone()),
            (word(Act::State), state.to_owned()),
            (word(Act::Maker), maker),
            (word(Act::Checker), checker),
            (word(Act::Approver), approver),
            (word(Act::Made), time(found.made)),
            (word(Act::Expires), time(found.expires)),
        ];
        if found.closed != 0 {
            rows.push((word(Act::Closed), time(found.closed)));
        }
        if !found.rejecter.is_zero() {
            rows.push((word(Act::Rejecter), rejecter));
            rows.push((word(Act::Reason), plain(&found.reason)));
        }
        table(&output.say(Act::Operation, &[&id, &view.what]), &rows)
    })
}
