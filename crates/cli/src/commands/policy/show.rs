//! Rules, quotas and regulators, as the chain knows them.

use super::{Asked, rule_text};
use crate::{
    commands::{of_client, typed},
    failure::Failure,
    messages::{GovernanceAct, Message, PolicyAct as Act, words},
    output::{shown, table, time},
};
use alloy_primitives::{Address, FixedBytes};
use qiantang_client::policy::IPolicy;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleView {
    #[serde(serialize_with = "shown")]
    target: Address,
    #[serde(skip_serializing_if = "Option::is_none")]
    selector: Option<FixedBytes<4>>,
    subject: String,
    organisation: u64,
    role: u8,
    allow: u8,
    deny: u8,
}

/// The rules of the chain, or of an organisation, about a target.
pub(super) async fn rules(
    asked: &Asked,
    target: Address,
    of: Option<String>,
) -> Result<(), Failure> {
    let output = asked.output;
    let (organisation, name) = match of {
        Some(text) => {
            let number = asked.names.find(&text).await?;
            (number, asked.names.organisation(number).await?)
        }
        None => (0, output.lang.text(Act::TheChain).to_owned()),
    };
    let found = asked.module.rules(organisation, target).await;
    let found = found.map_err(of_client(output))?;
    let (mut views, mut lines) = (Vec::new(), Vec::new());
    for rule in &found.entries {
        lines.push(rule_text(output, &asked.names, rule).await?);
        views.push(RuleView {
            target: rule.target,
            selector: rule.hasSelector.then_some(rule.selector),
            subject: words::SUBJECT.key(rule.subject as u8),
            organisation: rule.organisation,
            role: rule.role,
            allow: rule.allow,
            deny: rule.deny,
        });
    }
    let about = match target.is_zero() {
        true => output.lang.text(Act::Everything).to_owned(),
        false => asked.names.address(target).await?,
    };
    output.data(&views, || {
        let title = output.say(Act::Rules, &[&name, &about, &views.len()]);
        let mut text = format!("{title}\n  {}\n", lines.join("\n  "));
        if !found.complete {
            text.push_str(output.lang.text(Message::ListCut));
        }
        text
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct QuotaView {
    organisation: u64,
    gas_per_block: u64,
    gas_per_day: u64,
    bytes_per_block: u64,
    bytes_per_day: u64,
    gas_in_block: u64,
    gas_in_day: u64,
    bytes_in_block: u64,
    bytes_in_day: u64,
}

/// What a member may use, and has used.
pub(super) async fn quota(asked: &Asked, organisation: &str) -> Result<(), Failure> {
    let output = asked.output;
    let organisation = asked.names.find(organisation).await?;
    let name = asked.names.organisation(organisation).await?;
    let found = asked
        .module
        .view(&IPolicy::quotaOfCall { organisation })
        .await;
    let found = found.map_err(of_client(output))?;
    let (quota, usage) = (found.quota, found.usage);
    let view = QuotaView {
        organisation,
        gas_per_block: quota.gasPerBlock,
        gas_per_day: quota.gasPerDay,
        bytes_per_block: quota.bytesPerBlock,
        bytes_per_day: quota.bytesPerDay,
        gas_in_block: usage.gasInBlock,
        gas_in_day: usage.gasInDay,
        bytes_in_block: usage.bytesInBlock,
        bytes_in_day: usage.bytesInDay,
    };
    output.data(&view, || {
        let of = |used: u64, limit: u64| {
            let limit = match limit {
                0 | u64::MAX => output.lang.text(Act::NoLimit).to_owned(),
                limit => limit.to_string(),
            };
            output.say(Act::QuotaText, &[&used, &limit])
        };
        let word = |text| output.lang.text(text);
        let rows = [
            (
                word(Act::GasPerBlock),
                of(usage.gasInBlock, quota.gasPerBlock),
            ),
            (word(Act::GasPerDay), of(usage.gasInDay, quota.gasPerDay)),
            (
                word(Act::BytesPerBlock),
                of(usage.bytesInBlock, quota.bytesPerBlock),
            ),
            (
                word(Act::BytesPerDay),
                of(usage.bytesInDay, quota.bytesPerDay),
            ),
        ];
        table(&output.say(Act::QuotaOf, &[&name]), &rows)
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AppointmentView {
    appointment: u64,
    organisation: u64,
    organisation_name: String,
    jurisdiction: String,
    powers: Vec<String>,
    since: u64,
    until: u64,
    serving: bool,
}

/// Every appointment of a regulator.
pub(super) async fn regulators(asked: &Asked) -> Result<(), Failure> {
    let output = asked.output;
    let found = asked.module.appointments().await;
    let found = found.map_err(of_client(output))?;
    let (mut views, mut rows) = (Vec::new(), Vec::new());
    for entry in &found.entries {
        let name = asked.names.organisation(entry.organisation).await?;
        let powers = typed::set_text(output, &words::POWER, entry.powers);
        let reach = match entry.jurisdiction.as_str() {
            "" => output.lang.text(GovernanceAct::WholeChain),
            code => code,
        };
        let state = output.lang.text(match entry.serving {
            true => Act::Serving,
            false => Act::NotServing,
        });
        let until = time(entry.until);
        let said: [&dyn std::fmt::Display; 5] = [&name, &reach, &state, &until, &powers];
        rows.push((entry.id.to_string(), output.say(Act::RegulatorText, &said)));
        views.push(AppointmentView {
            appointment: entry.id,
            organisation: entry.organisation,
            organisation_name: name,
            jurisdiction: entry.jurisdiction.clone(),
            powers: typed::set_keys(&words::POWER, entry.powers),
            since: entry.since,
            until: entry.until,
            serving: entry.serving,
        });
    }
    output.data(&views, || {
        let rows: Vec<(&str, String)> = rows
            .iter()
            .map(|(number, text)| (number.as_str(), text.clone()))
            .collect();
        let mut text = table(&output.say(Act::Regulators, &[&views.len()]), &rows);
        if !found.complete {
            text.push_str(output.lang.text(Message::ListCut));
        }
        text
    })
}
