//! What others rely on: the layout of the storage, and numbers that the interface names.

use crate::{
    identity::{BUILT_IN_ROLES, IIdentity, Identity, Permission, membership_digest},
    published,
};
use alloy_primitives::{Address, B256, U256, keccak256};

#[test]
fn the_storage_is_laid_out_as_a_compiler_lays_it_out() {
    published::assert_layout::<Identity>("Identity");
}

#[test]
fn the_permissions_of_rust_and_of_the_interface_are_the_same() {
    use IIdentity::Permission as Published;
    let pairs = [
        (Permission::ManageMembers, Published::ManageMembers),
        (Permission::ManageRoles, Published::ManageRoles),
        (Permission::RecoverAccounts, Published::RecoverAccounts),
        (Permission::Submit, Published::Submit),
        (Permission::Check, Published::Check),
        (Permission::Approve, Published::Approve),
        (Permission::Schedule, Published::Schedule),
        (Permission::Propose, Published::Propose),
        (Permission::Vote, Published::Vote),
        (Permission::Audit, Published::Audit),
        (Permission::Regulate, Published::Regulate),
        (Permission::OperateValidator, Published::OperateValidator),
        (Permission::ManagePolicy, Published::ManagePolicy),
        (Permission::Deploy, Published::Deploy),
        (Permission::ManageAllowances, Published::ManageAllowances),
    ];
    for (number, (ours, theirs)) in pairs.into_iter().enumerate() {
        assert_eq!((ours as u8, theirs as u8), (number as u8, number as u8));
        assert_eq!(ours.set(), U256::ONE << number);
    }
    assert!(Published::try_from(pairs.len() as u8).is_err());
}

#[test]
fn the_built_in_roles_allow_what_they_say() {
    let allowed = |number: u8| {
        let role = BUILT_IN_ROLES
            .iter()
            .find(|role| role.number == number)
            .unwrap();
        (0..256_usize)
            .filter(|bit| role.permissions.bit(*bit))
            .collect::<Vec<usize>>()
    };
    let all_but_regulate: Vec<usize> = (0..15).filter(|bit| *bit != 10).chain(128..256).collect();
    assert_eq!(allowed(1), all_but_regulate);
    assert_eq!(allowed(2), [3, 6, 13]);
    assert_eq!(allowed(3), [9]);
    assert_eq!(allowed(4), [9, 10]);
    assert_eq!(allowed(5), [11]);
}

#[test]
fn a_consent_is_signed_as_eip_712_says() {
    // Written out once by hand, so that wallets and this code cannot drift apart together.
    let word = |number: u64| U256::from(number).to_be_bytes::<32>().to_vec();
    let address = |address: Address| address.into_word().to_vec();
    let domain = keccak256(
        [
            keccak256(
                "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
            )
            .to_vec(),
            keccak256("Qiantang Identity").to_vec(),
            keccak256("1").to_vec(),
            word(571_571),
            address(crate::identity::ADDRESS),
        ]
        .concat(),
    );
    let account = Address::repeat_byte(0xab);
    let body = keccak256(
        [
            keccak256(
                "Membership(uint64 organisation,address account,uint64 nonce,uint64 deadline)",
            )
            .to_vec(),
            word(5),
            address(account),
            word(6),
            word(7),
        ]
        .concat(),
    );
    let expected: B256 =
        keccak256([&[0x19, 0x01][..], domain.as_slice(), body.as_slice()].concat());
    let membership = IIdentity::Membership {
        organisation: 5,
        account,
        nonce: 6,
        deadline: 7,
    };
    assert_eq!(membership_digest(571_571, &membership), expected);
}
