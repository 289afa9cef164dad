//! Taking back what a wrong event did.

use super::{
    EventState,
    ITrace::{ErrorDeclared, Level, Origin, Status},
    Item, STAYS_MAX, STEPS_SEARCHED_MAX, State, Stay, Step,
    capture::Session,
    containers::{add_content, position, remove_content},
    epcis::{Action, Event, EventKind},
    identity::Goods,
};
use crate::{Halt, emit, gas};
use alloy_primitives::{Address, B256};
use std::collections::BTreeSet;

/// Marks an event as wrong and restores every item that nothing has happened to since.
pub(super) fn declare(
    session: &mut Session<'_>,
    event: &Event,
    state: EventState,
) -> Result<(), Halt> {
    let keys = touched_by(session, event)?;
    let can_restore_contents = match &event.parent_id {
        Some(_) if is_aggregation(event) => session.parent_stands(event)?,
        _ => true,
    };
    let mut taken_back = true;
    for key in keys {
        let goods = Goods::load(session.ctx, &session.trace, key)?;
        if goods.state.sequence < session.sequence {
            // It was inside a container that the event named, so the event did nothing to it.
            continue;
        }
        if goods.state.sequence > session.sequence || !can_restore_contents {
            taken_back = false;
            session.doubt_origin(goods)?;
            continue;
        }
        session.restore(goods)?;
    }
    let declared = EventState {
        erroneous: true,
        taken_back,
        declared_time: session.ctx.time().get(),
        ..state
    };
    session
        .trace
        .events
        .at(session.ctx, &session.hash)?
        .set(session.ctx, &declared)?;
    emit(
        session.ctx,
        &ErrorDeclared {
            eventHash: session.hash,
            submitter: session.submitter.account,
            takenBack: taken_back,
        },
    )
}

fn is_aggregation(event: &Event) -> bool {
    matches!(event.kind, EventKind::Aggregation | EventKind::Association)
}

/// Keys of everything that the event may have changed: contents before their container.
fn touched_by(session: &mut Session<'_>, event: &Event) -> Result<Vec<B256>, Halt> {
    let parent = session.parent(event)?;
    let mut things = session.things(&event.epcs, &event.quantities)?;
    things.extend(session.things(&event.child_epcs, &event.child_quantities)?);
    things.extend(session.things(&event.input_epcs, &event.input_quantities)?);
    things.extend(session.things(&event.output_epcs, &event.output_quantities)?);
    let mut keys: Vec<B256> = things.iter().map(|thing| thing.id.key).collect();
    if let Some(parent) = parent {
        let takes_all = is_aggregation(event) && event.action == Some(Action::Delete);
        if takes_all && keys.is_empty() {
            // The event named no child, so it took out whatever was inside.
            let edges = session.trace.upstream.at(session.ctx, &parent.id.key)?;
            for index in 0..edges.len(session.ctx)? {
                session.count_item()?;
                session.ctx.charge(gas::STEP)?;
                if let Some(edge) = edges.get(session.ctx, index)? {
                    keys.push(edge.get(session.ctx)?.node);
                }
            }
        }
        keys.push(parent.id.key);
    }
    let mut seen = BTreeSet::new();
    keys.retain(|key| seen.insert(*key));
    Ok(keys)
}

impl Session<'_> {
    /// Whether the event is still the last one of the container that it names.
    fn parent_stands(&mut self, event: &Event) -> Result<bool, Halt> {
        let Some(parent) = self.parent(event)? else {
            return Ok(true);
        };
        let goods = Goods::find(self.ctx, &self.trace, parent.id)?;
        Ok(goods.state.sequence == self.sequence)
    }

    /// Where the event began an item that lives on, nobody says any more where it comes from.
    fn doubt_origin(&mut self, mut goods: Goods) -> Result<(), Halt> {
        match self.step_of(&goods.item)? {
            Some(step) if step.before.status == Status::None => {
                goods.state.origin = Origin::Unverified;
                goods.item.state.set(self.ctx, &goods.state)
            }
            _ => Ok(()),
        }
    }

    fn restore(&mut self, goods: Goods) -> Result<(), Halt> {
        let Some(step) = self.step_of(&goods.item)? else {
            return Ok(());
        };
        self.restore_stay(&goods)?;
        let item = goods.item;
        if goods.state.level == Level::Lot {
            self.restore_lot(&item)?;
        }
        if goods.container != step.container {
            item.container.set(self.ctx, &step.container)?;
        }
        if step.before.status == Status::InTransit {
            item.receiver.set(self.ctx, &step.receiver)?;
        }
        if step.before.status == Status::None {
            item.commissioner.set(self.ctx, &Address::ZERO)?;
        }
        let custodian = match goods.state.level {
            Level::Instance => step.before.custodian,
            _ => Address::ZERO,
        };
        item.state.set(
            self.ctx,
            &State {
                custodian,
                ..step.before
            },
        )
    }

    /// The step of this event in an item's story.
    fn step_of(&mut self, item: &Item) -> Result<Option<Step>, Halt> {
        let count = item.steps.len(self.ctx)?;
        for index in (count.saturating_sub(STEPS_SEARCHED_MAX)..count).rev() {
            self.ctx.charge(gas::STEP)?;
            let Some(slot) = item.steps.get(self.ctx, index)? else {
                continue;
            };
            let step = slot.get(self.ctx)?;
            if step.event == self.hash {
                return Ok(Some(step));
            }
        }
        Ok(None)
    }

    /// Undoes going into a container, or coming out of one.
    fn restore_stay(&mut self, goods: &Goods) -> Result<(), Halt> {
        let stays = goods.item.stays;
        let count = stays.len(self.ctx)?;
        for index in (count.saturating_sub(STAYS_MAX)..count).rev() {
            self.ctx.charge(gas::STEP)?;
            let Some(slot) = stays.get(self.ctx, index)? else {
                continue;
            };
            let stay = slot.get(self.ctx)?;
            let container = Goods::load(self.ctx, &self.trace, stay.container)?;
            if stay.from == self.sequence && stay.until == 0 {
                remove_content(self.ctx, &container.item, goods.id.key)?;
                return slot.set(
                    self.ctx,
                    &Stay {
                        until: self.sequence,
                        ..stay
                    },
                );
            }
            if stay.until == self.sequence && stay.from != self.sequence {
                if position(self.ctx, &container, goods.id.key)? == 0 {
                    add_content(self.ctx, &container.item, goods.id.key)?;
                }
                return slot.set(self.ctx, &Stay { until: 0, ..stay });
            }
        }
        Ok(())
    }
}
