//! Floods: whatever is thrown at it, the pool stays within its limits and honest senders get
//! through.

use super::*;

fn small() -> Config {
    Config {
        transactions: 256,
        bytes: 64 << 10,
        sender_transactions: 32,
        sender_bytes: 16 << 10,
        nonce_distance: 64,
        ..config()
    }
}

#[test]
fn invalid_and_duplicate_floods_leave_nothing_behind() {
    let (pool, world) = (pool(small()), World::default());
    world.set(address(0), 10, 0);
    let known = transfer(0, 10).sign();
    pool.admit(vec![known.clone()], &world);
    let bytes = pool.bytes();
    for round in 0..50 {
        let batch = vec![
            known.clone(),
            transfer(0, round % 10).sign(),
            Sketch {
                value: 1 + round,
                ..transfer(0, 11)
            }
            .sign(),
            transfer(0, 10 + 65 + round).sign(),
        ];
        assert!(pool.admit(batch, &world).iter().all(Result::is_err));
    }
    pool.assert_consistent();
    let stats = pool.stats();
    assert_eq!(
        (stats.transactions, stats.bytes, stats.senders),
        (1, bytes, 1)
    );
    assert_eq!((stats.admitted, stats.refused), (1, 200));
}

#[test]
fn future_nonces_give_way_to_ready_transactions() {
    let (pool, world) = (pool(small()), World::default());
    for sender in 0..20 {
        let batch = (1..=40)
            .map(|nonce| transfer(sender, nonce).sign())
            .collect();
        pool.admit(batch, &world);
        pool.assert_consistent();
    }
    assert_eq!(pool.len(), 256);
    for nonce in 0..20 {
        admit(&pool, &world, &transfer(100, nonce)).unwrap();
    }
    let honest: Vec<_> = (0..20).map(|nonce| (address(100), nonce)).collect();
    assert_eq!(best(&pool), honest);
    assert!(pool.len() <= 256);
    // More of the future is refused while the pool is full.
    while admit(&pool, &world, &transfer(200, pool.len() as u64 % 60 + 1)).is_ok() {}
    let error = admit(&pool, &world, &transfer(201, 1)).unwrap_err();
    assert!(
        error.to_string().contains("full") || error == AdmitError::Underpriced,
        "{error}"
    );
}

#[test]
fn a_new_sender_displaces_the_largest_one() {
    let (pool, world) = (pool(small()), World::default());
    for sender in 0..8 {
        let batch = (0..32)
            .map(|nonce| transfer(sender, nonce).sign())
            .collect();
        assert!(pool.admit(batch, &world).iter().all(Result::is_ok));
    }
    assert_eq!(pool.len(), 256);
    admit(&pool, &world, &transfer(100, 0)).unwrap();
    assert!(best(&pool).contains(&(address(100), 0)));
    // One of the large ones may not displace the others.
    pool.admit(
        (1..32).map(|nonce| transfer(100, nonce).sign()).collect(),
        &world,
    );
    pool.assert_consistent();
    let full = admit(
        &pool,
        &world,
        &transfer(0, pool.next_nonce(&address(0)).unwrap()),
    );
    assert!(pool.len() <= 256, "{full:?}");
}

#[test]
fn sybils_cannot_displace_each_other() {
    let (pool, world) = (
        pool(Config {
            transactions: 64,
            ..small()
        }),
        World::default(),
    );
    let batch: Vec<_> = (0..64).map(|sender| transfer(sender, 0).sign()).collect();
    assert!(pool.admit(batch, &world).iter().all(Result::is_ok));
    for sender in 64..96 {
        let error = admit(&pool, &world, &transfer(sender, 0)).unwrap_err();
        assert!(matches!(error, AdmitError::Full { .. }), "{error}");
    }
    assert_eq!(pool.stats().evicted, 0);
    // A block makes room again.
    let limits = BestLimits {
        transactions: 10,
        ..EVERYTHING
    };
    let block = pool.best(limits, &BTreeMap::new());
    finalize(&pool, &world, &block, 1);
    admit(&pool, &world, &transfer(70, 0)).unwrap();
}

#[test]
fn an_awaited_transaction_finds_room_in_a_full_queue() {
    let (pool, world) = (pool(small()), World::default());
    let batch = (1..=32).map(|nonce| transfer(0, nonce).sign()).collect();
    assert!(pool.admit(batch, &world).iter().all(Result::is_ok));
    let error = admit(&pool, &world, &transfer(0, 33)).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("txpool: account limit exceeded"),
        "{error}"
    );
    admit(&pool, &world, &transfer(0, 0)).unwrap();
    assert_eq!(best(&pool).len(), 32);
    let full = admit(&pool, &world, &transfer(0, 32)).unwrap_err();
    assert!(
        matches!(
            full,
            AdmitError::SenderFull {
                transactions: 32,
                ..
            }
        ),
        "{full}"
    );
}

#[test]
fn bytes_are_bounded_as_well() {
    let (pool, world) = (pool(small()), World::default());
    for sender in 0..12 {
        for nonce in 0..4 {
            let mut large = transfer(sender, nonce);
            (large.input, large.gas) = (vec![0; 4000].into(), 100_000);
            let _outcome = admit(&pool, &world, &large);
        }
    }
    let stats = pool.stats();
    assert!(
        stats.bytes <= 64 << 10 && stats.bytes > 48 << 10,
        "{stats:?}"
    );
}
