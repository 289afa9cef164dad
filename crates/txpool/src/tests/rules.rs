//! Admission, order, replacement, expiry: one rule each.

use super::*;
use std::collections::BTreeSet;

#[test]
#[expect(clippy::too_many_lines, reason = "one table of cases")]
fn refuses_what_can_never_be_included() {
    let world = World::default();
    world.set(address(0), 5, 1_000_000);
    let pool = pool(config());
    let refusal = |sketch: &Sketch| admit(&pool, &world, sketch).unwrap_err().to_string();
    let next = transfer(0, 5);

    let cases = [
        (
            Sketch {
                chain_id: 1,
                ..next.clone()
            },
            "invalid chain id",
        ),
        (transfer(0, 4), "nonce too low: next nonce 5, tx nonce 4"),
        (transfer(0, 5 + 4097), "nonce too high"),
        (transfer(0, u64::MAX), "nonce has max value"),
        (
            Sketch {
                gas: 20_999,
                ..next.clone()
            },
            "intrinsic gas too low",
        ),
        (
            Sketch {
                gas: 1_000_000_001,
                ..next.clone()
            },
            "exceeds block gas limit",
        ),
        (
            Sketch {
                gas: 100_000_001,
                ..next.clone()
            },
            "transaction gas limit too high",
        ),
        (
            Sketch {
                value: 1_000_001,
                ..next.clone()
            },
            "insufficient funds for gas * price + value",
        ),
        (
            next.clone().fees(1, 2),
            "max priority fee per gas higher than max fee per gas",
        ),
        (
            Sketch {
                to: TxKind::Create,
                input: vec![1; 49_153].into(),
                gas: 90_000_000,
                ..next.clone()
            },
            "max initcode size exceeded",
        ),
        (
            // 40 tokens for each ten non-zero bytes under the floor price of EIP-7623.
            Sketch {
                input: vec![1; 100].into(),
                gas: 24_999,
                ..next
            },
            "intrinsic gas too low: gas 24999, minimum needed 25000",
        ),
    ];
    let refused = cases.len() as u64 + 1;
    for (sketch, expected) in cases {
        let message = refusal(&sketch);
        assert!(
            message.starts_with(expected),
            "{message}, expected {expected}"
        );
    }
    assert_eq!(pool.len(), 0);
    admit(&pool, &world, &next).unwrap();
    assert_eq!(refusal(&next), "already known");
    assert_eq!(pool.stats().refused, refused);
}

#[test]
fn refuses_a_signature_that_leads_to_nobody() {
    let unsigned = TxLegacy {
        chain_id: Some(CHAIN_ID),
        gas_limit: 53_000,
        ..Default::default()
    };
    // s above half of the curve's order is malleable and refused since Homestead.
    let signature = alloy_primitives::Signature::new(U256::from(1), U256::MAX, false);
    let transaction = Transaction::from_envelope(unsigned.into_signed(signature).into()).unwrap();
    let results = pool(config()).admit(vec![transaction], &World::default());
    assert_eq!(results, [Err(AdmitError::InvalidSender)]);
}

#[test]
fn refuses_an_authorization_transaction_without_authorizations() {
    let unsigned = alloy_consensus::TxEip7702 {
        chain_id: CHAIN_ID,
        gas_limit: 21_000,
        ..Default::default()
    };
    let signature = sign_message(key(0), unsigned.signature_hash()).unwrap();
    let transaction = Transaction::from_envelope(unsigned.into_signed(signature).into()).unwrap();
    let results = pool(config()).admit(vec![transaction], &World::default());
    assert_eq!(results, [Err(AdmitError::NoAuthorization)]);
}

#[test]
fn holds_gaps_until_they_close() {
    let (pool, world) = (pool(config()), World::default());
    let me = address(0);
    for nonce in [3, 1] {
        admit(&pool, &world, &transfer(0, nonce)).unwrap();
    }
    assert!(pool.is_ready_empty());
    assert_eq!(pool.len(), 2);
    admit(&pool, &world, &transfer(0, 0)).unwrap();
    assert_eq!(best(&pool), [(me, 0), (me, 1)]);
    assert_eq!(pool.next_nonce(&me), Some(2));
    admit(&pool, &world, &transfer(0, 2)).unwrap();
    assert_eq!(best(&pool), [(me, 0), (me, 1), (me, 2), (me, 3)]);
}

