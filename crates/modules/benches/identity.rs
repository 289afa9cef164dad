//! What a question to Identity costs: `cargo bench -p qiantang-modules --features test-utils
//! --bench identity`.
//!
//! The storage is a plain map, so the figures are those of the module alone; in a block, reading
//! the state comes on top.

use std::hint::black_box;

use alloy_primitives::Address;
use criterion::{Criterion, criterion_group, criterion_main};
use qiantang_modules::{
    identity::{self, ADDRESS, IIdentity, Permission},
    testing::{MapContext, spec},
};

const ADMINISTRATOR: Address = Address::repeat_byte(1);
const TELLER: Address = Address::repeat_byte(0x11);
const STRANGER: Address = Address::repeat_byte(0x99);

/// A chain whose bank has an administrator, and a teller with nothing but a role of the bank's own.
fn chain() -> MapContext {
    let mut spec = spec();
    spec.organisations[0].administrators.push(TELLER);
    let mut chain = MapContext::chain(&spec);
    let mut send = |call: &dyn Fn(&mut MapContext) -> bool| {
        chain.next_block();
        assert!(call(&mut chain), "the organisation is set up");
    };
    send(&|chain| {
        let create = IIdentity::createRoleCall {
            name: "teller".to_owned(),
            permissions: Permission::Submit.set() | Permission::Check.set(),
        };
        chain.send(ADMINISTRATOR, ADDRESS, &create).is_ok()
    });
    send(&|chain| {
        let account = TELLER;
        let grant = IIdentity::grantRoleCall { account, role: 16 };
        chain.send(ADMINISTRATOR, ADDRESS, &grant).is_ok()
    });
    send(&|chain| {
        let account = TELLER;
        let revoke = IIdentity::revokeRoleCall { account, role: 1 };
        chain.send(ADMINISTRATOR, ADDRESS, &revoke).is_ok()
    });
    // The questions come from the chain itself.
    chain.address = Address::ZERO;
    chain.gas_limit = u64::MAX;
    chain
}

fn questions(criterion: &mut Criterion) {
    let mut chain = chain();
    let permission = Permission::Submit;
    for (name, account, expected) in [
        ("role=built-in", ADMINISTRATOR, true),
        ("role=made", TELLER, true),
        ("role=none", STRANGER, false),
    ] {
        let answer = identity::has_permission(&mut chain, account, permission);
        assert_eq!(answer, Ok(expected), "{name}");
        criterion.bench_function(&format!("identity::has_permission/{name}"), |bencher| {
            bencher.iter(|| {
                chain.gas_used = 0;
                identity::has_permission(&mut chain, black_box(account), permission)
            });
        });
    }
    criterion.bench_function("identity::account", |bencher| {
        bencher.iter(|| {
            chain.gas_used = 0;
            identity::account(&mut chain, black_box(TELLER))
        });
    });
    criterion.bench_function("identity::actor", |bencher| {
        bencher.iter(|| {
            chain.gas_used = 0;
            identity::actor(&mut chain, black_box(ADMINISTRATOR))
        });
    });
    let call = IIdentity::hasPermissionCall {
        account: ADMINISTRATOR,
        permission: permission as u8,
    };
    assert_eq!(chain.view(ADDRESS, &call), Ok(true));
    criterion.bench_function("identity::has_permission/through=abi", |bencher| {
        bencher.iter(|| chain.view(ADDRESS, black_box(&call)));
    });
}

criterion_group!(benches, questions);
criterion_main!(benches);
