//! Quotas: what one member may use, and that the others keep theirs.

use super::world::{BANK, BANKER, DAY, GROWER, GUEST, TEA, TOKEN, World, code, transfer};
use crate::policy::{
    ADDRESS, Candidate, Denial, Excess, GOVERNANCE, IPolicy, Span, Unit, record_usage,
};
use alloy_primitives::Address;
use proptest::prelude::*;

const OTHER_GUEST: Address = Address::repeat_byte(0x78);

fn asking(sender: Address, gas_limit: u64, bytes: u64) -> Candidate<'static> {
    Candidate {
        gas_limit,
        bytes,
        ..transfer(sender, TOKEN)
    }
}

fn ask(world: &mut World, sender: Address, gas: u64, bytes: u64) -> u8 {
    code(&world.ask(&asking(sender, gas, bytes)))
}

fn record(world: &mut World, organisation: u64, gas: u64, bytes: u64) {
    world.chain.address = Address::ZERO;
    world.chain.gas_used = 0;
    record_usage(&mut world.chain, organisation, gas, bytes).unwrap();
}

fn limited() -> World {
    let mut world = World::new();
    let parameters = &mut world.chain.parameters;
    parameters.member_gas_per_block = 1_000;
    parameters.member_gas_per_day = 3_000;
    parameters.member_bytes_per_block = 100;
    parameters.member_bytes_per_day = 250;
    world
}

#[test]
fn without_limits_nothing_is_counted() {
    let mut world = World::new();
    let before = world.chain.slots.clone();
    record(&mut world, BANK, u64::MAX, u64::MAX);
    record(&mut world, 0, 1, 1);
    assert!(world.chain.slots == before);
    assert_eq!(ask(&mut world, BANKER, u64::MAX, u64::MAX), 0);
}

#[test]
fn a_member_that_has_used_its_share_waits_and_the_others_do_not() {
    let mut world = limited();
    assert_eq!(ask(&mut world, BANKER, 1_000, 100), 0);
    record(&mut world, BANK, 600, 60);
    assert_eq!(ask(&mut world, BANKER, 400, 40), 0);
    assert_eq!(ask(&mut world, BANKER, 401, 40), 10);
    assert_eq!(ask(&mut world, BANKER, 400, 41), 12);
    assert_eq!(ask(&mut world, GROWER, 1_000, 100), 0);
    assert_eq!(ask(&mut world, GUEST, 1_000, 100), 0);
    let denial = world.ask(&asking(BANKER, 401, 40)).unwrap_err();
    assert!(!denial.is_lasting());
    assert_eq!(
        denial,
        Denial::QuotaUsed(Excess {
            organisation: BANK,
            unit: Unit::Gas,
            span: Span::Block,
            used: 600,
            asked: 401,
            quota: 1_000,
        })
    );
    world.chain.next_block();
    assert_eq!(ask(&mut world, BANKER, 1_000, 100), 0);
}

#[test]
fn what_cannot_fit_is_refused_for_good() {
    let mut world = limited();
    for (gas, bytes) in [(1_001, 1), (1, 101)] {
        let denial = world.ask(&asking(BANKER, gas, bytes)).unwrap_err();
        assert_eq!(denial.code(), 14);
        assert!(denial.is_lasting());
    }
}

#[test]
fn days_are_those_of_utc() {
    let mut world = limited();
    world.chain.parameters.member_gas_per_block = 0;
    world.chain.parameters.member_bytes_per_block = 0;
    let midnight = world.now() - world.now() % DAY + DAY;
    world.wait(midnight - 1 - world.now());
    record(&mut world, BANK, 2_500, 10);
    assert_eq!(ask(&mut world, BANKER, 501, 1), 11);
    record(&mut world, BANK, 0, 241);
    assert_eq!(ask(&mut world, BANKER, 500, 1), 13);
    world.wait(1);
    assert_eq!(ask(&mut world, BANKER, 3_000, 250), 0);
    assert_eq!(ask(&mut world, BANKER, 3_001, 250), 14);
}

#[test]
fn the_guests_are_one_member() {
    let mut world = limited();
    record(&mut world, 0, 900, 10);
    assert_eq!(ask(&mut world, GUEST, 101, 1), 10);
    assert_eq!(ask(&mut world, OTHER_GUEST, 101, 1), 10);
    assert_eq!(ask(&mut world, OTHER_GUEST, 100, 1), 0);
    let text = world.ask(&asking(GUEST, 101, 1)).unwrap_err().to_string();
    assert_eq!(
        text,
        "all accounts without an organisation together may use 1000 gas per block, 900 are used, \
         and this asks for 101; it can wait for the next block"
    );
}

