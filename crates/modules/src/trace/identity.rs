//! What an id names: items, places and parties.

use super::{
    ID_BYTES_MAX, ITrace,
    ITrace::{InvalidId, Level},
    Item, Trace, epcis,
};
use crate::{Context, Halt, gas, identity::parse_did};
use alloy_primitives::{Address, B256, keccak256};

/// An id in its canonical spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Id {
    pub(super) text: String,
    pub(super) key: B256,
}

impl Id {
    /// Canonicalizes an id of a document or a call.
    pub(super) fn new(ctx: &mut dyn Context, spelling: &str) -> Result<Self, Halt> {
        ctx.charge(gas::bytes(spelling.len(), gas::CANONICAL_BYTE))?;
        let fits = (1..=ID_BYTES_MAX).contains(&spelling.len());
        let has_scheme = spelling.split_once(':').is_some_and(|(scheme, rest)| {
            scheme.starts_with(|first: char| first.is_ascii_alphabetic()) && !rest.is_empty()
        });
        if !fits
            || !has_scheme
            || spelling
                .chars()
                .any(|c| c.is_whitespace() || c.is_control())
        {
            let shown = spelling.chars().take(128).collect();
            return Err(Halt::revert(InvalidId { id: shown }));
        }
        let text = epcis::canonical_id(spelling);
        ctx.charge(gas::keccak(text.len()))?;
        let key = keccak256(text.as_bytes());
        Ok(Self { text, key })
    }

    /// What the id names. `is_class` is the role in which a document used it, which decides where
    /// the spelling does not.
    pub(super) fn level(&self, is_class: bool) -> Level {
        let mut path = self.digital_link();
        match (path.next(), path.next(), path.next()) {
            (Some("01"), Some(_), None) => Level::Kind,
            (Some("01"), Some(_), Some("21")) => Level::Instance,
            (Some("01"), Some(_), Some(_)) => Level::Lot,
            _ if self.text.starts_with("urn:epc:idpat:") => Level::Kind,
            _ if is_class => Level::Lot,
            _ => Level::Instance,
        }
    }

    /// Whether the id is a place or a party (GLN), which holds goods but is none.
    pub(super) fn is_place(&self) -> bool {
        matches!(self.digital_link().next(), Some("414" | "417"))
            || ["urn:epc:id:sgln:", "urn:epc:id:pgln:", "geo:"]
                .iter()
                .any(|prefix| self.text.starts_with(prefix))
    }

    /// Application identifiers and values of a canonical Digital Link, in turn.
    fn digital_link(&self) -> std::str::Split<'_, char> {
        self.text
            .strip_prefix("https://id.gs1.org/")
            .unwrap_or_default()
            .split('/')
    }
}

/// The party of an account that needs no registration: CAIP-10 in a DID (did:pkh).
pub(super) fn account_party(ctx: &mut dyn Context, account: Address) -> Result<Id, Halt> {
    let text = format!("did:pkh:eip155:{}:{account:#x}", ctx.chain_id());
    ctx.charge(gas::keccak(text.len()))?;
    let key = keccak256(text.as_bytes());
    Ok(Id { text, key })
}

/// A party id, and its account where the id itself says it.
pub(super) fn party(ctx: &mut dyn Context, spelling: &str) -> Result<(Id, Option<Address>), Halt> {
    match account_of(ctx.chain_id(), spelling) {
        Some(account) => Ok((account_party(ctx, account)?, Some(account))),
        None => Ok((Id::new(ctx, spelling)?, None)),
    }
}

fn account_of(chain_id: u64, spelling: &str) -> Option<Address> {
    if let Some((chain, account)) = parse_did(spelling) {
        return (chain == chain_id).then_some(account);
    }
    let address = if let Some(rest) = spelling.strip_prefix("did:pkh:eip155:") {
        let (chain, address) = rest.split_once(':')?;
        (chain.parse::<u64>().ok()? == chain_id).then_some(address)?
    } else {
        let rest = spelling.strip_prefix("did:ethr:")?;
        match rest.split_once(':') {
            None => rest,
            Some((chain, address)) => {
                let chain = match chain.strip_prefix("0x") {
                    Some(hex) => u64::from_str_radix(hex, 16).ok()?,
                    None => chain.parse().ok()?,
                };
                (chain == chain_id).then_some(address)?
            }
        }
    };
    address.starts_with("0x").then(|| address.parse().ok())?
}

/// An item in the hands of an operation: its state was read once and is written once.
#[derive(Clone, Debug)]
pub(super) struct Goods {
    pub(super) id: Id,
    pub(super) item: Item,
    pub(super) state: super::State,
    pub(super) container: B256,
}

impl Goods {
    /// Reads what is recorded under a key.
    pub(super) fn load(ctx: &mut dyn Context, trace: &Trace, key: B256) -> Result<Self, Halt> {
        let item = trace.items.at(ctx, &key)?;
        let text = item.id.get(ctx)?;
        Self::of(ctx, item, Id { text, key })
    }

    /// Reads what is recorded under an id; nothing recorded is status `None`.
    pub(super) fn find(ctx: &mut dyn Context, trace: &Trace, id: Id) -> Result<Self, Halt> {
        let item = trace.items.at(ctx, &id.key)?;
        Self::of(ctx, item, id)
    }

    fn of(ctx: &mut dyn Context, item: Item, id: Id) -> Result<Self, Halt> {
        let state = item.state.get(ctx)?;
        let container = item.container.get(ctx)?;
        Ok(Self {
            id,
            item,
            state,
            container,
        })
    }

    pub(super) fn exists(&self) -> bool {
        self.state.status != ITrace::Status::None
    }

    pub(super) fn has_ended(&self) -> bool {
        use ITrace::Status;
        matches!(
            self.state.status,
            Status::Consumed | Status::Decommissioned | Status::Destroyed
        )
    }

    pub(super) fn is_inside(&self) -> bool {
        !self.container.is_zero()
    }
}
