//! Organisations: how they come, rest and go. The members decide; Governance calls.

use super::{
    ADMINISTRATOR, ADMINISTRATORS_MAX, AccountRecord, AccountStatus, GOVERNANCE, Grants,
    IIdentity::{
        self, AccountAdded, AlreadyMember, InvalidJurisdiction, InvalidKind, InvalidName, KeyInUse,
        LastOrganisation, NameTaken, NoAdministrators, NotGovernance, OrganisationAdmitted,
        OrganisationStatusChanged, ReasonMissing, RoleGranted, UnknownOrganisation,
        WrongOrganisationStatus, admitOrganisationCall,
    },
    Identity, JURISDICTION_BYTES_MAX, KeyState, Keys, NAME_BYTES_MAX, OrganisationHead,
    OrganisationKind, OrganisationStatus, REASON_BYTES_MAX, access,
    members::{self, Member},
    organisation_number, permission,
};
use crate::{Context, Halt, IModule::LimitExceeded, emit};
use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolError as _, SolInterface as _};
use qiantang_types::ChainSpec;

/// Admits the organisations of the chain spec, in its order.
pub(crate) fn genesis(ctx: &mut dyn Context, spec: &ChainSpec) -> Result<(), Halt> {
    for (index, founder) in spec.organisations.iter().enumerate() {
        let refuse = |reason: String| {
            Halt::Fatal(format!(
                "the chain spec's organisations[{index}] ({:?}): {reason}",
                founder.name
            ))
        };
        let kind = kind_named(&founder.kind).ok_or_else(|| {
            refuse(format!(
                "the kind {:?} is unknown; write one of {}",
                founder.kind,
                KINDS.map(|(name, _)| name).join(", ")
            ))
        })?;
        let admission = admitOrganisationCall {
            name: founder.name.clone(),
            kind,
            jurisdiction: founder.jurisdiction.clone(),
            administrators: founder.administrators.clone(),
        };
        admit(ctx, &admission).map_err(|halt| match halt {
            Halt::Revert(data) => refuse(explain(&data)),
            other => other,
        })?;
    }
    Ok(())
}

/// A refusal in words, for the log of the node that makes the genesis state.
fn explain(data: &[u8]) -> String {
    let own = IIdentity::IIdentityErrors::abi_decode(data).map(|error| format!("{error:?}"));
    let limit = |error: LimitExceeded| {
        format!(
            "{}: {}, the limit is {}",
            error.limit, error.value, error.maximum
        )
    };
    own.or_else(|_| LimitExceeded::abi_decode(data).map(limit))
        .unwrap_or_else(|_| "it is refused".to_owned())
}

const KINDS: [(&str, OrganisationKind); 10] = [
    ("bank", OrganisationKind::Bank),
    ("enterprise", OrganisationKind::Enterprise),
    ("hospital", OrganisationKind::Hospital),
    ("university", OrganisationKind::University),
    ("court", OrganisationKind::Court),
    ("regulator", OrganisationKind::Regulator),
    ("government", OrganisationKind::Government),
    ("insurer", OrganisationKind::Insurer),
    ("association", OrganisationKind::Association),
    ("other", OrganisationKind::Other),
];

/// The kind with this name, in small or capital letters.
pub fn kind_named(name: &str) -> Option<OrganisationKind> {
    KINDS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, kind)| *kind)
}

/// Refuses everybody but Governance.
pub(super) fn require_governance(ctx: &dyn Context) -> Result<(), Halt> {
    if ctx.caller() == GOVERNANCE {
        return Ok(());
    }
    let caller = ctx.caller();
    Err(Halt::revert(NotGovernance { caller }))
}