#[test]
fn governance_gives_a_member_a_quota_of_its_own() {
    let mut world = limited();
    let set = |organisation, figures: [u64; 4]| IPolicy::setQuotaCall {
        organisation,
        quota: IPolicy::Quota {
            gasPerBlock: figures[0],
            gasPerDay: figures[1],
            bytesPerBlock: figures[2],
            bytesPerDay: figures[3],
        },
    };
    world.accept(GOVERNANCE, &set(BANK, [5_000, u64::MAX, 0, 0]));
    assert_eq!(ask(&mut world, BANKER, 5_000, 100), 0);
    assert_eq!(ask(&mut world, BANKER, 5_001, 100), 14);
    assert_eq!(ask(&mut world, BANKER, 5_000, 101), 14);
    assert_eq!(ask(&mut world, GROWER, 1_001, 100), 14);
    record(&mut world, BANK, 4_000, 7);
    let seen = world.view(&IPolicy::quotaOfCall { organisation: BANK });
    let quota = seen.quota;
    assert_eq!(
        (
            quota.gasPerBlock,
            quota.gasPerDay,
            quota.bytesPerBlock,
            quota.bytesPerDay
        ),
        (5_000, 0, 100, 250)
    );
    let usage = seen.usage;
    assert_eq!(
        (
            usage.gasInBlock,
            usage.gasInDay,
            usage.bytesInBlock,
            usage.bytesInDay
        ),
        (4_000, 4_000, 7, 7)
    );
    world.accept(GOVERNANCE, &set(BANK, [0; 4]));
    assert_eq!(ask(&mut world, BANKER, 1_001, 100), 14);
    world.accept(GOVERNANCE, &set(0, [7, 0, 0, 0]));
    assert_eq!(ask(&mut world, GUEST, 8, 1), 14);
    // A quota alone limits a member also where the parameters limit nobody.
    world.chain.parameters = Default::default();
    assert_eq!(ask(&mut world, GUEST, 8, 1), 14);
    assert_eq!(ask(&mut world, BANKER, u64::MAX, 1), 0);
    assert_eq!(
        world.refuse(GOVERNANCE, &set(99, [1; 4])),
        "UnknownOrganisation"
    );
    for who in [BANKER, GROWER, GUEST, ADDRESS] {
        assert_eq!(world.refuse(who, &set(TEA, [1; 4])), "NotGovernance");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64, failure_persistence: None, ..ProptestConfig::default()
    })]

    /// Whatever is asked and used, what was admitted in a block and in a day stays within the
    /// quota of each member, and the figures shown are the sums of what was used.
    #[test]
    fn no_member_uses_more_than_its_quota(
        steps in prop::collection::vec(
            (0..3_u64, 1..1_200_u64, 1..120_u64, 0..100_u64, prop::bool::weighted(0.3)), 1..80,
        ),
    ) {
        let mut world = limited();
        // An hour and a half a block, so that days pass.
        let mut sums = [[0_u64; 4]; 3];
        for (member, gas, bytes, part, is_next) in steps {
            if is_next {
                let day = world.now() / DAY;
                world.chain.next_block();
                world.wait(DAY / 16);
                for sum in &mut sums {
                    (sum[0], sum[1]) = (0, 0);
                    if world.now() / DAY != day {
                        *sum = [0; 4];
                    }
                }
            }
            let who = [GUEST, BANKER, GROWER][member as usize];
            let sum = &mut sums[member as usize];
            let fits = sum[0] + gas <= 1_000 && sum[1] + bytes <= 100
                && sum[2] + gas <= 3_000 && sum[3] + bytes <= 250;
            prop_assert_eq!(ask(&mut world, who, gas, bytes) == 0, fits);
            if fits {
                let used = gas * part / 100;
                record(&mut world, member, used, bytes);
                (sum[0], sum[1]) = (sum[0] + used, sum[1] + bytes);
                (sum[2], sum[3]) = (sum[2] + used, sum[3] + bytes);
            }
            let seen = world.view(&IPolicy::quotaOfCall { organisation: member }).usage;
            let shown = [seen.gasInBlock, seen.bytesInBlock, seen.gasInDay, seen.bytesInDay];
            prop_assert_eq!(&shown, &sums[member as usize]);
        }
    }
}