#[test]
fn replaces_only_for_ten_percent_more_of_both_fees() {
    let (pool, world) = (pool(config()), World::default());
    world.set(address(0), 0, u64::MAX);
    let first = admit(&pool, &world, &transfer(0, 0)).unwrap();
    // At price zero nothing at the same price replaces.
    let same_price = Sketch {
        value: 1,
        ..transfer(0, 0)
    };
    assert_eq!(
        admit(&pool, &world, &same_price),
        Err(AdmitError::Underpriced)
    );
    assert_eq!(
        admit(&pool, &world, &transfer(0, 0).fees(100, 0)),
        Err(AdmitError::Underpriced)
    );
    let second = admit(&pool, &world, &transfer(0, 0).fees(100, 100)).unwrap();
    assert!(pool.get(&first).is_none());
    assert!(pool.get(&second).is_some());
    let nearly = transfer(0, 0).fees(109, 109);
    assert_eq!(admit(&pool, &world, &nearly), Err(AdmitError::Underpriced));
    assert_eq!(
        admit(&pool, &world, &transfer(0, 0).fees(200, 109)),
        Err(AdmitError::Underpriced)
    );
    admit(&pool, &world, &transfer(0, 0).fees(110, 110)).unwrap();
    assert_eq!((pool.len(), pool.stats().replaced), (1, 2));
}

#[test]
fn funds_must_cover_all_pending_together() {
    let (pool, world) = (pool(config()), World::default());
    let me = address(0);
    world.set(me, 0, 100);
    let value = |nonce, value| Sketch {
        value,
        ..transfer(0, nonce)
    };
    admit(&pool, &world, &value(0, 60)).unwrap();
    let error = admit(&pool, &world, &value(1, 41)).unwrap_err();
    assert!(
        matches!(error, AdmitError::InsufficientFunds { .. }),
        "{error}"
    );
    admit(&pool, &world, &value(1, 40)).unwrap();
    assert_eq!(best(&pool), [(me, 0), (me, 1)]);

    // The balance falls in a block that held none of these: what it no longer covers waits.
    let poorer = world.set(me, 0, 60);
    pool.on_finalized(&[], [(me, poorer)].into_iter(), TimestampMs::new(1));
    pool.assert_consistent();
    assert_eq!(best(&pool), [(me, 0)]);
    let poor = world.set(me, 0, 59);
    pool.on_finalized(&[], [(me, poor)].into_iter(), TimestampMs::new(2));
    pool.assert_consistent();
    assert!(pool.is_ready_empty());
    let rich = world.set(me, 0, 1000);
    pool.on_finalized(&[], [(me, rich)].into_iter(), TimestampMs::new(3));
    pool.assert_consistent();
    assert_eq!(best(&pool), [(me, 0), (me, 1)]);
}

#[test]
fn senders_take_turns_and_the_served_go_to_the_end() {
    let (pool, world) = (pool(config()), World::default());
    for nonce in 0..4 {
        admit(&pool, &world, &transfer(0, nonce)).unwrap();
    }
    admit(&pool, &world, &transfer(1, 0)).unwrap();
    admit(&pool, &world, &transfer(2, 0)).unwrap();
    let [a, b, c] = [address(0), address(1), address(2)];
    assert_eq!(
        best(&pool),
        [(a, 0), (b, 0), (c, 0), (a, 1), (a, 2), (a, 3)]
    );

    let limits = BestLimits {
        transactions: 1,
        ..EVERYTHING
    };
    let block = pool.best(limits, &BTreeMap::new());
    finalize(&pool, &world, &block, 1);
    assert_eq!(best(&pool), [(b, 0), (c, 0), (a, 1), (a, 2), (a, 3)]);
}

#[test]
fn continues_after_pending_ancestors() {
    let (pool, world) = (pool(config()), World::default());
    for nonce in 0..3 {
        admit(&pool, &world, &transfer(0, nonce)).unwrap();
    }
    admit(&pool, &world, &transfer(1, 0)).unwrap();
    let [a, b] = [address(0), address(1)];
    let already = BTreeMap::from([(a, 2)]);
    assert_eq!(nonces(&pool.best(EVERYTHING, &already)), [(b, 0), (a, 2)]);
    let beyond = BTreeMap::from([(a, 9), (b, 1)]);
    assert!(pool.best(EVERYTHING, &beyond).is_empty());
}

#[test]
fn a_selection_stays_within_its_limits() {
    let (pool, world) = (pool(config()), World::default());
    let mut large = transfer(0, 0);
    (large.input, large.gas) = (vec![0; 5000].into(), 100_000);
    admit(&pool, &world, &large).unwrap();
    admit(&pool, &world, &transfer(0, 1)).unwrap();
    admit(&pool, &world, &transfer(1, 0)).unwrap();
    let chosen = |limits| nonces(&pool.best(limits, &BTreeMap::new()));
    // What does not fit is left out with all that depends on it; others still fit.
    assert_eq!(
        chosen(BestLimits {
            bytes: 1000,
            ..EVERYTHING
        }),
        [(address(1), 0)]
    );
    assert_eq!(
        chosen(BestLimits {
            gas: 30_000,
            ..EVERYTHING
        }),
        [(address(1), 0)]
    );
    assert_eq!(
        chosen(BestLimits {
            transactions: 2,
            ..EVERYTHING
        })
        .len(),
        2
    );
    assert!(
        chosen(BestLimits {
            transactions: 0,
            ..EVERYTHING
        })
        .is_empty()
    );
}

