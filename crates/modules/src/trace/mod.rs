//! Trace: the journey of goods, in GS1 EPCIS 2.0 with the core business vocabulary (CBV) 2.0.
//!
//! Accounts and contracts call it through [`ITrace`]; `execution` hands it the call. It keeps, for
//! each event, its standard hash, submitter and time, and for each item who holds it, where it is
//! and where it came from. The documents themselves are in the log. It does not judge whether a
//! document is true: it says who said it, when, and that the sayings fit together.
//!
//! # Names
//!
//! An item, a class or a party is known by its canonical GS1 Digital Link
//! ([`epcis::canonical_id`]); its key is the keccak-256 of that text. An id without a serial number
//! is a *lot* if it has a lot number, or else a *kind* ([`ITrace::Level`]).
//!
//! # Who acts
//!
//! The *submitter* of an event is the account that sent it. It acts for its organisation where it
//! is an active member that may submit ([`identity`](crate::identity)), else for itself: that one
//! is the *actor*, an address in both cases ([`organisation_address`]). What events give, they give
//! to the actor, so the accounts of an organisation share its goods, and an account that leaves
//! leaves them behind. What an account had before it joined stays its own: it may go on with it,
//! and its colleagues may not, until it ships the goods to the organisation and receives them.
//!
//! [`organisation_address`]: crate::identity::organisation_address
//!
//! # Custody of an instance
//!
//! * An event with action ADD about objects (commissioning), or being an output of a
//!   transformation, makes the actor commissioner and custodian. A serial number begins once.
//! * An id that nobody commissioned is *origin unverified*, its custodian the first actor; it stays
//!   so for ever, also when a commissioning follows. With the chain parameter `trace_strict` such
//!   events are refused.
//! * Only events of who acts for the custodian are accepted.
//! * `shipping` puts the item in transit, to the party in `destinationList`: the
//!   `possessing_party`, else the `owning_party`, else the `location`. The shipper stays custodian
//!   until who acts for that party submits `receiving` or `accepting`; then the receiver's actor is
//!   custodian. Without a destination, or before the party is known, only the custodian can end the
//!   transit, by receiving or by `void_shipping`.
//! * A party is an actor in two ways: by [`ITrace::registerPartyCall`], which binds any party id,
//!   first come first served; or because its id *is* an address:
//!   `did:qiantang:<chain>:<address>` or `did:pkh:eip155:<chain>:<address>` with this chain's id,
//!   or `did:ethr:[<chain>:]<address>`.
//! * `decommissioning` and `destroying`, or action DELETE about objects, end an item; so does
//!   consumption by a transformation. An ended item accepts nothing more.
//!
//! # Containers
//!
//! Aggregation (and association, which is the longer-lasting kind) with action ADD or OBSERVE puts
//! the children into the parent; DELETE takes them out, all of them where none is named. What is
//! inside has its container's custodian, moves with it and cannot be moved alone. A container ends
//! only when it is empty. A parent that is a place (a GLN) holds nothing.
//!
//! # Lots and kinds
//!
//! A lot is divisible: every actor that commissioned, produced or received some of it is a
//! *holder*, and so is who has custody of a container with some of it. Only events of who acts for
//! a holder are accepted, and change the actor's holding, or the submitter's own where only that
//! one is left. Quantities are counted where documents state them in one unit: when the named party
//! receives what a holder shipped, or a holder packs, uses up or destroys it, and nothing is left,
//! the holding ends. An uncounted holding does not end, and no event is refused because a sum does
//! not match: goods lose weight. A kind has no holder; anybody's events about it are recorded, its
//! origin is never verified.
//!
//! # Duplicates and corrections
//!
//! An event is known by its standard hash. The same event again, from anybody, changes nothing. The
//! hash leaves out `errorDeclaration` (CBV 2.0 section 8.9), so an error declaration, which repeats
//! the wrong event, has the hash of that event: that is what it refers to. Only who acts for the
//! actor of the event may declare it, which a submitter that has left does no more. From then on
//! the event counts for no lineage, and every item that nothing has happened to since goes back to
//! where it was before; what happened later stands. If the event had begun an item that lives on,
//! its origin is unverified until its commissioner says the beginning again, which is accepted
//! once. An event that was never captured can be declared wrong too, which only records the
//! declaration; another account's later capture of that event replaces it, so nobody can block
//! anybody.
//!
//! # Lineage and recall
//!
//! An item descends from the inputs of the transformation that made it, and a container from its
//! contents. A recall reaches every descendant, through transformations for ever and through
//! containers while the goods are inside, and also what is inside a recalled container; goods taken
//! out of a recalled container stay recalled. Walks are bounded, and say when they were cut.

