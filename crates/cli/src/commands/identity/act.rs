//! What an organisation does with its accounts, roles and keys.

use super::arguments::{Key, Member, Recovery, Role, Target};
use super::show::{permissions_text, role_name};
use crate::{
    commands::{acting::Actor, names::Names, of_client, parse},
    failure::Failure,
    messages::{IdentityAct as Act, Message, words},
    output::Output,
};
use alloy_primitives::{Address, U256};
use qiantang_client::{
    Module,
    identity::{Consent, IIdentity, Identity},
};

/// An actor, the module, and the account that something is done to.
struct On {
    actor: Actor,
    module: Module<Identity>,
    account: Address,
    name: String,
}

impl On {
    async fn open(output: Output, target: &Target) -> Result<Self, Failure> {
        let actor = Actor::open(output, &target.acting).await?;
        Ok(Self {
            module: actor.module(),
            account: target.account,
            name: actor.names.address(target.account).await?,
            actor,
        })
    }

    /// The role of the actor's organisation that was typed.
    async fn role(&self, text: &str) -> Result<(u8, String), Failure> {
        find_role(&self.actor, text).await
    }
}

/// The number and name of the role of the actor's organisation that was typed.
pub(crate) async fn find_role(actor: &Actor, text: &str) -> Result<(u8, String), Failure> {
    let role = role_of(&actor.names, actor.output, actor.record.organisation, text).await?;
    Ok((role.number, role_name(actor.output, &role)))
}

/// The role of an organisation that was typed as number, word or name.
async fn role_of(
    names: &Names,
    output: Output,
    organisation: u64,
    text: &str,
) -> Result<IIdentity::Role, Failure> {
    let number = words::ROLE.find(text).or_else(|| text.parse().ok());
    let roles = names.identity().roles(organisation).await;
    let roles = roles.map_err(of_client(output))?.entries;
    let found = roles
        .into_iter()
        .find(|role| number == Some(role.number) || role.name == text);
    found.ok_or_else(|| {
        let kind = output.lang.text(Message::WordRole);
        let failure = output.failure(Message::HashInvalid, &[&text, &kind]);
        failure.hint(output.lang, Message::RolesHint)
    })
}

fn consent_of(output: Output, text: &str) -> Result<Consent, Failure> {
    let consent = parse(output, text, Message::WordConsent);
    consent.map_err(|failure: Failure| failure.hint(output.lang, Message::ConsentHint))
}

/// Members and their roles.
pub(super) async fn member(output: Output, what: Member) -> Result<(), Failure> {
    match what {
        Member::Add {
            consent,
            roles,
            level,
            target,
        } => add(output, &consent, roles, (level, target)).await,
        Member::Leave { acting } => {
            let actor = Actor::open(output, &acting).await?;
            let account = actor.record.account;
            let call = IIdentity::leaveOrganisationCall {};
            let acted = actor
                .act::<Identity>(&call, Act::Leave, &[&account])
                .await?;
            acted.done()
        }
        Member::Grant { target, role } => {
            let on = On::open(output, &target).await?;
            let (role, name) = on.role(&role).await?;
            let call = IIdentity::grantRoleCall {
                account: on.account,
                role,
            };
            on.actor
                .act::<Identity>(&call, Act::Grant, &[&on.name, &name])
                .await?
                .done()
        }
        Member::Revoke { target, role } => {
            let on = On::open(output, &target).await?;
            let (role, name) = on.role(&role).await?;
            let call = IIdentity::revokeRoleCall {
                account: on.account,
                role,
            };
            on.actor
                .act::<Identity>(&call, Act::Revoke, &[&on.name, &name])
                .await?
                .done()
        }
        other => standing(output, other).await,
    }
}

/// Takes an account in.
async fn add(
    output: Output,
    consent: &str,
    roles: Vec<String>,
    (level, target): (u8, Target),
) -> Result<(), Failure> {
    let consent = consent_of(output, consent)?;
    let on = On::open(output, &target).await?;
    let (mut numbers, mut names) = (Vec::new(), Vec::new());
    for role in &roles {
        let (number, name) = on.role(role).await?;
        numbers.push(number);
        names.push(name);
    }
    if names.is_empty() {
        names.push(output.lang.text(Act::Nobody).to_owned());
    }
    let call = IIdentity::addAccountCall {
        account: on.account,
        roles: numbers,
        level,
        deadline: consent.deadline,
        signature: consent.signature,
    };
    let names = names.join(", ");
    on.actor
        .act::<Identity>(&call, Act::Add, &[&on.name, &names, &level])
        .await?
        .done()
}

