//! Who is next: the queues of the organisations, and the two heaps in which they stand.

use super::{
    Head, IScheduler, Organisation, QUEUE_ENTRIES_MAX, Queue, QueueHead, Scheduler, heap::Heap,
};
use crate::{Context, Halt, IModule::LimitExceeded, storage::Slot};
use alloy_primitives::U256;
use std::collections::BTreeMap;

/// Void entries that one turn takes away.
const VOID_MAX: u32 = 8;
/// Numbers of organisations end here.
pub(super) const ORGANISATION_MAX: u64 = (1 << 31) - 1;
/// Numbers of jobs and versions end here.
pub(super) const NUMBER_MAX: u64 = (1 << 40) - 1;

/// What a queue counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Milliseconds since 1970.
    Time,
    /// Heights.
    Height,
}

impl Unit {
    /// The unit of a kind of schedule.
    pub(super) const fn of(kind: IScheduler::Kind) -> Self {
        match kind {
            IScheduler::Kind::AtHeight | IScheduler::Kind::EveryBlocks => Self::Height,
            _ => Self::Time,
        }
    }

    /// The present moment.
    pub(super) fn now(self, ctx: &dyn Context) -> u64 {
        match self {
            Self::Time => ctx.time().get(),
            Self::Height => ctx.height().get(),
        }
    }
}

/// A queue: whose, and of which jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) organisation: u32,
    pub(super) unit: Unit,
}

/// An entry of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) at: u64,
    pub(super) job: u64,
    pub(super) version: u64,
}

impl Entry {
    const fn pack(self) -> u128 {
        (self.at as u128) << 80 | (self.job as u128) << 40 | self.version as u128
    }

    pub(super) const fn unpack(packed: u128) -> Self {
        Self {
            at: (packed >> 80) as u64,
            job: (packed >> 40) as u64 & NUMBER_MAX,
            version: packed as u64 & NUMBER_MAX,
        }
    }
}

impl Turn {
    /// The queue of an organisation's jobs of one kind.
    pub(super) const fn new(organisation: u32, kind: IScheduler::Kind) -> Self {
        Self {
            organisation,
            unit: Unit::of(kind),
        }
    }

    const fn number(self) -> u32 {
        let is_height = matches!(self.unit, Unit::Height);
        self.organisation << 1 | is_height as u32
    }

    const fn numbered(number: u32) -> Self {
        Self {
            organisation: number >> 1,
            unit: if number & 1 == 0 {
                Unit::Time
            } else {
                Unit::Height
            },
        }
    }

    fn queue(self, ctx: &mut dyn Context) -> Result<Queue, Halt> {
        let organisation = organisation(ctx, self.organisation)?;
        Ok(match self.unit {
            Unit::Time => organisation.clock,
            Unit::Height => organisation.height,
        })
    }

    /// The queue's first entry.
    pub(super) fn top(self, ctx: &mut dyn Context) -> Result<Option<Entry>, Halt> {
        let top = self.queue(ctx)?.entries.top(ctx)?;
        Ok(top.map(Entry::unpack))
    }

    /// Puts an entry in.
    pub(super) fn add(self, ctx: &mut dyn Context, entry: Entry) -> Result<(), Halt> {
        let mut open = self.queue(ctx)?.entries.open(ctx)?;
        if open.len() >= QUEUE_ENTRIES_MAX {
            return Err(Halt::revert(LimitExceeded {
                limit: "entries of an organisation's queue".to_owned(),
                value: U256::from(open.len()),
                maximum: U256::from(QUEUE_ENTRIES_MAX),
            }));
        }
        open.push(ctx, entry.pack())?;
        let moved = open.close(ctx)?;
        if moved.get(&entry.pack()) == Some(&0) {
            self.stand(ctx)?;
        }
        Ok(())
    }

    /// Puts another entry in the place of the first, or takes the first out; then it is the turn of
    /// the next queue.
    pub(super) fn serve(self, ctx: &mut dyn Context, next: Option<Entry>) -> Result<(), Halt> {
        let mut open = self.queue(ctx)?.entries.open(ctx)?;
        match next {
            Some(entry) => open.replace(ctx, 0, entry.pack())?,
            None => open.remove(ctx, 0)?,
        }
        open.close(ctx)?;
        self.served(ctx)
    }

    /// Takes the first entry out and the void ones after it, so many that the work stays bounded.
    pub(super) fn sweep(
        self,
        ctx: &mut dyn Context,
        is_void: &mut dyn FnMut(&mut dyn Context, Entry) -> Result<bool, Halt>,
    ) -> Result<(), Halt> {
        let mut open = self.queue(ctx)?.entries.open(ctx)?;
        for _ in 0..VOID_MAX {
            open.remove(ctx, 0)?;
            let top = open.get(ctx, 0)?;
            if top == 0 || !is_void(ctx, Entry::unpack(top))? {
                break;
            }
        }
        open.close(ctx)?;
        self.served(ctx)
    }

    fn served(self, ctx: &mut dyn Context) -> Result<(), Halt> {
        let slot = self.queue(ctx)?.head;
        let now = self.unit.now(ctx);
        let head = QueueHead {
            served: now,
            ..slot.get(ctx)?
        };
        let place = self.top(ctx)?.map(|entry| (self.unit, entry.at.max(now)));
        self.settle(ctx, head, place)?;
        let head = Scheduler::storage().head;
        let is_turn_of_heights = self.unit == Unit::Time;
        let present = head.get(ctx)?;
        head.set(
            ctx,
            &Head {
                is_turn_of_heights,
                ..present
            },
        )
    }

