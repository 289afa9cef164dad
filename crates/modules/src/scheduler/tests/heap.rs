//! The heap against a sorted list.

use crate::{
    scheduler::heap::Heap,
    storage::{Place, Stored as _},
    testing::{MapContext, Rng},
};
use alloy_primitives::{Address, U256};
use std::collections::BTreeMap;

fn heap() -> Heap {
    Heap::at(Place::slot(U256::from(7)))
}

#[test]
fn the_heap_is_a_sorted_list() {
    let mut ctx = MapContext::new(Address::ZERO);
    ctx.gas_limit = u64::MAX;
    let mut rng = Rng::new(3);
    let mut model: Vec<u128> = Vec::new();
    let mut places: BTreeMap<u128, u64> = BTreeMap::new();
    for step in 0..20_000_u128 {
        let mut open = heap().open(&mut ctx).unwrap();
        let entry = u128::from(rng.below(500) + 1) << 64 | step;
        // Grows to about a hundred entries and empties again and again.
        let grows = step / 700 % 2 == 0;
        match rng.below(10) {
            0..6 if grows || model.is_empty() => {
                open.push(&mut ctx, entry).unwrap();
                model.push(entry);
            }
            6 if !model.is_empty() => {
                let old = *rng.pick(&model);
                open.replace(&mut ctx, places[&old], entry).unwrap();
                model.retain(|known| *known != old);
                model.push(entry);
                places.remove(&old);
            }
            7 if !model.is_empty() => {
                let old = *rng.pick(&model);
                open.remove(&mut ctx, places[&old]).unwrap();
                model.retain(|known| *known != old);
                places.remove(&old);
            }
            _ => {
                if let Some(least) = model.iter().min().copied() {
                    open.remove(&mut ctx, 0).unwrap();
                    model.retain(|known| *known != least);
                    places.remove(&least);
                }
            }
        }
        for (entry, index) in open.close(&mut ctx).unwrap() {
            places.insert(entry, index);
        }
        assert_eq!(heap().top(&mut ctx).unwrap(), model.iter().min().copied());
        assert_eq!(heap().len(&mut ctx).unwrap(), model.len() as u64);
        assert_eq!(places.len(), model.len());
        if step % 97 == 0 {
            let mut open = heap().open(&mut ctx).unwrap();
            for entry in &model {
                assert_eq!(open.get(&mut ctx, places[entry]).unwrap(), *entry);
            }
        }
    }
    while let Some(least) = model.iter().min().copied() {
        assert_eq!(heap().top(&mut ctx).unwrap(), Some(least));
        let mut open = heap().open(&mut ctx).unwrap();
        open.remove(&mut ctx, 0).unwrap();
        open.close(&mut ctx).unwrap();
        model.retain(|known| *known != least);
    }
    assert!(ctx.slots.is_empty(), "an empty heap has no slots");
}

#[test]
fn removing_what_is_not_there_changes_nothing() {
    let mut ctx = MapContext::new(Address::ZERO);
    let mut open = heap().open(&mut ctx).unwrap();
    open.remove(&mut ctx, 0).unwrap();
    open.push(&mut ctx, 5).unwrap();
    open.remove(&mut ctx, 1).unwrap();
    assert_eq!(open.close(&mut ctx).unwrap(), BTreeMap::from([(5, 0)]));
    assert_eq!(heap().top(&mut ctx).unwrap(), Some(5));
}

#[test]
fn one_level_down_reads_two_slots() {
    let mut ctx = MapContext::new(Address::ZERO);
    ctx.gas_limit = u64::MAX;
    let mut open = heap().open(&mut ctx).unwrap();
    // Five full levels.
    for entry in 1..=341_u128 {
        open.push(&mut ctx, entry).unwrap();
    }
    open.close(&mut ctx).unwrap();
    ctx.loads = 0;
    let mut open = heap().open(&mut ctx).unwrap();
    open.replace(&mut ctx, 0, 1_000).unwrap();
    open.close(&mut ctx).unwrap();
    // The length, the first entry, and two slots for each of four levels below it.
    assert_eq!(ctx.loads, 10);
}