/// The standing of an account in its organisation.
async fn standing(output: Output, what: Member) -> Result<(), Failure> {
    macro_rules! act {
        (
            $target:expr, $act:expr,
            $call:ident { $($field:ident: $value:expr),* }, $($word:expr),*
        ) => {{
            let on = On::open(output, &$target).await?;
            let call = IIdentity::$call { account: on.account, $($field: $value),* };
            on.actor.act::<Identity>(&call, $act, &[&on.name $(, &$word)*]).await?.done()
        }};
    }
    match what {
        Member::Remove(target) => act!(target, Act::Remove, removeAccountCall {},),
        Member::Restore(target) => act!(target, Act::Restore, restoreAccountCall {},),
        Member::Suspend { reason, target } => {
            act!(
                target,
                Act::Suspend,
                suspendAccountCall {
                    reason: reason.clone()
                },
                reason
            )
        }
        Member::Close { reason, target } => {
            act!(
                target,
                Act::Close,
                closeAccountCall {
                    reason: reason.clone()
                },
                reason
            )
        }
        Member::Level { target, level: to } => {
            act!(target, Act::Level, setLevelCall { level: to }, to)
        }
        Member::Attributes { target, hash } => {
            act!(
                target,
                Act::Attributes,
                setAttributesCall {
                    attributesHash: hash
                },
                hash
            )
        }
        Member::Add { .. }
        | Member::Leave { .. }
        | Member::Grant { .. }
        | Member::Revoke { .. } => {
            unreachable!("`member` does these itself")
        }
    }
}

fn permissions_of(output: Output, typed: &[String]) -> Result<U256, Failure> {
    let mut mask = U256::ZERO;
    for text in typed {
        let number = words::permission(text).ok_or_else(|| {
            let mut all = words::PERMISSION.keys();
            all.insert(0, words::PERMISSION.key(0));
            output.failure(Message::UnknownWord, &[text, &all.join(", ")])
        })?;
        mask |= U256::ONE << usize::from(number);
    }
    Ok(mask)
}

/// Roles of the actor's organisation.
pub(super) async fn role(output: Output, what: Role) -> Result<(), Failure> {
    match what {
        Role::Create {
            name,
            permissions,
            acting,
        } => {
            let permissions = permissions_of(output, &permissions)?;
            let actor = Actor::open(output, &acting).await?;
            let may = permissions_text(output, permissions);
            let call = IIdentity::createRoleCall {
                name: name.clone(),
                permissions,
            };
            let acted = actor
                .act::<Identity>(&call, Act::RoleCreate, &[&name, &may])
                .await?;
            let made: Vec<IIdentity::RoleSet> = Module::<Identity>::events(acted.receipt());
            acted.made(Act::WhatRole, made.first().map(|made| made.role.into()))
        }
        Role::Change {
            role,
            rename,
            permissions,
            acting,
        } => {
            let actor = Actor::open(output, &acting).await?;
            change_role(&actor, &role, rename, &permissions).await
        }
        Role::Remove { role, acting } => {
            let actor = Actor::open(output, &acting).await?;
            let (role, name) = find_role(&actor, &role).await?;
            let call = IIdentity::removeRoleCall { role };
            actor
                .act::<Identity>(&call, Act::RoleRemove, &[&name])
                .await?
                .done()
        }
        Role::NamePermission {
            permission,
            name,
            acting,
        } => {
            let actor = Actor::open(output, &acting).await?;
            let call = IIdentity::namePermissionCall {
                permission,
                name: name.clone(),
            };
            actor
                .act::<Identity>(&call, Act::PermissionName, &[&permission, &name])
                .await?
                .done()
        }
    }
}