/// Admits an organisation and gives its number.
pub(super) fn admit(ctx: &mut dyn Context, call: &admitOrganisationCall) -> Result<u64, Halt> {
    check_name(&call.name)?;
    check_jurisdiction(&call.jurisdiction)?;
    if matches!(
        call.kind,
        OrganisationKind::None | OrganisationKind::__Invalid
    ) {
        return Err(Halt::revert(InvalidKind {}));
    }
    let count = call.administrators.len();
    if count == 0 {
        return Err(Halt::revert(NoAdministrators {}));
    }
    let count = within_limit("administrators", count, ADMINISTRATORS_MAX as usize)?;
    let storage = Identity::storage();
    let mut totals = storage.totals.get(ctx)?;
    totals.admitted = totals.admitted.saturating_add(1);
    totals.active = totals.active.saturating_add(1);
    storage.totals.set(ctx, &totals)?;
    let number = totals.admitted;
    take_name(ctx, &call.name, number)?;
    let entry = storage.organisations.at(ctx, &number)?;
    let admitted = ctx.time().get();
    entry.head.set(
        ctx,
        &OrganisationHead {
            kind: call.kind,
            status: OrganisationStatus::Active,
            administrators: count as u32,
            roles: 0,
            admitted,
            changed: admitted,
        },
    )?;
    entry.name.set(ctx, &call.name)?;
    entry.jurisdiction.set(ctx, &call.jurisdiction)?;
    emit(
        ctx,
        &OrganisationAdmitted {
            organisation: number,
            kind: call.kind,
            name: call.name.clone(),
            jurisdiction: call.jurisdiction.clone(),
        },
    )?;
    for administrator in &call.administrators {
        found(ctx, number, *administrator)?;
    }
    Ok(number)
}

/// Makes an account one of the first administrators of an organisation.
fn found(ctx: &mut dyn Context, organisation: u64, account: Address) -> Result<(), Halt> {
    let by = ctx.caller();
    enrol(ctx, organisation, account)?;
    let entry = Identity::storage().accounts.at(ctx, &account)?;
    let grants = entry.grants.get(ctx)?;
    let roles = permission::bit(ADMINISTRATOR);
    let own = Identity::storage().organisations.at(ctx, &organisation)?;
    own.administrators.insert(ctx, &account)?;
    entry.grants.set(ctx, &Grants { roles, ..grants })?;
    emit(
        ctx,
        &AccountAdded {
            organisation,
            account,
            by,
            level: 0,
        },
    )?;
    emit(
        ctx,
        &RoleGranted {
            organisation,
            account,
            by,
            role: ADMINISTRATOR,
        },
    )
}

/// Makes an account a member without roles. Its consent has been checked.
pub(super) fn enrol(
    ctx: &mut dyn Context,
    organisation: u64,
    account: Address,
) -> Result<(), Halt> {
    let storage = Identity::storage();
    let entry = storage.accounts.at(ctx, &account)?;
    let record = entry.record.get(ctx)?;
    let is_key = record.key == KeyState::Signer
        || (record.key == KeyState::Revoked && record.signer_for != Address::ZERO);
    if is_key || account == Address::ZERO || organisation_number(account).is_some() {
        return Err(Halt::revert(KeyInUse { key: account }));
    }
    if record.organisation != 0 {
        let former = access::head(ctx, record.organisation)?;
        if former.status != OrganisationStatus::Removed {
            return Err(Halt::revert(AlreadyMember {
                account,
                organisation: record.organisation,
            }));
        }
        // Nobody is left there who could let it go. A closed account stays closed.
        let member = Member::of(ctx, record.organisation, account)?;
        members::dismiss(ctx, &member, account)?;
    }
    let members = storage.organisations.at(ctx, &organisation)?.members;
    members.insert(ctx, &account)?;
    let count = members.len(ctx)?;
    within_limit(
        "accounts of an organisation",
        count as usize,
        super::MEMBERS_MAX as usize,
    )?;
    entry.record.set(
        ctx,
        &AccountRecord {
            organisation,
            status: AccountStatus::Active,
            level: 0,
            ..record
        },
    )?;
    let joined = ctx.time().get();
    entry.grants.set(
        ctx,
        &Grants {
            roles: 0,
            joined,
            changed: joined,
        },
    )?;
    let keys = entry.keys.get(ctx)?;
    let nonce = keys.nonce.saturating_add(1);
    entry.keys.set(ctx, &Keys { nonce, ..keys })
}

/// A decision of the members about an organisation: suspend, restore or remove it.
pub(super) fn decide(
    ctx: &mut dyn Context,
    organisation: u64,
    status: OrganisationStatus,
    reason: Option<&str>,
) -> Result<(), Halt> {
    require_governance(ctx)?;
    if let Some(reason) = reason {
        check_reason(reason)?;
    }
    set_status(ctx, organisation, status, reason.unwrap_or_default())
}