#[test]
fn finalization_drops_included_and_stale() {
    let (pool, world) = (pool(config()), World::default());
    for nonce in 0..5 {
        admit(&pool, &world, &transfer(0, nonce)).unwrap();
    }
    // Another transaction of this sender with nonce 1 was included, one that this pool never saw.
    let elsewhere = Sketch {
        value: 0,
        gas: 50_000,
        ..transfer(0, 1)
    }
    .sign();
    finalize(&pool, &world, &[transfer(0, 0).sign(), elsewhere], 1);
    let me = address(0);
    assert_eq!(best(&pool), [(me, 2), (me, 3), (me, 4)]);
    assert_eq!(pool.stats().included, 2);
    // Even a caller that names no account leaves nothing behind.
    pool.on_finalized(
        &[transfer(0, 2).sign()],
        std::iter::empty(),
        TimestampMs::new(2),
    );
    pool.assert_consistent();
    assert_eq!(best(&pool), [(me, 3), (me, 4)]);
    finalize(&pool, &world, &[transfer(0, 4).sign()], 3);
    assert_eq!(pool.stats().senders, 0);
}

#[test]
fn expires_by_block_time() {
    let (pool, world) = (
        pool(Config {
            lifetime_ms: 1000,
            ..config()
        }),
        World::default(),
    );
    admit(&pool, &world, &transfer(0, 7)).unwrap();
    let time = 1_760_000_000_000;
    finalize(&pool, &world, &[], time);
    admit(&pool, &world, &transfer(0, 8)).unwrap();
    finalize(&pool, &world, &[], time + 1000);
    assert_eq!(pool.len(), 2);
    finalize(&pool, &world, &[], time + 1001);
    assert_eq!((pool.len(), pool.stats().expired), (0, 2));
}

#[test]
fn a_refused_transaction_leaves_and_the_rest_waits() {
    let (pool, world) = (pool(config()), World::default());
    let hash = admit(&pool, &world, &transfer(0, 0)).unwrap();
    admit(&pool, &world, &transfer(0, 1)).unwrap();
    assert!(pool.remove_refused(&hash, &"sender has code"));
    pool.assert_consistent();
    assert!(!pool.remove_refused(&hash, &"sender has code"));
    assert!(pool.is_ready_empty());
    assert_eq!(pool.len(), 1);
}

#[test]
fn listeners_wake_for_ready_transactions_only() {
    use std::time::Duration;
    let (pool, world) = (pool(config()), World::default());
    let listener = pool.listen();
    admit(&pool, &world, &transfer(0, 1)).unwrap();
    assert!(event_listener::Listener::wait_timeout(listener, Duration::ZERO).is_none());
    let listener = pool.listen();
    admit(&pool, &world, &transfer(0, 0)).unwrap();
    assert!(event_listener::Listener::wait_timeout(listener, Duration::ZERO).is_some());
}

#[test]
fn a_batch_reads_each_account_once_and_known_senders_never() {
    let (pool, world) = (pool(config()), World::default());
    let batch: Vec<Transaction> = (0..20).map(|n| transfer(n % 2, n / 2).sign()).collect();
    let results = pool.admit(batch, &world);
    let hashes: BTreeSet<B256> = results.into_iter().map(Result::unwrap).collect();
    assert_eq!((hashes.len(), world.reads.get()), (20, 2));
    admit(&pool, &world, &transfer(0, 10)).unwrap();
    assert_eq!(world.reads.get(), 2);
}

/// A reader during whose reading a block is finalized.
struct Racing {
    pool: Pool,
    world: World,
}

impl AccountReader for Racing {
    fn account(&self, address: &Address) -> Result<Account, String> {
        let before = self.world.account(address)?;
        if before.nonce == 0 {
            self.world.set(*address, 3, 0);
            self.pool
                .on_finalized(&[], std::iter::empty(), TimestampMs::new(9));
        }
        Ok(before)
    }
}

#[test]
fn an_account_read_before_a_block_is_read_again_after_it() {
    let pool = pool(config());
    let racing = Racing {
        pool: pool.clone(),
        world: World::default(),
    };
    let results = pool.admit(vec![transfer(0, 2).sign(), transfer(0, 3).sign()], &racing);
    assert_eq!(
        results[0],
        Err(AdmitError::NonceTooLow {
            expected: 3,
            found: 2
        })
    );
    assert!(results[1].is_ok());
    assert_eq!(best(&pool), [(address(0), 3)]);
}

#[test]
fn a_failing_reader_refuses_its_sender_only() {
    struct Failing;
    impl AccountReader for Failing {
        fn account(&self, asked: &Address) -> Result<Account, String> {
            if *asked == address(0) {
                Err("disk".into())
            } else {
                Ok(Account::default())
            }
        }
    }
    let pool = pool(config());
    let results = pool.admit(vec![transfer(0, 0).sign(), transfer(1, 0).sign()], &Failing);
    assert!(matches!(&results[0], Err(AdmitError::Account { reason, .. }) if reason == "disk"));
    assert!(results[1].is_ok());
}
