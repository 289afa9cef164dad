//! What one decision of Policy costs, over a plain map: `cargo bench -p qiantang-modules --features
//! test-utils --bench policy`.

use alloy_primitives::{Address, FixedBytes, U256};
use criterion::{Criterion, criterion_group, criterion_main};
use qiantang_modules::{
    governance,
    policy::{
        self, Candidate,
        IPolicy::{self, Subject},
        admit, record_usage,
    },
    testing::{MapContext, spec},
};
use std::hint::black_box;

const BANKER: Address = Address::repeat_byte(1);
const GUEST: Address = Address::repeat_byte(0x77);
const TOKEN: Address = Address::repeat_byte(0xc0);

/// A chain as the pool and execution ask it: from Policy's own place.
fn chain() -> MapContext {
    let mut chain = MapContext::chain(&spec());
    chain.gas_limit = u64::MAX;
    chain.address = policy::ADDRESS;
    chain
}

fn candidate(sender: Address, input: &[u8]) -> Candidate<'_> {
    Candidate {
        sender,
        to: Some(TOKEN),
        input,
        gas_limit: 21_000,
        bytes: 110,
    }
}

fn set_rule(chain: &mut MapContext, target: Address, selector: u32, deny: u8) {
    let rule = IPolicy::Rule {
        target,
        hasSelector: true,
        selector: FixedBytes(selector.to_be_bytes()),
        subject: Subject::Members,
        organisation: 0,
        role: 0,
        allow: 0,
        deny,
    };
    let call = IPolicy::setRuleCall { rule };
    chain
        .send(governance::ADDRESS, policy::ADDRESS, &call)
        .expect("Governance sets a rule");
}

/// Thirty-two rules about the token, none of which is about the call.
fn with_rules() -> MapContext {
    let mut chain = chain();
    for selector in 0..32 {
        set_rule(&mut chain, TOKEN, selector, 4);
    }
    chain
}

fn with_freeze() -> MapContext {
    let mut chain = chain();
    let call = IPolicy::freezeContractCall {
        target: GUEST,
        reason: "somewhere else".to_owned(),
    };
    chain
        .send(governance::ADDRESS, policy::ADDRESS, &call)
        .expect("Governance freezes a contract");
    chain
}

fn with_quota() -> MapContext {
    let mut chain = chain();
    chain.parameters.member_gas_per_block = u64::MAX;
    chain.parameters.member_bytes_per_day = u64::MAX;
    chain
}

fn decisions(criterion: &mut Criterion) {
    let pay = [0xa9, 0x05, 0x9c, 0xbb];
    let cases = [
        ("plain-chain/guest-transfer", chain(), candidate(GUEST, &[])),
        (
            "plain-chain/member-transfer",
            chain(),
            candidate(BANKER, &[]),
        ),
        (
            "a-frozen-contract/member-call",
            with_freeze(),
            candidate(BANKER, &pay),
        ),
        (
            "quotas/member-transfer",
            with_quota(),
            candidate(BANKER, &[]),
        ),
        (
            "32-rules-on-target/member-call",
            with_rules(),
            candidate(BANKER, &pay),
        ),
    ];
    for (name, mut chain, candidate) in cases {
        chain.address = policy::ADDRESS;
        let admitted = admit(&mut chain, &candidate).map(|answer| answer.is_ok());
        assert_eq!(admitted, Ok(true), "{name}");
        criterion.bench_function(&format!("policy::admit/{name}"), |bencher| {
            bencher.iter(|| {
                chain.gas_used = 0;
                admit(&mut chain, black_box(&candidate))
            });
        });
    }
}

fn usage(criterion: &mut Criterion) {
    for (name, mut chain) in [("plain-chain", chain()), ("quotas", with_quota())] {
        chain.address = policy::ADDRESS;
        criterion.bench_function(&format!("policy::record_usage/{name}"), |bencher| {
            bencher.iter_batched_ref(
                || chain.clone(),
                |chain| record_usage(chain, black_box(1), 21_000, 110),
                criterion::BatchSize::SmallInput,
            );
        });
    }
}

fn transfers(criterion: &mut Criterion) {
    let mut chain = chain();
    let terms = IPolicy::Terms {
        allowListed: false,
        denyListed: true,
        level: 0,
        perTransfer: 0,
        perDay: 1 << 100,
        perMonth: 1 << 110,
        remittance: FixedBytes::ZERO,
    };
    let name = "Deposits".to_owned();
    let create = IPolicy::createPolicyCall { name, terms };
    let number = chain
        .send(BANKER, policy::ADDRESS, &create)
        .expect("the bank makes a policy");
    let register = IPolicy::setTokenCall {
        policy: number,
        token: TOKEN,
        registered: true,
    };
    chain
        .send(BANKER, policy::ADDRESS, &register)
        .expect("the bank registers a token");
    chain.address = policy::ADDRESS;
    let transfer = policy::Transfer {
        policy: number,
        token: TOKEN,
        from: BANKER,
        to: GUEST,
        amount: U256::from(100),
        kind: 0,
        text: "",
    };
    criterion.bench_function("policy::check_transfer/deny-list-and-limits", |bencher| {
        bencher.iter(|| {
            chain.gas_used = 0;
            policy::check_transfer(&mut chain, black_box(&transfer))
        });
    });
}

criterion_group!(benches, decisions, usage, transfers);
criterion_main!(benches);
