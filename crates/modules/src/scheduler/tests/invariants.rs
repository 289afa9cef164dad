//! What holds after every step, whatever was done.

use super::world::World;
use crate::scheduler::{
    ADDRESS, Due,
    IScheduler::Status,
    Queue, Scheduler,
    heap::Heap,
    jobs::is_queued,
    queue::{Entry, Turn, Unit, organisation},
};
use std::collections::{BTreeMap, BTreeSet};

/// Organisations of the test chain, with governance.
const ORGANISATIONS: u32 = 5;

/// Within a block each queue gives its jobs in the order of their entries. Only a job that has
/// rested makes up for what it missed with earlier ones.
pub(super) fn check_turn(due: &Due, before: &mut Vec<Due>) {
    let earlier = before.iter().rev().find(|other| other.turn == due.turn);
    if let Some(earlier) = earlier {
        let order = |due: &Due| (due.entry.at, due.job);
        assert!(
            order(earlier) < order(due) || earlier.job == due.job && earlier.due < due.due,
            "{earlier:?} before {due:?}"
        );
    }
    before.push(due.clone());
}

/// Where each queue says that it stands: in the heap by time, position and key, by the queue's
/// number.
type Standing = BTreeMap<u32, (bool, u64, u64)>;

/// What the jobs themselves say.
#[derive(Default)]
struct Books {
    live: BTreeMap<u32, u32>,
    dead: BTreeMap<u32, u64>,
    /// Entries that must be in the queues: organisation, whether by time, and the entry.
    waiting: BTreeSet<(u32, bool, u64, u64, u64)>,
}

/// Checks the whole storage; `jobs` are at least those that have not ended.
pub(super) fn check(world: &mut World, jobs: impl IntoIterator<Item = u64>) {
    world.chain.address = ADDRESS;
    world.chain.gas_used = 0;
    world.chain.gas_limit = u64::MAX;
    let books = Books::read(world, jobs);
    let mut found = BTreeSet::new();
    let mut standing = Standing::new();
    for number in 0..ORGANISATIONS {
        let organisation = organisation(&mut world.chain, number).unwrap();
        let account = organisation.account.get(&mut world.chain).unwrap();
        let live = books.live.get(&number).copied().unwrap_or(0);
        assert_eq!(account.live, live, "live jobs of {number}");
        let buried = organisation.dead.len(&mut world.chain).unwrap();
        let dead = books.dead.get(&number).copied().unwrap_or(0);
        assert_eq!(buried, dead, "dead jobs of {number}");
        for (unit, queue) in [
            (Unit::Time, organisation.clock),
            (Unit::Height, organisation.height),
        ] {
            let turn = Turn {
                organisation: number,
                unit,
            };
            for entry in entries(world, queue.entries) {
                let Entry { at, job, version } = Entry::unpack(entry);
                let key = (number, unit == Unit::Time, at, job, version);
                if books.waiting.contains(&key) {
                    assert!(found.insert(key), "job {job} is in the queue twice");
                }
            }
            check_standing(world, turn, &queue, &mut standing);
        }
    }
    assert_eq!(found, books.waiting, "each waiting job has one entry");
    check_heaps(world, standing);
}

impl Books {
    fn read(world: &mut World, jobs: impl IntoIterator<Item = u64>) -> Self {
        let mut books = Self::default();
        for id in jobs {
            let job = Scheduler::storage().jobs.at(&mut world.chain, &id).unwrap();
            let state = job.state.get(&mut world.chain).unwrap();
            let moment = job.moment.get(&mut world.chain).unwrap();
            if !matches!(state.status, Status::Done | Status::Cancelled) {
                *books.live.entry(state.organisation).or_default() += 1;
            }
            if state.status == Status::Dead {
                *books.dead.entry(state.organisation).or_default() += 1;
            }
            if is_queued(state.status) {
                let is_by_time = Unit::of(state.kind) == Unit::Time;
                let entry = (moment.at, id, moment.version);
                let key = (state.organisation, is_by_time, entry.0, entry.1, entry.2);
                books.waiting.insert(key);
            }
        }
        books
    }
}

/// The two heaps of queues say what the queues say, and every block reads their least.
fn check_heaps(world: &mut World, standing: Standing) {
    let mut standing = standing;
    let storage = Scheduler::storage();
    let head = storage.head.get(&mut world.chain).unwrap();
    for (is_clock, heap, next) in [
        (true, storage.clock, head.clock),
        (false, storage.height, head.height),
    ] {
        let entries = entries(world, heap);
        let least = entries.iter().min().map_or(0, |entry| (entry >> 80) as u64);
        assert_eq!(least, next, "what every block reads");
        for (index, entry) in entries.iter().enumerate() {
            let place = (is_clock, index as u64 + 1, (entry >> 80) as u64);
            let said = standing.remove(&(*entry as u32));
            assert_eq!(said, Some(place), "a queue knows its place");
        }
    }
    assert!(standing.is_empty(), "a queue stands nowhere: {standing:?}");
}

/// A queue with entries stands in one heap of queues, an empty one in none.
fn check_standing(world: &mut World, turn: Turn, queue: &Queue, standing: &mut Standing) {
    let head = queue.head.get(&mut world.chain).unwrap();
    let top = turn.top(&mut world.chain).unwrap();
    assert_eq!(head.position > 0, top.is_some(), "{turn:?}");
    let Some(top) = top else {
        return;
    };
    let is_deferred = head.key != top.at.max(head.served);
    assert!(
        !is_deferred || head.is_in_clock && head.key.is_multiple_of(86_400_000),
        "{turn:?} stands at {} for {}",
        head.key,
        top.at
    );
    let number = turn.organisation << 1 | u32::from(turn.unit == Unit::Height);
    standing.insert(number, (head.is_in_clock, head.position, head.key));
}

/// All entries of a heap, after checking that none is less than the one above it.
fn entries(world: &mut World, heap: Heap) -> Vec<u128> {
    let mut open = heap.open(&mut world.chain).unwrap();
    let mut entries: Vec<u128> = Vec::new();
    for index in 0..open.len() {
        let entry = open.get(&mut world.chain, index).unwrap();
        if let Some(above) = index
            .checked_sub(1)
            .map(|index| entries[index as usize / 4])
        {
            assert!(above <= entry, "the heap is out of order");
        }
        entries.push(entry);
    }
    entries
}
