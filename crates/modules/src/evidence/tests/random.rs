//! Random calls by members and strangers: whatever is accepted or refused, the books agree with a
//! plain list of what was accepted.

use super::world::{
    ALICE, BANKER, BOB, FARMER, by_digest, by_organisation, by_party, by_submitter, chain,
    commitment, deposited, digest, document, send, versions,
};
use crate::{
    Halt,
    evidence::{
        ADDRESS,
        IEvidence::{self, Content, Details, IEvidenceErrors},
    },
    identity::organisation_address,
    testing::{MapContext, Rng, play},
};
use alloy_primitives::{Address, B256};
use alloy_sol_types::SolInterface as _;

const STEPS: usize = 10_000;
const ACCOUNTS: [(Address, u64); 4] = [(BANKER, 1), (FARMER, 2), (ALICE, 0), (BOB, 0)];

/// What must be known about a deposit.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    digest: B256,
    content: Content,
    submitter: Address,
    organisation: u64,
    parties: Vec<Address>,
    time: u64,
    previous: u64,
    next: u64,
    origin: u64,
    version: u64,
    withdrawn: bool,
    erased: bool,
}

struct World {
    chain: MapContext,
    known: Vec<Known>,
    /// What the last step touched.
    touched: u64,
    accepted: [u64; 4],
    refused: u64,
}

impl World {
    fn get(&self, id: u64) -> Option<&Known> {
        self.known.get(usize::try_from(id).ok()?.checked_sub(1)?)
    }

    fn get_mut(&mut self, id: u64) -> &mut Known {
        &mut self.known[id as usize - 1]
    }

    fn owns(&self, who: (Address, u64), id: u64) -> bool {
        self.get(id).is_some_and(|known| {
            if known.organisation == 0 {
                known.submitter == who.0
            } else {
                known.organisation == who.1
            }
        })
    }
}

fn act(world: &mut World, rng: &mut Rng) {
    let who = *rng.pick(&ACCOUNTS);
    // A few numbers that exist, and some that do not.
    let id = rng.below(world.known.len() as u64 + 3);
    match rng.below(10) {
        0..6 => deposit(world, rng, who),
        6 | 7 => withdraw(world, who, id),
        _ => erase(world, who, id),
    }
}

fn deposit(world: &mut World, rng: &mut Rng, who: (Address, u64)) {
    let count = world.known.len() as u64;
    let previous = if rng.chance(1, 2) {
        count.saturating_sub(rng.below(12)) + rng.below(2)
    } else {
        0
    };
    let everybody = [
        BANKER,
        ALICE,
        BOB,
        organisation_address(1),
        organisation_address(2),
    ];
    let parties: Vec<Address> = (0..rng.below(3)).map(|_| *rng.pick(&everybody)).collect();
    let details = Details {
        kind: "photo".to_owned(),
        ownReference: String::new(),
        parties: parties.clone(),
        previous,
    };
    let word = digest(rng.below(40));
    let is_private = rng.chance(1, 4);
    let result = if is_private {
        send(&mut world.chain, who.0, &commitment(word, details))
    } else {
        let number = word.0[24..]
            .iter()
            .fold(0, |n, byte| n * 256 + u64::from(*byte));
        send(&mut world.chain, who.0, &document(number, details))
    };
    let is_right = previous == 0
        || (world.owns(who, previous) && world.get(previous).is_some_and(|known| known.next == 0));
    let is_right = is_right && (parties.len() < 2 || parties[0] != parties[1]);
    assert_eq!(result.is_ok(), is_right, "{result:?}");
    let Some(id) = settle(world, 0, result) else {
        return;
    };
    assert_eq!(id, count + 1, "numbers have no gap");
    let before = world.get(previous).cloned();
    world.known.push(Known {
        digest: word,
        content: if is_private {
            Content::Commitment
        } else {
            Content::Digest
        },
        submitter: who.0,
        organisation: who.1,
        parties,
        time: world.chain.time.get(),
        previous,
        next: 0,
        origin: before.as_ref().map_or(id, |before| before.origin),
        version: before.map_or(1, |before| before.version + 1),
        withdrawn: false,
        erased: false,
    });
    if previous != 0 {
        world.get_mut(previous).next = id;
        world.accepted[1] += 1;
    }
    world.touched = id;
}

fn withdraw(world: &mut World, who: (Address, u64), id: u64) {
    let reason = "no longer needed".to_owned();
    let result = send(
        &mut world.chain,
        who.0,
        &IEvidence::withdrawCall { id, reason },
    );
    let is_right = world.owns(who, id) && world.get(id).is_some_and(|known| !known.withdrawn);
    assert_eq!(result.is_ok(), is_right, "{result:?}");
    if settle(world, 2, result).is_some() {
        world.get_mut(id).withdrawn = true;
        world.touched = id;
    }
}