/// Gives a role another name, other permissions or both.
async fn change_role(
    actor: &Actor,
    role: &str,
    rename: Option<String>,
    permissions: &[String],
) -> Result<(), Failure> {
    let output = actor.output;
    let organisation = actor.record.organisation;
    let before = role_of(&actor.names, output, organisation, role).await?;
    let name = rename.unwrap_or_else(|| before.name.clone());
    let permissions = match permissions {
        [] => before.permissions,
        typed => permissions_of(output, typed)?,
    };
    let may = permissions_text(output, permissions);
    let call = IIdentity::changeRoleCall {
        role: before.number,
        name: name.clone(),
        permissions,
    };
    actor
        .act::<Identity>(&call, Act::RoleChange, &[&before.name, &name, &may])
        .await?
        .done()
}

/// The key of the actor's account.
pub(super) async fn key(output: Output, what: Key) -> Result<(), Failure> {
    let Key::Rotate {
        new_key,
        consent,
        acting,
    } = what;
    let consent = consent_of(output, &consent)?;
    let actor = Actor::open(output, &acting).await?;
    let call = IIdentity::rotateKeyCall {
        newKey: new_key,
        deadline: consent.deadline,
        signature: consent.signature,
    };
    let (account, old) = (actor.record.account, actor.record.currentKey);
    actor
        .act::<Identity>(&call, Act::Rotate, &[&account, &new_key, &old])
        .await?
        .done()
}

/// Accounts whose key is lost.
pub(super) async fn recovery(output: Output, what: Recovery) -> Result<(), Failure> {
    match what {
        Recovery::Show { account, rpc } => super::show::recovery(output, account, &rpc).await,
        Recovery::Rules {
            votes,
            delay,
            acting,
        } => {
            let actor = Actor::open(output, &acting).await?;
            let shown = humantime::format_duration(delay);
            let delay = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
            let call = IIdentity::setRecoveryCall { votes, delay };
            actor
                .act::<Identity>(&call, Act::RecoveryRules, &[&votes, &shown])
                .await?
                .done()
        }
        Recovery::Propose {
            target,
            new_key,
            consent,
        } => {
            let consent = consent_of(output, &consent)?;
            let on = On::open(output, &target).await?;
            let call = IIdentity::proposeRecoveryCall {
                account: on.account,
                newKey: new_key,
                deadline: consent.deadline,
                signature: consent.signature,
            };
            on.actor
                .act::<Identity>(&call, Act::RecoveryPropose, &[&on.name, &new_key])
                .await?
                .done()
        }
        other => under_way(output, other).await,
    }
}

/// A recovery that was proposed.
async fn under_way(output: Output, what: Recovery) -> Result<(), Failure> {
    let (target, act) = match &what {
        Recovery::Approve(target) => (target, Act::RecoveryApprove),
        Recovery::Withdraw(target) => (target, Act::RecoveryWithdraw),
        Recovery::Object { target, .. } => (target, Act::RecoveryObject),
        Recovery::Finish(target) => (target, Act::RecoveryFinish),
        Recovery::Show { .. } | Recovery::Rules { .. } | Recovery::Propose { .. } => {
            unreachable!("`recovery` does these itself")
        }
    };
    let on = On::open(output, target).await?;
    let account = on.account;
    let found = on.module.view(&IIdentity::recoveryCall { account }).await;
    let key = found.map_err(of_client(output))?.newKey;
    let actor = &on.actor;
    let acted = match what {
        Recovery::Approve(_) => {
            let call = IIdentity::approveRecoveryCall { account };
            actor.act::<Identity>(&call, act, &[&on.name, &key]).await
        }
        Recovery::Withdraw(_) => {
            let call = IIdentity::withdrawRecoveryCall { account };
            actor.act::<Identity>(&call, act, &[&on.name, &key]).await
        }
        Recovery::Object { consent, .. } => {
            let signature = match consent {
                Some(text) => consent_of(output, &text)?.signature,
                None => Default::default(),
            };
            let call = IIdentity::objectToRecoveryCall { account, signature };
            actor.act::<Identity>(&call, act, &[&on.name, &key]).await
        }
        _ => {
            let call = IIdentity::finishRecoveryCall { account };
            actor.act::<Identity>(&call, act, &[&on.name, &key]).await
        }
    };
    acted?.done()
}
