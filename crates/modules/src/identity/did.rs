//! Decentralised identifiers of accounts and organisations: `did:qiantang:<chain id>:<address>`.

use super::{
    ADMINISTRATORS_MAX, AccountStatus, IIdentity::DidSubject, Identity, KeyState,
    OrganisationStatus, access, organisation_address, organisation_number, permission, roles,
};
use crate::{Context, Halt, gas};
use alloy_primitives::Address;

const METHOD: &str = "did:qiantang:";

/// The DID of an account or of an organisation's address; letters are small.
pub fn did(chain_id: u64, subject: Address) -> String {
    format!("{METHOD}{chain_id}:{subject:#x}")
}

/// Chain id and address of a DID of this method.
pub fn parse_did(did: &str) -> Option<(u64, Address)> {
    let (chain, address) = did.strip_prefix(METHOD)?.split_once(':')?;
    let is_number = !chain.is_empty() && chain.bytes().all(|byte| byte.is_ascii_digit());
    let hex = address.strip_prefix("0x").filter(|hex| hex.len() == 40)?;
    let chain = is_number.then(|| chain.parse().ok())??;
    Some((chain, hex.parse().ok()?))
}

/// What a DID document says about an address.
pub(super) fn resolve(ctx: &mut dyn Context, subject: Address) -> Result<DidSubject, Halt> {
    match organisation_number(subject) {
        Some(number) => organisation(ctx, subject, number),
        None => account(ctx, subject),
    }
}

fn account(ctx: &mut dyn Context, subject: Address) -> Result<DidSubject, Halt> {
    let chain_id = ctx.chain_id();
    let entry = Identity::storage().accounts.at(ctx, &subject)?;
    let record = entry.record.get(ctx)?;
    let keys = entry.keys.get(ctx)?;
    let grants = entry.grants.get(ctx)?;
    let organisation = record.organisation;
    let is_key = record.signer_for != Address::ZERO;
    let mut names = Vec::new();
    for role in permission::numbers(grants.roles) {
        names.push(roles::name(ctx, organisation, role)?);
    }
    let is_closed = record.status == AccountStatus::Closed;
    Ok(DidSubject {
        did: did(chain_id, subject),
        found: keys.nonce != 0,
        isOrganisation: false,
        deactivated: is_closed || is_key,
        organisation,
        organisationName: access::organisation_name(ctx, organisation)?,
        controller: match organisation {
            0 => String::new(),
            number => did(chain_id, organisation_address(number)),
        },
        administrators: Vec::new(),
        keys: match record.key {
            _ if is_closed || is_key => Vec::new(),
            KeyState::Own => vec![subject],
            _ => vec![keys.current],
        },
        roles: names,
        created: grants.joined,
        updated: grants.changed,
    })
}

fn organisation(ctx: &mut dyn Context, subject: Address, number: u64) -> Result<DidSubject, Halt> {
    let chain_id = ctx.chain_id();
    let entry = Identity::storage().organisations.at(ctx, &number)?;
    let head = entry.head.get(ctx)?;
    let mut administrators = Vec::new();
    for index in 0..entry
        .administrators
        .len(ctx)?
        .min(ADMINISTRATORS_MAX.into())
    {
        ctx.charge(gas::STEP)?;
        if let Some(account) = entry.administrators.get(ctx, index)? {
            administrators.push(did(chain_id, account));
        }
    }
    Ok(DidSubject {
        did: did(chain_id, subject),
        found: head.status != OrganisationStatus::None,
        isOrganisation: true,
        deactivated: head.status == OrganisationStatus::Removed,
        organisation: number,
        organisationName: entry.name.get(ctx)?,
        controller: String::new(),
        administrators,
        keys: Vec::new(),
        roles: Vec::new(),
        created: head.admitted,
        updated: head.changed,
    })
}
