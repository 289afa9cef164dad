use super::*;
use crate::{IModule, testing::MapContext, trace};
use alloy_sol_types::SolError as _;

const OURS: Domain = Domain {
    number: 7,
    owner: trace::ADDRESS,
};

fn key(sequence: u64) -> Key {
    Key::new(OURS, [0xab; 20], sequence)
}

#[test]
fn keys_sort_by_domain_subject_and_sequence() {
    let other = Domain { number: 8, ..OURS };
    let keys = [
        Key::new(OURS, [0; 20], u64::MAX),
        Key::new(OURS, [1; 20], 0),
        Key::new(OURS, [1; 20], 1),
        Key::new(OURS, [1; 20], 256),
        Key::new(other, [0; 20], 0),
    ];
    assert!(keys.map(|key| key.slot()).is_sorted());
    let (first, last) = Key::range(OURS, [1; 20]);
    let inside = keys.map(|key| (first..=last).contains(&key.slot()));
    assert_eq!(inside, [false, true, true, true, false]);
    let expected = "0x00000007abababababababababababababababababababab0000000000000102";
    assert_eq!(format!("{:#066x}", key(0x102).slot()), expected);
}

#[test]
fn only_the_owner_writes_and_everybody_reads() {
    let mut ctx = MapContext::new(trace::ADDRESS);
    put(&mut ctx, key(1), U256::from(5)).unwrap();
    move_entry(&mut ctx, key(1), key(2)).unwrap();
    let stored = (REGISTRY_ADDRESS, key(2).slot());
    assert_eq!(ctx.slots, [(stored, U256::from(5))].into());
    ctx.address = Address::repeat_byte(9);
    assert_eq!(get(&mut ctx, key(2)), Ok(U256::from(5)));
    let Err(Halt::Revert(data)) = clear(&mut ctx, key(2)) else {
        panic!("another module cleared the entry");
    };
    let refused = IModule::NotYourDomain::abi_decode(&data).unwrap();
    assert_eq!((refused.domain, refused.module), (7, ctx.address));
    ctx.address = trace::ADDRESS;
    clear(&mut ctx, key(2)).unwrap();
    assert!(ctx.slots.is_empty());
}

#[test]
fn no_number_is_given_twice_and_every_owner_is_a_module() {
    for (index, domain) in DOMAINS.iter().enumerate() {
        let earlier = DOMAINS.iter().take(index);
        assert!(!earlier.clone().any(|other| other.number == domain.number));
        assert!(
            crate::MODULES
                .iter()
                .any(|module| module.address == domain.owner)
        );
    }
}
