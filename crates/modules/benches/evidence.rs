//! What a deposit costs: `cargo bench -p qiantang-modules --features test-utils --bench evidence`.
//!
//! The storage is a plain map that grows with every deposit, so the figures are those of the module
//! and of the map; in a block, reading and committing the state come on top.

#![expect(
    clippy::print_stdout,
    reason = "the gas of a deposit belongs to its time"
)]

use alloy_primitives::{Address, B256, U256};
use criterion::{Criterion, criterion_group, criterion_main};
use qiantang_modules::{
    evidence::{
        ADDRESS,
        IEvidence::{Algorithm, Details, depositBatchCall, depositCall},
    },
    testing::{MapContext, spec},
};

const MEMBER: Address = Address::repeat_byte(1);
const STRANGER: Address = Address::repeat_byte(0x99);

fn details(parties: usize) -> Details {
    Details {
        kind: "contract".to_owned(),
        ownReference: "2026-0017".to_owned(),
        parties: (0..parties)
            .map(|index| Address::with_last_byte(index as u8 + 1))
            .collect(),
        previous: 0,
    }
}

fn deposits(criterion: &mut Criterion) {
    for (name, caller, parties) in [
        ("for=organisation", MEMBER, 0),
        ("for=nobody", STRANGER, 0),
        ("for=organisation,parties=16", MEMBER, 16),
    ] {
        let mut chain = MapContext::chain(&spec());
        let mut number = 0_u64;
        criterion.bench_function(&format!("evidence::deposit/{name}"), |bencher| {
            bencher.iter(|| {
                number += 1;
                let call = depositCall {
                    algorithm: Algorithm::Sha256,
                    digest: B256::from(U256::from(number)).into(),
                    details: details(parties),
                };
                chain.logs.clear();
                assert_eq!(chain.send(caller, ADDRESS, &call), Ok(number));
            });
        });
        println!("evidence::deposit/{name}: {} gas", chain.gas_used);
    }
    let mut chain = MapContext::chain(&spec());
    criterion.bench_function("evidence::deposit_batch/count=1000000", |bencher| {
        bencher.iter(|| {
            let call = depositBatchCall {
                algorithm: Algorithm::Sha256,
                root: B256::repeat_byte(7).into(),
                count: 1_000_000,
                details: details(0),
            };
            chain.logs.clear();
            assert!(chain.send(MEMBER, ADDRESS, &call).is_ok());
        });
    });
}

criterion_group!(benches, deposits);
criterion_main!(benches);