mod capture;
mod containers;
mod correction;
mod custody;
mod dispatch;
pub mod epcis;
mod holdings;
mod identity;
#[expect(missing_docs, reason = "the Solidity comments are on the items")]
mod interface;
mod lineage;
mod lots;
mod parties;
mod recall;
mod story;
mod submitter;
mod transformation;
mod views;

pub(crate) use dispatch::call;
pub use interface::ITrace;

use crate::storage::{List, Mapping, Place, Slot, Stored, Text};
use alloy_primitives::{Address, B256, U256, address};

/// Where Trace is called.
pub const ADDRESS: Address = address!("0x7174000000000000000000000000000000000010");

/// Bytes of an id.
pub const ID_BYTES_MAX: usize = 1024;
/// Bytes of the reason of a recall.
pub const REASON_BYTES_MAX: usize = 1024;
/// Containers inside containers.
pub const CONTAINER_DEPTH_MAX: u32 = 16;
/// Parties of one account.
pub const PARTIES_PER_ACCOUNT_MAX: u64 = 16;
/// Items that one document may name.
pub const DOCUMENT_ITEMS_MAX: u64 = 16_384;
/// Relatives that a walk through the lineage meets before it stops.
pub const WALK_ITEMS_MAX: usize = 4_096;
/// Edges that a walk through the lineage follows before it stops.
pub const WALK_EDGES_MAX: usize = 32_768;
/// Steps of an item that are searched backwards for one event.
pub const STEPS_SEARCHED_MAX: u64 = 1_024;
/// Stays in containers that are searched for one lot or one page of a story.
pub const STAYS_MAX: u64 = 256;

crate::layout! {
    /// The storage of Trace.
    pub(crate) struct Trace {
        /// Number of events captured.
        sequence: Slot<u64>,
        /// Events by their hash.
        events: Mapping<B256, Slot<EventState>>,
        /// Items, lots and kinds by their key.
        items: Mapping<B256, Item>,
        /// Who may add to a transformation, by its node.
        transformers: Mapping<B256, Slot<Address>>,
        /// What a node (an item or a transformation) came from.
        upstream: Mapping<B256, List<Slot<Edge>>>,
        /// Where a node went.
        downstream: Mapping<B256, List<Slot<Edge>>>,
        /// Parties by their key.
        parties: Mapping<B256, Party>,
        /// Keys of an account's parties.
        parties_of: Mapping<Address, List<Slot<B256>>>,
    }
}

crate::record! {
    /// What is kept about an event.
    pub(crate) struct EventState {
        /// Who captured it.
        submitter: Address,
        /// Block time, in milliseconds.
        time: u64,
        /// Its type; `None` where no such event is known.
        kind: ITrace::EventKind,
        /// Whether its submitter declared it to be an error.
        erroneous: bool,
        /// Whether the declaration restored every item.
        taken_back: bool,
        /// Whether it was captured, and not only declared to be an error.
        captured: bool,
        /// Block height.
        height: u64,
        /// Number among all events, from 1.
        sequence: u64,
        /// Block time of the declaration.
        declared_time: u64,
        /// The organisation that it was captured for; zero where the submitter acted for itself.
        organisation: u64,
    }
}

crate::record! {
    /// What events change about an item.
    pub(crate) struct State {
        /// Who holds an instance that stands alone; for what is inside a container, the holder when
        /// it went in.
        custodian: Address,
        /// The last event that stands.
        sequence: u64,
        /// Where it is in its life.
        status: ITrace::Status,
        /// How it came onto the chain.
        origin: ITrace::Origin,
        /// What the id names.
        level: ITrace::Level,
        /// Whether its beginning was wrong and has been said again.
        corrected: bool,
    }
}

