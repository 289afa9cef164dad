//! Capturing a document: what each event does to the items that it names.

use super::{
    DOCUMENT_ITEMS_MAX, EventState,
    ITrace::{
        self, DocumentCaptured, DuplicateCaptured, EventCaptured, EventKind, InvalidDocument,
        Level, NotSubmitter, Status,
    },
    Trace, correction, epcis,
    holdings::Amount,
    identity::{Id, party},
    submitter::Submitter,
};
use crate::{Context, Halt, IModule::LimitExceeded, emit, gas};
use alloy_primitives::{Address, B256, U256};
use epcis::{Action, Event};
use qiantang_types::ledger_hash;
use std::collections::BTreeSet;

/// Records every event of a document, or none, and returns their hashes.
pub(super) fn capture(ctx: &mut dyn Context, document: &[u8]) -> Result<Vec<B256>, Halt> {
    let events = parse(ctx, document)?;
    ctx.charge(gas::bytes(document.len(), gas::SHA256_BYTE))?;
    let document_hash = ledger_hash(&[document]);
    let (trace, submitter) = (Trace::storage(), Submitter::of_caller(ctx)?);
    let (mut hashes, mut is_logged) = (Vec::new(), false);
    let mut items_left = DOCUMENT_ITEMS_MAX;
    for event in &events {
        let hash = B256::from(event.hash);
        hashes.push(hash);
        let before = trace.events.at(ctx, &hash)?.get(ctx)?;
        if is_duplicate(submitter, event, &before)? {
            emit(
                ctx,
                &DuplicateCaptured {
                    eventHash: hash,
                    submitter: submitter.account,
                    firstSubmitter: before.submitter,
                },
            )?;
            continue;
        }
        if !is_logged {
            emit(
                ctx,
                &DocumentCaptured {
                    documentHash: document_hash,
                    submitter: submitter.account,
                    document: document.to_vec().into(),
                },
            )?;
            is_logged = true;
        }
        if event.error_declaration.is_some() && before.captured {
            let author = before.submitter;
            let facts = Facts {
                submitter,
                author,
                sequence: before.sequence,
            };
            let mut session = Session::open(ctx, event, facts, &mut items_left)?;
            correction::declare(&mut session, event, before)?;
        } else {
            let known = (&before, document_hash);
            record(ctx, submitter, event, known, &mut items_left)?;
        }
    }
    Ok(hashes)
}

/// Reads and checks a document, and pays for it.
pub(super) fn parse(ctx: &mut dyn Context, document: &[u8]) -> Result<Vec<Event>, Halt> {
    ctx.charge(gas::bytes(document.len(), gas::PARSE_BYTE))?;
    epcis::parse(document)
        .map(|document| document.events)
        .map_err(|error| {
            let (field, reason) = match error {
                epcis::EpcisError::Field { path, problem } => (path, problem),
                other => ("document".to_owned(), other.to_string()),
            };
            Halt::revert(InvalidDocument { field, reason })
        })
}

fn is_duplicate(submitter: Submitter, event: &Event, before: &EventState) -> Result<bool, Halt> {
    let is_declaration = event.error_declaration.is_some();
    if !before.captured {
        // Only a declaration of an event that nobody captured may be here. Its own submitter cannot
        // say it twice.
        return Ok(is_declaration && before.erroneous && submitter.may_correct(before));
    }
    if is_declaration && !submitter.may_correct(before) {
        return Err(Halt::revert(NotSubmitter {
            eventHash: B256::from(event.hash),
            submitter: before.submitter,
            caller: submitter.account,
        }));
    }
    Ok(!is_declaration || before.erroneous)
}

