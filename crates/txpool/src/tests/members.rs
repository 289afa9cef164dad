//! Members share the pool and the blocks, however many senders they have.

use super::{EVERYTHING, World, address, admit, config, finalize, pool, transfer};
use crate::{AccountReader, AdmitError, BestLimits, Config, Denied, Pool};
use alloy_primitives::Address;
use qiantang_types::{Account, Transaction};
use std::collections::BTreeMap;

/// Senders from 100 on belong to the member of their hundred; those from 900 on are denied.
struct Members(World);

impl AccountReader for Members {
    fn account(&self, address: &Address) -> Result<Account, String> {
        self.0.account(address)
    }

    fn members(&self, transactions: &[Transaction]) -> Vec<Result<u64, Denied>> {
        transactions
            .iter()
            .map(|transaction| match number(transaction) / 100 {
                9 => Err(Denied {
                    reason: "the account is suspended".to_owned(),
                    is_lasting: true,
                }),
                member => Ok(member),
            })
            .collect()
    }
}

fn number(transaction: &Transaction) -> u64 {
    let sender = transaction.sender().unwrap();
    (0..1000)
        .filter(|number| number % 100 < 10)
        .find(|number| address(*number) == sender)
        .unwrap()
}

fn world() -> Members {
    Members(World::default())
}

/// Offers `count` transactions of a sender, whose signatures are checked together.
fn send(pool: &Pool, world: &Members, sender: u64, count: u64) -> usize {
    let batch = (0..count).map(|nonce| transfer(sender, nonce).sign());
    let results = pool.admit(batch.collect(), world);
    results.iter().filter(|result| result.is_ok()).count()
}

fn senders(chosen: &[Transaction]) -> Vec<u64> {
    chosen.iter().map(number).collect()
}

#[test]
fn a_block_serves_the_member_that_has_least_in_it() {
    let (pool, world) = (pool(config()), world());
    for sender in [100, 101, 102] {
        assert_eq!(send(&pool, &world, sender, 4), 4);
    }
    assert_eq!(send(&pool, &world, 200, 3), 3);
    assert_eq!(send(&pool, &world, 1, 2), 2);
    let limits = BestLimits {
        transactions: 8,
        ..EVERYTHING
    };
    let chosen = senders(&pool.best(limits, &BTreeMap::new()));
    assert_eq!(chosen, [1, 100, 200, 1, 101, 200, 102, 200]);
    // Where the others have nothing more, the rest is for who has.
    let all = senders(&pool.best(EVERYTHING, &BTreeMap::new()));
    assert_eq!(all.len(), 17);
    assert_eq!(all[8..], [100, 101, 102, 100, 101, 102, 100, 101, 102]);
}

#[test]
fn a_member_gets_no_more_gas_than_its_quota() {
    let (pool, world) = (pool(config()), world());
    send(&pool, &world, 100, 5);
    send(&pool, &world, 200, 2);
    let limits = BestLimits {
        member_gas: 3 * 21_000,
        ..EVERYTHING
    };
    let chosen = senders(&pool.best(limits, &BTreeMap::new()));
    assert_eq!(chosen, [100, 200, 100, 200, 100]);
}

#[test]
fn a_flood_of_one_member_leaves_the_others_their_part_of_the_pool() {
    let config = Config {
        transactions: 256,
        ..config()
    };
    let (pool, world) = (pool(config), world());
    for sender in 100..110 {
        send(&pool, &world, sender, 100);
    }
    assert_eq!(pool.len(), 256, "the flood fills what nobody else uses");
    assert_eq!(send(&pool, &world, 200, 60), 60);
    assert_eq!(send(&pool, &world, 301, 60), 60);
    let held = |member: u64| {
        let all = pool.best(EVERYTHING, &BTreeMap::new());
        let of_member = senders(&all).into_iter();
        of_member.filter(|sender| sender / 100 == member).count()
    };
    assert_eq!((held(2), held(3)), (60, 60));
    pool.assert_consistent();
    // The flood goes on, and takes nothing back.
    for sender in 100..110 {
        send(&pool, &world, sender, 100);
    }
    assert_eq!((held(2), held(3)), (60, 60));
    // What left the pool makes room for the member again.
    let block = pool.best(EVERYTHING, &BTreeMap::new());
    finalize(&pool, &world.0, &block, 1);
    pool.assert_consistent();
    assert!(pool.is_empty());
}

#[test]
fn who_is_denied_is_told_why_and_the_rest_of_the_batch_goes_on() {
    let (pool, world) = (pool(config()), world());
    let batch = [100, 900, 200].map(|sender| transfer(sender, 0).sign());
    let results = pool.admit(batch.to_vec(), &world);
    let denied = results[1].as_ref().unwrap_err();
    assert!(matches!(denied, AdmitError::Denied(_)));
    assert_eq!(denied.to_string(), "the account is suspended");
    assert!(results[0].is_ok() && results[2].is_ok());
    assert_eq!(pool.stats().refused, 1);
    let plain = admit(&pool, &world.0, &transfer(900, 0));
    assert!(plain.is_ok(), "who asks nobody knows no members");
}

#[test]
fn the_members_change_the_limits_while_the_pool_runs() {
    let (pool, world) = (pool(config()), world());
    let mut large = transfer(100, 0);
    large.gas = 200_000_000;
    let refused = pool
        .admit(vec![large.sign()], &world)
        .remove(0)
        .unwrap_err();
    assert!(matches!(refused, AdmitError::TransactionGas { .. }));
    pool.set_parameters(&qiantang_types::Parameters {
        transaction_gas_limit: 300_000_000,
        member_gas_per_block: 250_000_000,
        ..Default::default()
    });
    pool.admit(vec![large.sign()], &world).remove(0).unwrap();
    assert_eq!(pool.within_block(EVERYTHING).member_gas, 250_000_000);
    assert_eq!(pool.within_block(EVERYTHING).gas, 1_000_000_000);
}