crate::layout! {
    /// An item, a lot or a kind.
    pub(crate) struct Item {
        /// What events change.
        state: Slot<State>,
        /// Key of the container of an instance, or zero.
        container: Slot<B256>,
        /// Key of the party that the last shipping named, or zero.
        receiver: Slot<B256>,
        /// Who brought it into being on the chain.
        commissioner: Slot<Address>,
        /// Canonical id.
        id: Text,
        /// Its events, in order.
        steps: List<Slot<Step>>,
        /// Its times inside containers, in order.
        stays: List<Slot<Stay>>,
        /// Keys of what is inside it now.
        contents: List<Slot<B256>>,
        /// Where in `contents` a key is, plus one.
        positions: Mapping<B256, Slot<u64>>,
        /// Holders of a lot.
        holders: List<Slot<Address>>,
        /// What a holder holds.
        holdings: Mapping<Address, Slot<Holding>>,
        /// What of a lot is under way, by the party that it goes to.
        expected: Mapping<B256, Slot<Expectation>>,
        /// What a correction of an event needs about a lot, by the event.
        lot_steps: Mapping<B256, Slot<LotStep>>,
        /// Its own recall.
        recall: Recall,
    }
}

crate::record! {
    /// One event of an item, with what it needs to be taken back.
    pub(crate) struct Step {
        /// The event.
        event: B256,
        /// The item's state before.
        before: State,
        /// The item's container before.
        container: B256,
        /// The item's receiver before, while it was in transit.
        receiver: B256,
    }
}

crate::record! {
    /// What an account holds of a lot.
    pub(crate) struct Holding {
        /// Billionths of a unit.
        amount: u128,
        /// Where in `holders` the account is, plus one; zero for no holding.
        position: u64,
        /// Code of the unit in big-endian ASCII; zero for pieces.
        unit: u32,
        /// Whether `amount` is known.
        is_counted: bool,
    }
}

crate::record! {
    /// What of a lot is under way to a party.
    pub(crate) struct Expectation {
        /// Who shipped it; zero where several did.
        from: Address,
        /// Code of the unit in big-endian ASCII; zero for pieces.
        unit: u32,
        /// Whether anything is under way.
        is_open: bool,
        /// Whether `amount` is known.
        is_counted: bool,
        /// Billionths of a unit.
        amount: u128,
    }
}

crate::record! {
    /// What one event found before it changed the holdings of a lot.
    pub(crate) struct LotStep {
        /// The holding that the event changed.
        own: Holding,
        /// Who had shipped what was received; zero where nothing was.
        sender: Address,
        /// The organisation whose holding `own` is; zero for the submitter's own.
        organisation: u64,
        /// That account's holding.
        sender_holding: Holding,
        /// The party that something was shipped to or received by; zero for none.
        party: B256,
        /// What was under way to it.
        expectation: Expectation,
    }
}

crate::record! {
    /// A time inside a container.
    pub(crate) struct Stay {
        /// Key of the container.
        container: B256,
        /// Sequence of the event that put it in.
        from: u64,
        /// Sequence of the event that took it out; zero while it is inside.
        until: u64,
    }
}

crate::record! {
    /// A neighbour in the lineage.
    pub(crate) struct Edge {
        /// The other node.
        node: B256,
        /// The event that joined them.
        event: B256,
    }
}

crate::layout! {
    /// A recall.
    pub(crate) struct Recall {
        /// Who and when.
        head: Slot<RecallHead>,
        /// Key of the recalled container that it was taken out of, or zero.
        via: Slot<B256>,
        /// Why.
        reason: Text,
    }
}

crate::record! {
    /// Who recalled, and when.
    pub(crate) struct RecallHead {
        /// The commissioner; zero where there is no recall.
        commissioner: Address,
        /// Block time, in milliseconds.
        time: u64,
        /// Block height.
        height: u64,
    }
}

crate::layout! {
    /// A party that documents name.
    pub(crate) struct Party {
        /// Its account, if any, and since when.
        binding: Slot<Binding>,
        /// Canonical id.
        id: Text,
    }
}

crate::record! {
    /// The account of a party.
    pub(crate) struct Binding {
        /// The account.
        account: Address,
        /// Block time, in milliseconds.
        time: u64,
    }
}

crate::stored_enum! {
    ITrace::EventKind => "EventKind",
    ITrace::Status => "Status",
    ITrace::Origin => "Origin",
    ITrace::Level => "Level",
}

impl Trace {
    /// The storage, from slot 0 on.
    pub(crate) fn storage() -> Self {
        Self::at(Place::slot(U256::ZERO))
    }
}

#[cfg(test)]
mod tests;