fn erase(world: &mut World, who: (Address, u64), id: u64) {
    let result = send(&mut world.chain, who.0, &IEvidence::eraseCall { id });
    let can = |known: &Known| known.content == Content::Commitment && !known.erased;
    let is_right = world.owns(who, id) && world.get(id).is_some_and(can);
    assert_eq!(result.is_ok(), is_right, "{result:?}");
    if settle(world, 3, result).is_some() {
        world.get_mut(id).erased = true;
        world.touched = id;
    }
}

/// Counts, and checks that a refusal is one of the interface.
fn settle<T>(world: &mut World, what: usize, result: Result<T, Halt>) -> Option<T> {
    match result {
        Ok(value) => {
            world.accepted[what] += 1;
            assert_eq!(world.chain.logs.len(), 1, "one log for each change");
            world.chain.logs.clear();
            Some(value)
        }
        Err(Halt::Revert(data)) => {
            IEvidenceErrors::abi_decode(&data).unwrap();
            world.refused += 1;
            assert!(world.chain.logs.is_empty());
            world.touched = 0;
            None
        }
        Err(other) => panic!("{other:?}"),
    }
}

/// Looks at the deposit that the step touched, and at its neighbours.
fn check(world: &mut World) {
    if let Some(known) = world.get(world.touched).cloned() {
        for id in [world.touched, known.previous, known.next, known.origin] {
            check_one(world, id);
        }
    }
}

fn check_one(world: &mut World, id: u64) {
    let Some(known) = world.get(id).cloned() else {
        return;
    };
    let found = deposited(&mut world.chain, id);
    let found = Known {
        digest: found.digest,
        content: found.content,
        submitter: found.submitter,
        organisation: found.organisation,
        parties: found.parties,
        time: found.time,
        previous: found.previous,
        next: found.next,
        origin: found.origin,
        version: found.version,
        withdrawn: found.withdrawn,
        erased: found.erased,
    };
    assert_eq!(found, known);
}

/// The lists by which deposits are found hold exactly what was accepted, in order.
fn check_lists(world: &mut World) {
    let ids = |fits: &dyn Fn(&Known) -> bool| -> Vec<u64> {
        (1..)
            .zip(&world.known)
            .filter_map(|(id, known)| fits(known).then_some(id))
            .collect()
    };
    let mut expected = Vec::new();
    for (account, organisation) in ACCOUNTS {
        expected.push((
            ids(&|known| known.submitter == account),
            ids(&|known| known.organisation == organisation && organisation != 0),
            ids(&|known| known.parties.contains(&account)),
        ));
    }
    let digests: Vec<Vec<u64>> = (0..40)
        .map(|number| ids(&|known| known.digest == digest(number)))
        .collect();
    for ((account, organisation), (own, made, named)) in ACCOUNTS.into_iter().zip(expected) {
        assert_eq!(by_submitter(&mut world.chain, account), own);
        assert_eq!(by_organisation(&mut world.chain, organisation), made);
        assert_eq!(by_party(&mut world.chain, account), named);
    }
    for (number, expected) in (0..).zip(digests) {
        assert_eq!(by_digest(&mut world.chain, digest(number)), expected);
    }
}

#[test]
fn the_books_agree_with_what_was_accepted() {
    let mut world = World {
        chain: chain(),
        known: Vec::new(),
        touched: 0,
        accepted: [0; 4],
        refused: 0,
    };
    play(20_261_122, STEPS, &mut world, act, check);
    for id in 1..=world.known.len() as u64 {
        check_one(&mut world, id);
    }
    check_lists(&mut world);
    check_chains(&mut world);
    // Every kind of step happened often enough to mean something.
    println!("accepted {:?}, refused {}", world.accepted, world.refused);
    assert!(
        world.accepted.iter().all(|count| *count > 100),
        "{:?}",
        world.accepted
    );
    assert!(world.refused > 1_000, "{}", world.refused);
    assert!(world.chain.slots.keys().any(|(at, _)| *at == ADDRESS));
}

/// Every chain of versions is whole, ascending and disjoint from the others.
fn check_chains(world: &mut World) {
    let mut seen = vec![false; world.known.len() + 1];
    for id in 1..=world.known.len() as u64 {
        if world.get(id).is_some_and(|known| known.origin != id) {
            continue;
        }
        let chain = versions(&mut world.chain, id);
        assert!(chain.windows(2).all(|pair| pair[0] < pair[1]));
        for (place, version) in (1..).zip(chain) {
            assert_eq!(world.get(version).map(|known| known.version), Some(place));
            assert!(!std::mem::replace(&mut seen[version as usize], true));
        }
    }
    assert!(
        seen[1..].iter().all(|seen| *seen),
        "every deposit is in one chain"
    );
}
