//! The journey of an item: its own events, and those of the containers that it was in.

use super::{CONTAINER_DEPTH_MAX, ITrace, Item, STAYS_MAX, Stay, Trace, identity::Goods};
use crate::{Context, Halt, gas};
use alloy_primitives::B256;
use std::collections::BTreeMap;

/// A page of a story: steps with a sequence above `cursor`, and the cursor of the next page or
/// zero.
pub(super) fn page(
    ctx: &mut dyn Context,
    goods: &Goods,
    cursor: u64,
    limit: u64,
) -> Result<(Vec<ITrace::Step>, u64), Halt> {
    let mut collector = Collector {
        trace: Trace::storage(),
        // One more than the page shows whether another page follows.
        want: limit.saturating_add(1),
        stays_left: STAYS_MAX,
        steps: BTreeMap::new(),
        end: u64::MAX,
    };
    let window = Window {
        after: cursor,
        before: u64::MAX,
    };
    // A lot may be in many containers at once, and none of their journeys is that of the lot.
    let depth = match goods.state.level {
        ITrace::Level::Instance => CONTAINER_DEPTH_MAX,
        _ => 0,
    };
    collector.collect(ctx, (goods.id.key, goods.item), window, depth)?;
    let end = collector.end;
    let mut steps = Vec::new();
    for (sequence, (event, key)) in collector.steps {
        if sequence > end {
            break;
        }
        if steps.len() as u64 == limit {
            let last: Option<&ITrace::Step> = steps.last();
            return Ok((steps.clone(), last.map_or(0, |step| step.sequence)));
        }
        let state = collector.trace.events.at(ctx, &event)?.get(ctx)?;
        steps.push(ITrace::Step {
            eventHash: event,
            item: collector.trace.items.at(ctx, &key)?.id.get(ctx)?,
            kind: state.kind,
            submitter: state.submitter,
            time: state.time,
            height: state.height,
            sequence,
            erroneous: state.erroneous,
        });
    }
    let next = match steps.last() {
        Some(last) if end < u64::MAX => last.sequence,
        _ => 0,
    };
    Ok((steps, next))
}

/// Sequences between two others, both left out.
#[derive(Clone, Copy)]
struct Window {
    after: u64,
    before: u64,
}

struct Collector {
    trace: Trace,
    want: u64,
    stays_left: u64,
    /// Event and the item under which it was recorded, by sequence.
    steps: BTreeMap<u64, (B256, B256)>,
    /// The last sequence up to which the steps are all there.
    end: u64,
}

impl Collector {
    fn collect(
        &mut self,
        ctx: &mut dyn Context,
        (key, item): (B256, Item),
        window: Window,
        depth: u32,
    ) -> Result<(), Halt> {
        self.own_steps(ctx, (key, item), window)?;
        let Some(depth) = depth.checked_sub(1) else {
            return Ok(());
        };
        let count = item.stays.len(ctx)?;
        for index in self.first_stay(ctx, item, window.after)?..count {
            ctx.charge(gas::STEP)?;
            let Some(stay) = stay_at(ctx, item, index)? else {
                break;
            };
            let is_later = stay.from >= window.before;
            if is_later || self.steps.range(..stay.from).count() as u64 >= self.want {
                break;
            }
            let Some(left) = self.stays_left.checked_sub(1) else {
                // What follows is left to the next page.
                self.end = self.end.min(stay.from);
                break;
            };
            self.stays_left = left;
            let inside = Window {
                after: window.after.max(stay.from),
                before: window.before.min(stay.until),
            };
            let container = self.trace.items.at(ctx, &stay.container)?;
            self.collect(ctx, (stay.container, container), inside, depth)?;
        }
        Ok(())
    }

    /// The first stay that lasted beyond a sequence. An instance is in one container at a time, so
    /// its stays are in order, and halving the range finds it.
    fn first_stay(&self, ctx: &mut dyn Context, item: Item, after: u64) -> Result<u64, Halt> {
        let (mut low, mut high) = (0, item.stays.len(ctx)?);
        while low < high {
            let middle = low.midpoint(high);
            match stay_at(ctx, item, middle)? {
                Some(stay) if stay.until <= after => low = middle.saturating_add(1),
                _ => high = middle,
            }
        }
        Ok(low)
    }

    fn own_steps(
        &mut self,
        ctx: &mut dyn Context,
        (key, item): (B256, Item),
        window: Window,
    ) -> Result<(), Halt> {
        let count = item.steps.len(ctx)?;
        // The steps are in the order of their sequences: halve the range to find the first one of
        // the window.
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low.midpoint(high);
            match self.step(ctx, item, middle)? {
                Some((sequence, _)) if sequence <= window.after => {
                    low = middle.saturating_add(1);
                }
                _ => high = middle,
            }
        }
        for index in low..count.min(low.saturating_add(self.want)) {
            let Some((sequence, event)) = self.step(ctx, item, index)? else {
                break;
            };
            if sequence >= window.before {
                break;
            }
            self.steps.entry(sequence).or_insert((event, key));
        }
        Ok(())
    }

    fn step(
        &self,
        ctx: &mut dyn Context,
        item: Item,
        index: u64,
    ) -> Result<Option<(u64, B256)>, Halt> {
        let Some(slot) = item.steps.get(ctx, index)? else {
            return Ok(None);
        };
        let event = slot.get(ctx)?.event;
        let sequence = self.trace.events.at(ctx, &event)?.get(ctx)?.sequence;
        Ok(Some((sequence, event)))
    }
}

/// A stay; one that goes on lasts until the end of the range.
fn stay_at(ctx: &mut dyn Context, item: Item, index: u64) -> Result<Option<Stay>, Halt> {
    let Some(slot) = item.stays.get(ctx, index)? else {
        return Ok(None);
    };
    let stay = slot.get(ctx)?;
    let until = if stay.until == 0 {
        u64::MAX
    } else {
        stay.until
    };
    Ok(Some(Stay { until, ..stay }))
}