    /// Makes the queue stand where its first entry belongs.
    pub(super) fn stand(self, ctx: &mut dyn Context) -> Result<(), Halt> {
        let head = self.queue(ctx)?.head.get(ctx)?;
        let top = self.top(ctx)?;
        let place = top.map(|entry| (self.unit, entry.at.max(head.served)));
        if let Some((unit, key)) = place
            && head.position > 0
            && head.key == key
            && head.is_in_clock == (unit == Unit::Time)
        {
            return Ok(());
        }
        self.settle(ctx, head, place)
    }

    /// Lets the queue rest until a time, also one of heights.
    pub(super) fn defer(self, ctx: &mut dyn Context, until: u64) -> Result<(), Halt> {
        let head = self.queue(ctx)?.head.get(ctx)?;
        self.settle(ctx, head, Some((Unit::Time, until)))
    }

    /// Moves the queue to its place in one of the heaps, or out of both.
    fn settle(
        self,
        ctx: &mut dyn Context,
        head: QueueHead,
        place: Option<(Unit, u64)>,
    ) -> Result<(), Halt> {
        let mut head = head;
        let present = if head.is_in_clock {
            Unit::Time
        } else {
            Unit::Height
        };
        if let Some(index) = head.position.checked_sub(1)
            && place.is_none_or(|(unit, _)| unit != present)
        {
            let mut open = heap(present).open(ctx)?;
            open.remove(ctx, index)?;
            let moved = open.close(ctx)?;
            note_positions(ctx, &moved, None)?;
            note_top(ctx, present)?;
            head.position = 0;
        }
        if let Some((unit, key)) = place {
            let entry = key_entry(ctx, key, self)?;
            let mut open = heap(unit).open(ctx)?;
            match head.position.checked_sub(1) {
                Some(index) => open.replace(ctx, index, entry)?,
                None => open.push(ctx, entry)?,
            }
            let moved = open.close(ctx)?;
            head.position = note_positions(ctx, &moved, Some(entry))?;
            head.key = key;
            head.is_in_clock = unit == Unit::Time;
            note_top(ctx, unit)?;
        }
        self.queue(ctx)?.head.set(ctx, &head)
    }
}

/// The queue whose turn it is, if anything is due. One read where nothing is.
pub(super) fn next_turn(ctx: &mut dyn Context) -> Result<Option<Turn>, Halt> {
    let head = Scheduler::storage().head.get(ctx)?;
    let is_due = |next: u64, unit: Unit| next != 0 && next <= unit.now(ctx);
    let unit = match (
        is_due(head.clock, Unit::Time),
        is_due(head.height, Unit::Height),
    ) {
        (false, false) => return Ok(None),
        (true, true) if head.is_turn_of_heights => Unit::Height,
        (false, true) => Unit::Height,
        (true, _) => Unit::Time,
    };
    let top = heap(unit).top(ctx)?;
    Ok(top.map(|entry| Turn::numbered(entry as u32)))
}

/// An organisation's part of the storage.
pub(super) fn organisation(ctx: &mut dyn Context, number: u32) -> Result<Organisation, Halt> {
    let organisations = Scheduler::storage().organisations;
    organisations.at(ctx, &u64::from(number))
}

fn heap(unit: Unit) -> Heap {
    let storage = Scheduler::storage();
    match unit {
        Unit::Time => storage.clock,
        Unit::Height => storage.height,
    }
}

/// An entry of a heap of queues: of two with one key, the one that came first is less.
fn key_entry(ctx: &mut dyn Context, key: u64, turn: Turn) -> Result<u128, Halt> {
    let slot: Slot<Head> = Scheduler::storage().head;
    let head = slot.get(ctx)?;
    let counter = head.counter.saturating_add(1).min((1 << 48) - 1);
    slot.set(ctx, &Head { counter, ..head })?;
    Ok(u128::from(key) << 80 | u128::from(counter) << 32 | u128::from(turn.number()))
}

/// Tells the queues that moved where they stand now. The position of `own` is the answer, and not
/// written.
fn note_positions(
    ctx: &mut dyn Context,
    moved: &BTreeMap<u128, u64>,
    own: Option<u128>,
) -> Result<u64, Halt> {
    let mut answer = 0;
    for (entry, index) in moved {
        let position = index.saturating_add(1);
        if Some(*entry) == own {
            answer = position;
            continue;
        }
        let slot = Turn::numbered(*entry as u32).queue(ctx)?.head;
        let head = slot.get(ctx)?;
        slot.set(ctx, &QueueHead { position, ..head })?;
    }
    Ok(answer)
}

fn note_top(ctx: &mut dyn Context, unit: Unit) -> Result<(), Halt> {
    let top = heap(unit).top(ctx)?;
    let next = top.map_or(0, |entry| (entry >> 80) as u64);
    let slot = Scheduler::storage().head;
    let head = slot.get(ctx)?;
    let changed = match unit {
        Unit::Time => Head {
            clock: next,
            ..head
        },
        Unit::Height => Head {
            height: next,
            ..head
        },
    };
    if changed != head {
        slot.set(ctx, &changed)?;
    }
    Ok(())
}