fn set_status(
    ctx: &mut dyn Context,
    organisation: u64,
    status: OrganisationStatus,
    reason: &str,
) -> Result<(), Halt> {
    let storage = Identity::storage();
    let entry = storage.organisations.at(ctx, &organisation)?;
    let head = entry.head.get(ctx)?;
    let was = head.status;
    if was == OrganisationStatus::None {
        return Err(Halt::revert(UnknownOrganisation { organisation }));
    }
    let is_possible = match status {
        OrganisationStatus::Active => was == OrganisationStatus::Suspended,
        OrganisationStatus::Suspended => was == OrganisationStatus::Active,
        _ => was != OrganisationStatus::Removed,
    };
    if !is_possible {
        return Err(Halt::revert(WrongOrganisationStatus {
            organisation,
            status: was,
        }));
    }
    let mut totals = storage.totals.get(ctx)?;
    if status == OrganisationStatus::Active {
        totals.active = totals.active.saturating_add(1);
    } else if was == OrganisationStatus::Active {
        totals.active = totals.active.saturating_sub(1);
        if totals.active == 0 {
            return Err(Halt::revert(LastOrganisation { organisation }));
        }
    }
    storage.totals.set(ctx, &totals)?;
    let changed = ctx.time().get();
    entry.head.set(
        ctx,
        &OrganisationHead {
            status,
            changed,
            ..head
        },
    )?;
    if status == OrganisationStatus::Removed {
        let name = entry.name.get(ctx)?;
        storage.names.at(ctx, &name)?.set(ctx, &0)?;
    }
    emit(
        ctx,
        &OrganisationStatusChanged {
            organisation,
            status,
            reason: reason.to_owned(),
        },
    )
}

fn take_name(ctx: &mut dyn Context, name: &String, organisation: u64) -> Result<(), Halt> {
    let slot = Identity::storage().names.at(ctx, name)?;
    let holder = slot.get(ctx)?;
    if holder != 0 {
        return Err(Halt::revert(NameTaken {
            name: name.clone(),
            organisation: holder,
        }));
    }
    slot.set(ctx, &organisation)
}

/// Refuses a name that people could not tell from another, or that is too long.
pub(super) fn check_name(name: &str) -> Result<(), Halt> {
    within_limit("bytes of a name", name.len(), NAME_BYTES_MAX)?;
    let is_plain = !name.is_empty()
        && name.trim() == name
        && !name
            .chars()
            .any(|letter| letter.is_control() || is_invisible(letter));
    if is_plain {
        return Ok(());
    }
    Err(Halt::revert(InvalidName {
        name: name.to_owned(),
    }))
}

/// Characters that change how a text looks without being seen: format characters of Unicode.
fn is_invisible(letter: char) -> bool {
    let ranges = [
        ('\u{ad}', '\u{ad}'),
        ('\u{61c}', '\u{61c}'),
        ('\u{180e}', '\u{180e}'),
        ('\u{200b}', '\u{200f}'),
        ('\u{202a}', '\u{202e}'),
        ('\u{2060}', '\u{206f}'),
        ('\u{feff}', '\u{feff}'),
        ('\u{fff9}', '\u{fffb}'),
        ('\u{e0000}', '\u{e007f}'),
    ];
    ranges
        .iter()
        .any(|(first, last)| (*first..=*last).contains(&letter))
}

/// Refuses what is no ISO 3166-1 code, alone or with a subdivision (ISO 3166-2, GB/T 2260).
fn check_jurisdiction(jurisdiction: &str) -> Result<(), Halt> {
    within_limit(
        "bytes of a jurisdiction",
        jurisdiction.len(),
        JURISDICTION_BYTES_MAX,
    )?;
    let (country, division) = match jurisdiction.split_once('-') {
        Some((country, division)) => (country, Some(division)),
        None => (jurisdiction, None),
    };
    let is_code = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let is_country = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
    if is_country && division.is_none_or(|code| !code.is_empty() && code.bytes().all(is_code)) {
        return Ok(());
    }
    Err(Halt::revert(InvalidJurisdiction {
        jurisdiction: jurisdiction.to_owned(),
    }))
}

/// Refuses an action without a reason, or one too long to be read.
pub(super) fn check_reason(reason: &str) -> Result<(), Halt> {
    within_limit("bytes of a reason", reason.len(), REASON_BYTES_MAX)?;
    if reason.trim().is_empty() {
        return Err(Halt::revert(ReasonMissing {}));
    }
    Ok(())
}

/// Gives the value back where it is within a limit.
pub(super) fn within_limit(limit: &str, value: usize, maximum: usize) -> Result<usize, Halt> {
    if value <= maximum {
        return Ok(value);
    }
    Err(Halt::revert(LimitExceeded {
        limit: limit.to_owned(),
        value: U256::from(value),
        maximum: U256::from(maximum),
    }))
}