fn record(
    ctx: &mut dyn Context,
    submitter: Submitter,
    event: &Event,
    (before, document_hash): (&EventState, B256),
    items_left: &mut u64,
) -> Result<(), Halt> {
    let trace = Trace::storage();
    let sequence = trace.sequence.get(ctx)?.saturating_add(1);
    trace.sequence.set(ctx, &sequence)?;
    let is_declaration = event.error_declaration.is_some();
    // The submitter declared this event wrong before capturing it: it is recorded, and has no
    // effect.
    let is_disowned = before.erroneous && submitter.may_correct(before);
    let time = ctx.time().get();
    let state = EventState {
        submitter: submitter.account,
        time,
        kind: kind_of(event),
        erroneous: is_declaration || is_disowned,
        taken_back: false,
        captured: !is_declaration,
        height: ctx.height().get(),
        sequence,
        declared_time: match (is_declaration, is_disowned) {
            (true, _) => time,
            (false, true) => before.declared_time,
            (false, false) => 0,
        },
        organisation: submitter.organisation(),
    };
    let hash = B256::from(event.hash);
    trace.events.at(ctx, &hash)?.set(ctx, &state)?;
    emit(
        ctx,
        &EventCaptured {
            eventHash: hash,
            submitter: state.submitter,
            documentHash: document_hash,
            kind: state.kind,
            sequence,
        },
    )?;
    if is_declaration {
        return emit(
            ctx,
            &ITrace::ErrorDeclared {
                eventHash: hash,
                submitter: state.submitter,
                takenBack: false,
            },
        );
    }
    if is_disowned {
        return Ok(());
    }
    let facts = Facts {
        submitter,
        author: submitter.account,
        sequence,
    };
    Session::open(ctx, event, facts, items_left)?.apply(event)
}

fn kind_of(event: &Event) -> EventKind {
    match event.kind {
        epcis::EventKind::Object => EventKind::Object,
        epcis::EventKind::Aggregation => EventKind::Aggregation,
        epcis::EventKind::Transaction => EventKind::Transaction,
        epcis::EventKind::Transformation => EventKind::Transformation,
        epcis::EventKind::Association => EventKind::Association,
        epcis::EventKind::Extended => EventKind::Extended,
    }
}

/// How an event moves what it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Movement {
    /// Not at all.
    Stay,
    /// To a party, where one is named.
    Ship(Option<B256>),
    /// Into the submitter's custody.
    Receive,
    /// Not on its way after all; to the party, where one is named.
    Unship(Option<B256>),
    /// Out of the world.
    End(Status),
}

impl Movement {
    /// Whether something inside a container cannot do this alone.
    pub(super) fn is_own(self) -> bool {
        matches!(self, Self::Ship(_) | Self::Unship(_) | Self::Receive)
    }
}

/// An item as an event names it.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) id: Id,
    pub(super) level: Level,
    /// How much of it, where that can be counted.
    pub(super) amount: Option<Amount>,
}

/// Who brings an event, and which number it has.
#[derive(Clone, Copy, Debug)]
struct Facts {
    submitter: Submitter,
    author: Address,
    sequence: u64,
}

/// One event on its way into the state.
pub(super) struct Session<'a> {
    pub(super) ctx: &'a mut dyn Context,
    pub(super) trace: Trace,
    pub(super) submitter: Submitter,
    /// The account that captured the event; another one's where an organisation corrects it.
    pub(super) author: Address,
    pub(super) hash: B256,
    pub(super) sequence: u64,
    pub(super) movement: Movement,
    /// Keys of all items that the event names.
    pub(super) named: BTreeSet<B256>,
    items_left: &'a mut u64,
}

impl<'a> Session<'a> {
    fn open(
        ctx: &'a mut dyn Context,
        event: &Event,
        facts: Facts,
        items_left: &'a mut u64,
    ) -> Result<Self, Halt> {
        let movement = movement_of(ctx, event)?;
        Ok(Self {
            ctx,
            trace: Trace::storage(),
            submitter: facts.submitter,
            author: facts.author,
            hash: B256::from(event.hash),
            sequence: facts.sequence,
            movement,
            named: BTreeSet::new(),
            items_left,
        })
    }

    fn apply(&mut self, event: &Event) -> Result<(), Halt> {
        match event.kind {
            epcis::EventKind::Object => self.objects(event),
            epcis::EventKind::Transaction => self.transaction(event),
            epcis::EventKind::Aggregation | epcis::EventKind::Association => {
                self.aggregation(event)
            }
            epcis::EventKind::Transformation => self.transformation(event),
            epcis::EventKind::Extended => Ok(()),
        }
    }

