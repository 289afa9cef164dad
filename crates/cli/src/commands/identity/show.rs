//! Organisations and accounts, as the chain knows them.

use super::super::{connect, names, names::Names, of_client, parse};
use crate::{
    arguments::Rpc,
    failure::Failure,
    messages::{IdentityAct as Act, Message, words},
    output::{Output, all_shown, shown, table, time},
};
use alloy_primitives::{Address, U256};
use qiantang_client::identity::IIdentity::{self, Account, KeyState, Organisation, Role};
use serde::Serialize;
use std::time::Duration;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OrganisationView {
    number: u64,
    name: String,
    #[serde(serialize_with = "shown")]
    address: Address,
    kind: String,
    jurisdiction: String,
    status: String,
    members: u64,
    administrators: u32,
    admitted: u64,
    recovery_votes: u8,
    recovery_delay: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccountView {
    #[serde(serialize_with = "shown")]
    account: Address,
    organisation: u64,
    organisation_name: Option<String>,
    status: String,
    active: bool,
    level: u8,
    restricted: bool,
    #[serde(serialize_with = "shown")]
    key: Address,
    key_state: String,
    roles: Vec<String>,
    permissions: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RoleView {
    number: u8,
    name: String,
    permissions: Vec<String>,
    holders: u32,
}

impl OrganisationView {
    fn new(found: &Organisation) -> Self {
        Self {
            number: found.number,
            name: found.name.clone(),
            address: found.party,
            kind: words::ORGANISATION_KIND.key(found.kind as u8),
            jurisdiction: found.jurisdiction.clone(),
            status: words::ORGANISATION_STATUS.key(found.status as u8),
            members: found.members,
            administrators: found.administrators,
            admitted: found.admitted,
            recovery_votes: found.recoveryVotes,
            recovery_delay: found.recoveryDelay,
        }
    }
}

/// The name of a role: that of a built-in one in the reader's language.
pub(crate) fn role_name(output: Output, role: &Role) -> String {
    match words::ROLE.say(output.lang, role.number) {
        _ if usize::from(role.number) >= words::ROLE.0.len() => role.name.clone(),
        word => word.to_owned(),
    }
}

fn permission_numbers(mask: U256) -> impl Iterator<Item = u8> {
    (0..=u8::MAX).filter(move |number| mask.bit(usize::from(*number)))
}

fn permission_words(mask: U256) -> Vec<String> {
    let known = words::PERMISSION.0.len();
    let word = |number: u8| match usize::from(number) < known {
        true => words::PERMISSION.key(number),
        false => number.to_string(),
    };
    permission_numbers(mask).map(word).collect()
}

/// What a set of permissions allows, in the reader's language.
pub(super) fn permissions_text(output: Output, mask: U256) -> String {
    let known = words::PERMISSION.0.len();
    let word = |number: u8| match usize::from(number) < known {
        true => words::PERMISSION.say(output.lang, number).to_owned(),
        false => number.to_string(),
    };
    let all: Vec<String> = permission_numbers(mask).map(word).collect();
    match all.is_empty() {
        true => output.lang.text(Act::Nobody).to_owned(),
        false => all.join(", "),
    }
}

/// All organisations.
pub(super) async fn list(output: Output, names: &Names) -> Result<(), Failure> {
    let found = names.identity().organisations().await;
    let found = found.map_err(of_client(output))?;
    let views: Vec<OrganisationView> = found.entries.iter().map(OrganisationView::new).collect();
    output.data(&views, || {
        let numbers: Vec<String> = views.iter().map(|view| view.number.to_string()).collect();
        let rows: Vec<(&str, String)> = numbers
            .iter()
            .zip(&found.entries)
            .map(|(number, entry)| (number.as_str(), in_line(output, entry)))
            .collect();
        table(&output.say(Act::Organisations, &[&views.len()]), &rows)
    })
}

fn in_line(output: Output, found: &Organisation) -> String {
    let kind = words::ORGANISATION_KIND.say(output.lang, found.kind as u8);
    let status = words::ORGANISATION_STATUS.say(output.lang, found.status as u8);
    let (name, jurisdiction) = (&found.name, &found.jurisdiction);
    format!("{name}  {kind}, {jurisdiction}, {status}")
}

/// An organisation, by its number, name or address, or an account.
pub(super) async fn show(output: Output, names: &Names, who: &str) -> Result<(), Failure> {
    match who.parse::<Address>() {
        Ok(address) => match names::party(address) {
            Some(number) => organisation(output, names, number).await,
            None => account(output, names, address).await,
        },
        Err(_) => organisation(output, names, names.find(who).await?).await,
    }
}

async fn organisation(output: Output, names: &Names, number: u64) -> Result<(), Failure> {
    let found = names.identity().organisation(number).await;
    let found = found.map_err(of_client(output))?;
    output.data(&OrganisationView::new(&found), || {
        let word = |text| output.lang.text(text);
        let delay = humantime::format_duration(Duration::from_millis(found.recoveryDelay));
        let recovery = output.say(Act::RecoveryText, &[&found.recoveryVotes, &delay]);
        let kind = words::ORGANISATION_KIND.say(output.lang, found.kind as u8);
        let status = words::ORGANISATION_STATUS.say(output.lang, found.status as u8);
        let rows = [
            (word(Act::Number), found.number.to_string()),
            (word(Act::Kind), kind.to_owned()),
            (word(Act::Jurisdiction), found.jurisdiction.clone()),
            (word(Act::Status), status.to_owned()),
            (word(Act::Party), found.party.to_string()),
            (word(Act::MemberCount), found.members.to_string()),
            (word(Act::Administrators), found.administrators.to_string()),
            (word(Act::Admitted), time(found.admitted)),
            (word(Act::Recovery), recovery),
        ];
        table(&found.name, &rows)
    })
}

async fn account(output: Output, names: &Names, account: Address) -> Result<(), Failure> {
    let found = names.account(account).await?;
    let roles = roles_of(output, names, found.organisation).await?;
    let organisation = match found.organisation {
        0 => None,
        number => Some(names.organisation(number).await?),
    };
    let view = account_view(output, &found, (organisation, &roles));
    output.data(&view, || account_text(output, &found, &view))
}

async fn roles_of(output: Output, names: &Names, organisation: u64) -> Result<Vec<Role>, Failure> {
    if organisation == 0 {
        return Ok(Vec::new());
    }
    let roles = names.identity().roles(organisation).await;
    Ok(roles.map_err(of_client(output))?.entries)
}

fn account_view(
    output: Output,
    found: &Account,
    (organisation_name, roles): (Option<String>, &[Role]),
) -> AccountView {
    let named = |number: &u8| {
        let role = roles.iter().find(|role| role.number == *number);
        role.map_or_else(|| number.to_string(), |role| role_name(output, role))
    };
    AccountView {
        account: found.account,
        organisation: found.organisation,
        organisation_name,
        status: words::ACCOUNT_STATUS.key(found.status as u8),
        active: found.active,
        level: found.level,
        restricted: found.restricted,
        key: match found.key {
            KeyState::Signer => found.account,
            _ => found.currentKey,
        },
        key_state: words::KEY_STATE.key(found.key as u8),
        roles: found.roles.iter().map(named).collect(),
        permissions: permission_words(found.permissions),
    }
}

fn account_text(output: Output, found: &Account, view: &AccountView) -> String {
    let word = |text| output.lang.text(text);
    let nothing = || word(Act::Nobody).to_owned();
    let status = words::ACCOUNT_STATUS.say(output.lang, found.status as u8);
    let key = words::KEY_STATE.say(output.lang, found.key as u8);
    let key = match found.key {
        KeyState::Signer => format!("{key}: {}", found.signerFor),
        _ => format!("{} ({key})", view.key),
    };
    let roles = match view.roles.is_empty() {
        true => nothing(),
        false => view.roles.join(", "),
    };
    let rows = [
        (
            word(Act::Organisation),
            view.organisation_name.clone().unwrap_or_else(nothing),
        ),
        (word(Act::Status), status.to_owned()),
        (word(Act::LevelWord), found.level.to_string()),
        (word(Act::Key), key),
        (word(Act::RolesWord), roles),
        (
            word(Act::Permissions),
            permissions_text(output, found.permissions),
        ),
    ];
    let mut text = table(&found.account.to_string(), &rows);
    if found.restricted {
        text.push_str(word(Act::Restricted));
    }
    text
}

/// The accounts of an organisation.
pub(super) async fn members(output: Output, names: &Names, who: &str) -> Result<(), Failure> {
    let number = names.find(who).await?;
    let found = names.identity().members(number).await;
    let found = found.map_err(of_client(output))?;
    let roles = roles_of(output, names, number).await?;
    let name = names.organisation(number).await?;
    let views: Vec<AccountView> = found
        .entries
        .iter()
        .map(|entry| account_view(output, entry, (Some(name.clone()), &roles)))
        .collect();
    output.data(&views, || {
        let addresses: Vec<String> = views.iter().map(|v| v.account.to_string()).collect();
        let line = |entry: &Account, view: &AccountView| {
            let status = words::ACCOUNT_STATUS.say(output.lang, entry.status as u8);
            format!("{status}, {}", view.roles.join(", "))
        };
        let rows: Vec<(&str, String)> = addresses
            .iter()
            .zip(found.entries.iter().zip(&views))
            .map(|(address, (entry, view))| (address.as_str(), line(entry, view)))
            .collect();
        let mut text = table(&output.say(Act::Members, &[&name, &views.len()]), &rows);
        if !found.complete {
            text.push_str(output.lang.text(Message::ListCut));
        }
        text
    })
}

/// The roles of an organisation.
pub(super) async fn roles(output: Output, names: &Names, who: &str) -> Result<(), Failure> {
    let number = names.find(who).await?;
    let name = names.organisation(number).await?;
    let roles = roles_of(output, names, number).await?;
    let views: Vec<RoleView> = roles
        .iter()
        .map(|role| RoleView {
            number: role.number,
            name: role_name(output, role),
            permissions: permission_words(role.permissions),
            holders: role.holders,
        })
        .collect();
    output.data(&views, || {
        let titles: Vec<String> = views
            .iter()
            .map(|view| format!("{} {}", view.number, view.name))
            .collect();
        let rows: Vec<(&str, String)> = titles
            .iter()
            .zip(&roles)
            .map(|(title, role)| (title.as_str(), permissions_text(output, role.permissions)))
            .collect();
        table(&output.say(Act::Roles, &[&name]), &rows)
    })
}

/// The DID document of an account or organisation.
pub(super) async fn did(output: Output, names: &Names, who: &str) -> Result<(), Failure> {
    let subject = match who.rsplit_once(':') {
        Some((_, address)) if who.starts_with("did:qiantang:") => {
            parse(output, address, Message::WordAddress)?
        }
        _ => match who.parse::<Address>() {
            Ok(address) => address,
            Err(_) => {
                let number = names.find(who).await?;
                let found = names.identity().organisation(number).await;
                found.map_err(of_client(output))?.party
            }
        },
    };
    let resolved = names.identity().resolve(subject).await;
    let (_, document) = resolved.map_err(of_client(output))?;
    let document = document.ok_or_else(|| {
        let failure = output.failure(Message::DidUnknown, &[&who]);
        failure.hint(output.lang, Message::OrganisationsHint)
    })?;
    output.data(&document, || {
        serde_json::to_string_pretty(&document).unwrap_or_default()
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RecoveryView {
    #[serde(serialize_with = "shown")]
    account: Address,
    #[serde(serialize_with = "shown")]
    new_key: Address,
    #[serde(serialize_with = "all_shown")]
    approvals: Vec<Address>,
    needed: u8,
    ready: u64,
    expires: u64,
}

/// The recovery of an account that is under way.
pub(super) async fn recovery(output: Output, account: Address, rpc: &Rpc) -> Result<(), Failure> {
    let names = Names::new(output, connect(output, &rpc.rpc)?);
    let call = IIdentity::recoveryCall { account };
    let found = names.identity().view(&call).await;
    let found = found.map_err(of_client(output))?;
    let view = RecoveryView {
        account,
        new_key: found.newKey,
        approvals: found.approvals,
        needed: found.needed,
        ready: found.ready,
        expires: found.expires,
    };
    output.data(&view, || {
        let word = |text| output.lang.text(text);
        if view.new_key.is_zero() {
            return word(Message::ListEmpty).to_owned();
        }
        let by: Vec<String> = view.approvals.iter().map(ToString::to_string).collect();
        let approvals = [
            &by.len() as &dyn std::fmt::Display,
            &view.needed,
            &by.join(", "),
        ];
        let ready = match view.ready {
            0 => output.lang.text(Act::NotReady).to_owned(),
            at => time(at),
        };
        let rows = [
            (output.lang.text(Act::NewKey), view.new_key.to_string()),
            (
                output.lang.text(Act::Approvals),
                output.say(Act::ApprovalsText, &approvals),
            ),
            (output.lang.text(Act::Ready), ready),
            (output.lang.text(Act::Expires), time(view.expires)),
        ];
        table(&output.say(Act::RecoveryOf, &[&account]), &rows)
    })
}
