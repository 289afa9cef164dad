//! Who submits, and for whom.

use super::EventState;
use crate::{
    Context, Halt,
    identity::{actor, organisation_address, organisation_number},
};
use alloy_primitives::Address;

/// The account that submits, and the actor that it submits for: its organisation's address where it
/// may submit for one, else itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Submitter {
    pub(super) account: Address,
    pub(super) actor: Address,
}

impl Submitter {
    /// The caller.
    pub(super) fn of_caller(ctx: &mut dyn Context) -> Result<Self, Halt> {
        let account = ctx.caller();
        let actor = actor(ctx, account)?;
        Ok(Self { account, actor })
    }

    /// Whether the submitter may act as a party. It keeps what its own account had before it
    /// joined an organisation.
    pub(super) fn speaks_for(self, party: Address) -> bool {
        party == self.account || party == self.actor
    }

    /// The number of the organisation that it submits for; zero for none.
    pub(super) fn organisation(self) -> u64 {
        organisation_number(self.actor).unwrap_or_default()
    }

    /// Whether an event is its own to correct: its organisation's, or what its account submitted
    /// for itself. Who has left an organisation does not correct its events.
    pub(super) fn may_correct(self, event: &EventState) -> bool {
        self.speaks_for(acted_for(event.submitter, event.organisation))
    }
}

/// The actor for which an account acted: an organisation, or itself where the number is zero.
pub(super) fn acted_for(account: Address, organisation: u64) -> Address {
    match organisation {
        0 => account,
        number => organisation_address(number),
    }
}