    fn objects(&mut self, event: &Event) -> Result<(), Halt> {
        let things = self.things(&event.epcs, &event.quantities)?;
        for thing in &things {
            match (event.action, self.movement) {
                (Some(Action::Add), _) => self.begin(thing, ITrace::Origin::Commissioned)?,
                (_, Movement::End(status)) => self.end(thing, status)?,
                (Some(Action::Delete), _) => self.end(thing, Status::Decommissioned)?,
                (_, movement) => self.pass(thing, movement)?,
            }
        }
        Ok(())
    }

    fn transaction(&mut self, event: &Event) -> Result<(), Halt> {
        let parent = self.parent(event)?;
        let things = self.things(&event.epcs, &event.quantities)?;
        for thing in parent.iter().chain(&things) {
            self.pass(thing, self.movement)?;
        }
        Ok(())
    }

    /// The parent of an event, unless it is a place.
    pub(super) fn parent(&mut self, event: &Event) -> Result<Option<Named>, Halt> {
        let Some(parent) = &event.parent_id else {
            return Ok(None);
        };
        let named = self.name(parent, false)?;
        if named.id.is_place() {
            self.named.remove(&named.id.key);
            return Ok(None);
        }
        Ok(Some(named))
    }

    /// Instances and classes of one part of an event.
    pub(super) fn things(
        &mut self,
        epcs: &[String],
        quantities: &[epcis::Quantity],
    ) -> Result<Vec<Named>, Halt> {
        let mut things = Vec::new();
        for epc in epcs {
            things.push(self.name(epc, false)?);
        }
        for quantity in quantities {
            let named = self.name(&quantity.epc_class, true)?;
            things.push(Named {
                amount: Amount::of(quantity),
                ..named
            });
        }
        Ok(things)
    }

    /// Counts one more item of the document.
    pub(super) fn count_item(&mut self) -> Result<(), Halt> {
        *self.items_left = self.items_left.checked_sub(1).ok_or_else(|| {
            Halt::revert(LimitExceeded {
                limit: "items in one document".to_owned(),
                value: U256::from(DOCUMENT_ITEMS_MAX).saturating_add(U256::ONE),
                maximum: U256::from(DOCUMENT_ITEMS_MAX),
            })
        })?;
        Ok(())
    }

    fn name(&mut self, spelling: &str, is_class: bool) -> Result<Named, Halt> {
        self.count_item()?;
        let id = Id::new(self.ctx, spelling)?;
        self.named.insert(id.key);
        let level = id.level(is_class);
        Ok(Named {
            id,
            level,
            amount: None,
        })
    }
}

fn movement_of(ctx: &mut dyn Context, event: &Event) -> Result<Movement, Halt> {
    Ok(match event.biz_step.as_deref() {
        Some("shipping") => Movement::Ship(destination(ctx, event)?),
        Some("receiving" | "accepting") => Movement::Receive,
        Some("void_shipping") => Movement::Unship(destination(ctx, event)?),
        Some("destroying") => Movement::End(Status::Destroyed),
        Some("decommissioning") => Movement::End(Status::Decommissioned),
        _ => Movement::Stay,
    })
}

/// Who a shipping names: the party that will possess the goods, else the one that will own them,
/// else the place.
fn destination(ctx: &mut dyn Context, event: &Event) -> Result<Option<B256>, Halt> {
    let named = ["possessing_party", "owning_party", "location"]
        .iter()
        .find_map(|kind| {
            event
                .destinations
                .iter()
                .find(|to| to.kind.as_deref() == Some(*kind))
        });
    let Some(destination) = named else {
        return Ok(None);
    };
    let (id, account) = party(ctx, &destination.id)?;
    let entry = Trace::storage().parties.at(ctx, &id.key)?;
    if entry.id.get(ctx)?.is_empty() {
        entry.id.set(ctx, &id.text)?;
        if let Some(account) = account {
            let time = ctx.time().get();
            entry.binding.set(ctx, &super::Binding { account, time })?;
        }
    }
    Ok(Some(id.key))
}
