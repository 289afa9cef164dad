//! `qiantang policy`: what may be done, and the orders of regulators.

pub(crate) mod arguments;
mod may;
mod order;
mod show;
mod transfers;

use super::{acting::Actor, connect, names::Names, typed};
use crate::{
    arguments::Rpc,
    failure::Failure,
    messages::{PolicyAct as Act, words},
    output::Output,
};
use alloy_primitives::{FixedBytes, U256};
use arguments::{Policy as Arguments, Rule};
use qiantang_client::{
    Module,
    policy::{IPolicy, Policy},
};

/// Where the chain is asked.
struct Asked {
    output: Output,
    names: Names,
    module: Module<Policy>,
}

impl Asked {
    fn new(output: Output, rpc: &Rpc) -> Result<Self, Failure> {
        let client = connect(output, &rpc.rpc)?;
        Ok(Self {
            output,
            names: Names::new(output, client.clone()),
            module: Module::new(client),
        })
    }
}

/// Runs one of the commands about rules and orders.
pub(crate) async fn run(output: Output, arguments: Arguments) -> Result<(), Failure> {
    match arguments {
        Arguments::May(question) => may::may(output, question).await,
        Arguments::MayTransfer(question) => may::may_transfer(output, question).await,
        Arguments::Rules { target, of, rpc } => {
            show::rules(&Asked::new(output, &rpc)?, target.unwrap_or_default(), of).await
        }
        Arguments::Quota { organisation, rpc } => {
            show::quota(&Asked::new(output, &rpc)?, &organisation).await
        }
        Arguments::Regulators { rpc } => show::regulators(&Asked::new(output, &rpc)?).await,
        Arguments::Orders { target, rpc } => order::list(&Asked::new(output, &rpc)?, target).await,
        Arguments::Show { policy, rpc } => {
            transfers::show(&Asked::new(output, &rpc)?, policy).await
        }
        Arguments::SetRule { rule, acting } => {
            let actor = Actor::open(output, &acting).await?;
            let rule = rule_of(&actor, rule, actor.record.organisation).await?;
            let text = rule_text(output, &actor.names, &rule).await?;
            let call = IPolicy::setOwnRuleCall { rule };
            let acted = actor.act::<Policy>(&call, Act::SetRule, &[&text]).await?;
            acted.done()
        }
        Arguments::Register {
            contract,
            nonce,
            acting,
        } => {
            let actor = Actor::open(output, &acting).await?;
            let call = IPolicy::registerContractCall {
                target: contract,
                nonce,
            };
            let said: [&dyn std::fmt::Display; 2] = [&contract, &nonce];
            let acted = actor.act::<Policy>(&call, Act::Register, &said).await?;
            acted.done()
        }
        Arguments::Order(what) => order::run(output, *what).await,
        Arguments::Transfers(what) => transfers::run(output, *what).await,
    }
}

/// The rule that was typed: of an organisation, about its own accounts, or of the chain (0), about
/// everyone where nobody is named.
pub(crate) async fn rule_of(
    actor: &Actor,
    rule: Rule,
    owner: u64,
) -> Result<IPolicy::Rule, Failure> {
    let output = actor.output;
    let subject = match (&rule.subject, owner, rule.role_number) {
        (Some(text), ..) => typed::number(output, &words::SUBJECT, text)?,
        (None, 0, _) => IPolicy::Subject::Everyone as u8,
        (None, _, 0) => IPolicy::Subject::Organisation as u8,
        (None, ..) => IPolicy::Subject::OrganisationRole as u8,
    };
    let organisation = match &rule.inside {
        Some(text) => actor.names.find(text).await?,
        None => owner,
    };
    let selector = match &rule.call {
        Some(text) => Some(typed::selector(output, text)?),
        None => None,
    };
    let set = |typed: &[String]| -> Result<u8, Failure> {
        let set = typed::set(output, &words::ACTION, typed)?;
        Ok(u8::try_from(set).unwrap_or(u8::MAX))
    };
    Ok(IPolicy::Rule {
        target: rule.target.unwrap_or_default(),
        hasSelector: selector.is_some(),
        selector: selector.unwrap_or_default(),
        subject: IPolicy::Subject::try_from(subject).unwrap_or(IPolicy::Subject::None),
        organisation,
        role: rule.role_number,
        allow: set(&rule.allow)?,
        deny: set(&rule.deny)?,
    })
}

/// A rule in words.
pub(crate) async fn rule_text(
    output: Output,
    names: &Names,
    rule: &IPolicy::Rule,
) -> Result<String, Failure> {
    let mut whom = words::SUBJECT
        .say(output.lang, rule.subject as u8)
        .to_owned();
    if rule.role != 0 {
        whom = format!("{whom} {}", rule.role);
    }
    if rule.organisation != 0 {
        let name = names.organisation(rule.organisation).await?;
        whom = format!("{whom} {name}");
    }
    let mut target = match rule.target.is_zero() {
        true => output.lang.text(Act::Everything).to_owned(),
        false => names.address(rule.target).await?,
    };
    if rule.hasSelector {
        target = format!("{target} {}", rule.selector);
    }
    let deeds = |set: u8| match set {
        0 => output.lang.text(Act::Nothing).to_owned(),
        set => typed::set_text(output, &words::ACTION, U256::from(set)),
    };
    let said: [&dyn std::fmt::Display; 4] = [&whom, &target, &deeds(rule.allow), &deeds(rule.deny)];
    Ok(output.say(Act::RuleText, &said))
}

/// What a transfer refers to, typed as its kind of four letters, a colon and a text.
fn remittance(output: Output, text: Option<&str>) -> Result<IPolicy::Remittance, Failure> {
    let Some(text) = text else {
        return Ok(IPolicy::Remittance {
            kind: FixedBytes::ZERO,
            text: String::new(),
        });
    };
    let (kind, text) = text.split_once(':').unwrap_or((text, ""));
    Ok(IPolicy::Remittance {
        kind: typed::reference(output, kind)?,
        text: text.to_owned(),
    })
}
