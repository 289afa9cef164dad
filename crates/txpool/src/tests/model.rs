//! Random operations against a model that is too simple to be wrong.

use super::*;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Admit {
        sender: u64,
        nonce: u64,
        fee: u128,
        value: u64,
    },
    Finalize {
        count: usize,
        elapsed: u64,
    },
    Fund {
        sender: u64,
        balance: u64,
    },
    Skip {
        sender: u64,
    },
    Refuse {
        index: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let sender = 0..4_u64;
    prop_oneof![
        8 => (sender.clone(), 0..14_u64, 0..3_u128, 0..40_u64)
            .prop_map(|(sender, nonce, fee, value)| Step::Admit { sender, nonce, fee, value }),
        2 => (0..6_usize, 0..400_u64)
            .prop_map(|(count, elapsed)| Step::Finalize { count, elapsed }),
        1 => (sender.clone(), 0..2_000_000_u64)
            .prop_map(|(sender, balance)| Step::Fund { sender, balance }),
        1 => sender.prop_map(|sender| Step::Skip { sender }),
        1 => (0..10_usize).prop_map(|index| Step::Refuse { index }),
    ]
}

/// What must be true of every selection, from the accounts and the selection alone.
fn assert_executable(world: &World, selection: &[Transaction]) {
    use alloy_consensus::Transaction as _;
    let mut accounts = world.accounts.borrow().clone();
    for transaction in selection {
        let account = accounts.entry(transaction.sender().unwrap()).or_default();
        let envelope = transaction.signed().unwrap();
        assert_eq!(
            envelope.nonce(),
            account.nonce,
            "contiguous from the account's nonce"
        );
        let cost = envelope.value();
        assert!(
            account.balance >= cost,
            "covered together with those before it"
        );
        account.balance -= cost;
        account.nonce += 1;
    }
}

fn apply(pool: &Pool, world: &World, step: Step, time: &mut u64) {
    match step {
        Step::Admit {
            sender,
            nonce,
            fee,
            value,
        } => {
            let sketch = Sketch {
                value,
                ..transfer(sender, nonce).fees(fee, fee)
            };
            let before = pool.len();
            let result = pool.admit(vec![sketch.sign()], world).remove(0);
            assert!(
                result.is_ok() || pool.len() <= before,
                "a refusal adds nothing"
            );
            assert_eq!(
                result.is_ok(),
                result.is_ok_and(|hash| pool.get(&hash).is_some())
            );
        }
        Step::Finalize { count, elapsed } => {
            *time += elapsed;
            let limits = BestLimits {
                transactions: count,
                ..EVERYTHING
            };
            let block = pool.best(limits, &BTreeMap::new());
            assert!(block.len() <= count);
            finalize(pool, world, &block, *time);
        }
        Step::Fund { sender, balance } => {
            let nonce = world.account(&address(sender)).unwrap().nonce;
            let account = world.set(address(sender), nonce, balance);
            let changed = [(address(sender), account)].into_iter();
            pool.on_finalized(&[], changed, TimestampMs::new(*time));
        }
        Step::Skip { sender } => {
            let before = world.account(&address(sender)).unwrap();
            let balance = u64::try_from(before.balance).unwrap();
            let account = world.set(address(sender), before.nonce + 1, balance);
            let changed = [(address(sender), account)].into_iter();
            pool.on_finalized(&[], changed, TimestampMs::new(*time));
        }
        Step::Refuse { index } => {
            let chosen = pool.best(EVERYTHING, &BTreeMap::new());
            if let Some(transaction) = chosen.get(index) {
                assert!(pool.remove_refused(&transaction.hash(), &"test"));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn random_operations_keep_every_promise(steps in prop::collection::vec(step(), 1..120)) {
        let (pool, world) = (
            pool(Config {
                transactions: 16,
                sender_transactions: 7,
                bytes: 1800,
                sender_bytes: 800,
                nonce_distance: 9,
                lifetime_ms: 1000,
                ..config()
            }),
            World::default(),
        );
        for sender in 0..3 {
            world.set(address(sender), 0, 1_000_000);
        }
        let mut time = 1;
        for step in steps {
            apply(&pool, &world, step, &mut time);
            pool.assert_consistent();
            let selection = pool.best(EVERYTHING, &BTreeMap::new());
            assert_executable(&world, &selection);
            prop_assert_eq!(selection.len(), pool.stats().ready);
            prop_assert_eq!(selection.is_empty(), pool.is_ready_empty());
        }
    }

    /// With room for everything, what is ready is exactly what a naive reading of the rules says,
    /// whatever the order of arrival.
    #[test]
    fn the_order_of_arrival_does_not_matter_without_limits(
        places in prop::collection::btree_set((0..3_u64, 0..10_u64), 0..25),
        order in any::<prop::sample::Index>(),
    ) {
        let (pool, world) = (pool(config()), World::default());
        let mut arrivals: Vec<_> = places.iter().copied().collect();
        if !arrivals.is_empty() {
            let middle = order.index(arrivals.len());
            arrivals.rotate_left(middle);
            arrivals.reverse();
        }
        for (sender, nonce) in arrivals {
            prop_assert!(pool.admit(vec![transfer(sender, nonce).sign()], &world)[0].is_ok());
        }
        pool.assert_consistent();
        let mut expected: Vec<(Address, u64)> = (0..3)
            .flat_map(|sender| {
                let run = (0..).take_while(|nonce| places.contains(&(sender, *nonce)));
                run.collect::<Vec<_>>().into_iter().map(move |nonce| (address(sender), nonce))
            })
            .collect();
        let mut found = best(&pool);
        expected.sort_unstable();
        found.sort_unstable();
        prop_assert_eq!(found, expected);
    }
}
