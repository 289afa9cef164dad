//! Random calls by administrators, members and strangers: whatever is accepted or refused, the
//! books agree with each other.

use super::world::{BANKER, GROWER, Key, World, admission, describe, reason};
use crate::{
    Halt,
    identity::{
        ADDRESS, ADMINISTRATOR, AccountStatus, FIRST_ROLE, GOVERNANCE, IIdentity, Identity,
        KeyState, OrganisationHead, OrganisationStatus, ROLES_PER_ACCOUNT_MAX, Recovery,
        keys::current,
        permission::{holds, made},
        recovery::approvals,
    },
    testing::{MapContext, Rng, play},
};
use alloy_primitives::{Address, U256};
use alloy_sol_types::SolInterface as _;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const KEYS: u8 = 12;

struct Town {
    world: World,
    keys: Vec<Key>,
    /// Keys that never join.
    spares: Vec<Key>,
    accepted: BTreeMap<&'static str, u64>,
}

impl Town {
    fn new() -> Self {
        Self {
            world: World::new(),
            keys: (1..=KEYS).map(Key::new).collect(),
            spares: (KEYS + 1..=3 * KEYS).map(Key::new).collect(),
            accepted: BTreeMap::new(),
        }
    }

    fn addresses(&self) -> Vec<Address> {
        let founders = [
            BANKER,
            GROWER,
            Address::repeat_byte(3),
            Address::repeat_byte(4),
        ];
        let keys = self.keys.iter().map(|key| key.address);
        founders.into_iter().chain(keys).collect()
    }

    /// Sends a call; a refusal is as good as an acceptance, a failure is not.
    fn send<Call: alloy_sol_types::SolCall>(&mut self, who: Address, call: &Call) {
        match self.world.send(who, call) {
            Ok(_) => *self.accepted.entry(Call::SIGNATURE).or_default() += 1,
            Err(Halt::Revert(data)) => {
                let halt = Halt::Revert(data);
                assert!(
                    !describe(&halt).contains("another error"),
                    "{}",
                    describe(&halt)
                );
            }
            Err(halt) => panic!("{}: {halt:?}", Call::SIGNATURE),
        }
    }

    /// Somebody who may act for the account's organisation, most of the time.
    fn administrator(&mut self, account: Address, rng: &mut Rng) -> Address {
        let all = self.addresses();
        if rng.chance(1, 6) {
            return *rng.pick(&all);
        }
        let organisation = match self.world.account(account).organisation {
            0 => 1 + rng.below(2),
            number => number,
        };
        let (ctx, storage) = (&mut self.world.chain, Identity::storage());
        ctx.address = ADDRESS;
        let entry = storage.organisations.at(ctx, &organisation).unwrap();
        let mut able = Vec::new();
        for index in 0..entry.administrators.len(ctx).unwrap() {
            let member = entry.administrators.get(ctx, index).unwrap().unwrap();
            let record = storage
                .accounts
                .at(ctx, &member)
                .unwrap()
                .record
                .get(ctx)
                .unwrap();
            if record.status == AccountStatus::Active {
                able.push(member);
            }
        }
        if able.is_empty() {
            return *rng.pick(&all);
        }
        *rng.pick(&able)
    }

    /// The key that signs for an account, where it is one of ours.
    fn key_of(&mut self, account: Address, rng: &mut Rng) -> Key {
        let current = self.world.account(account).currentKey;
        let own = self
            .keys
            .iter()
            .chain(&self.spares)
            .find(|key| key.address == current);
        own.copied().unwrap_or_else(|| *rng.pick(&self.keys))
    }

    fn act(&mut self, rng: &mut Rng) {
        let all = self.addresses();
        let account = *rng.pick(&all);
        let by = self.administrator(account, rng);
        let is_spare = rng.chance(5, 6);
        let key = *rng.pick(if is_spare { &self.spares } else { &self.keys });
        let role = *rng.pick(&[1, 1, 1, 2, 3, 4, 5, 16, 17, 18]);
        let reason = reason();
        match rng.below(25) {
            0..=4 => {
                let key = self.key_of(account, rng);
                let number = self.world.account(by).organisation;
                let roles = vec![role; rng.below(2) as usize];
                let call = self.world.adding(number, (account, &key), &roles);
                self.send(by, &call);
            }
            5 => self.send(by, &IIdentity::removeAccountCall { account }),
            6 => self.send(account, &IIdentity::leaveOrganisationCall {}),
            7 => self.send(by, &IIdentity::suspendAccountCall { account, reason }),
            8 | 9 => self.send(by, &IIdentity::restoreAccountCall { account }),
            10 if rng.chance(1, 20) => {
                self.send(by, &IIdentity::closeAccountCall { account, reason });
            }
            10..=12 => self.send(by, &IIdentity::grantRoleCall { account, role }),
            13 => self.send(by, &IIdentity::revokeRoleCall { account, role }),
            14 => {
                let permissions = U256::from(rng.below(1 << 16));
                let name = "role".to_owned();
                self.send(by, &IIdentity::createRoleCall { name, permissions });
            }
            15 => self.send(by, &IIdentity::removeRoleCall { role }),
            16 | 17 => {
                let call = self.world.rotating(account, &key);
                self.send(account, &call);
            }
            18 | 19 => {
                let call = self.world.recovering(account, &key);
                self.send(by, &call);
            }
            20..=22 => self.go_on(rng),
            _ => self.decide(rng),
        }
    }

    /// Something about a recovery that is under way.
    fn go_on(&mut self, rng: &mut Rng) {
        let mut pending = self.addresses();
        let (ctx, storage) = (&mut self.world.chain, Identity::storage());
        ctx.address = ADDRESS;
        pending.retain(|account| {
            let entry = storage.accounts.at(ctx, account).unwrap();
            entry.recovery.get(ctx).unwrap() != Recovery::default()
        });
        if pending.is_empty() {
            return;
        }
        let account = *rng.pick(&pending);
        let by = self.administrator(account, rng);
        match rng.below(9) {
            0 => {
                let (who, signature) = if rng.chance(1, 2) {
                    let key = self.key_of(account, rng);
                    (by, self.world.objection(account, &key))
                } else {
                    (account, Default::default())
                };
                self.send(who, &IIdentity::objectToRecoveryCall { account, signature });
            }
            1 if rng.chance(1, 3) => {
                self.send(by, &IIdentity::withdrawRecoveryCall { account });
            }
            1..=4 => self.send(by, &IIdentity::approveRecoveryCall { account }),
            _ => {
                self.world.wait(rng.below(80 * 3_600_000));
                self.send(by, &IIdentity::finishRecoveryCall { account });
            }
        }
    }

    /// What the members decide: organisations rest and return, and few go for ever.
    fn decide(&mut self, rng: &mut Rng) {
        let organisation = 1 + rng.below(6);
        let reason = reason();
        match rng.below(8) {
            0 if rng.chance(1, 12) => {
                let call = IIdentity::removeOrganisationCall {
                    organisation,
                    reason,
                };
                self.send(GOVERNANCE, &call);
            }
            1 => {
                let founder = rng.pick(&self.keys).address;
                let name = format!("Firm {}", rng.below(4));
                self.send(GOVERNANCE, &admission(&name, &[founder]));
            }
            2 => {
                let call = IIdentity::suspendOrganisationCall {
                    organisation,
                    reason,
                };
                self.send(GOVERNANCE, &call);
            }
            _ => self.send(
                GOVERNANCE,
                &IIdentity::restoreOrganisationCall { organisation },
            ),
        }
    }

    /// The promises of the module's documentation, read from the storage: views would take most of
    /// the time.
    fn check(&mut self) {
        let (ctx, storage) = (&mut self.world.chain, Identity::storage());
        ctx.address = ADDRESS;
        let totals = storage.totals.get(ctx).unwrap();
        let (mut active, mut names) = (0, BTreeSet::new());
        let mut listed = BTreeMap::new();
        for number in 1..=totals.admitted {
            let entry = storage.organisations.at(ctx, &number).unwrap();
            let head = entry.head.get(ctx).unwrap();
            active += u64::from(head.status == OrganisationStatus::Active);
            if head.status != OrganisationStatus::Removed {
                let name = entry.name.get(ctx).unwrap();
                assert_eq!(storage.names.at(ctx, &name).unwrap().get(ctx), Ok(number));
                assert!(names.insert(name), "two of one name");
                assert!(head.administrators > 0, "organisation {number} cannot act");
            }
            check_organisation(ctx, (number, &head), &mut listed);
        }
        assert_eq!(totals.active, active);
        assert!(active > 0, "nobody is left to decide");
        for address in self.addresses() {
            check_account(&mut self.world.chain, address, &listed);
        }
    }
}

fn check_organisation(
    ctx: &mut MapContext,
    (number, head): (u64, &OrganisationHead),
    listed: &mut BTreeMap<Address, u64>,
) {
    let storage = Identity::storage();
    let entry = storage.organisations.at(ctx, &number).unwrap();
    let (mut administrators, mut active, mut holders) = (0, 0, BTreeMap::<u8, u32>::new());
    for index in 0..entry.members.len(ctx).unwrap() {
        let member = entry.members.get(ctx, index).unwrap().unwrap();
        assert_eq!(listed.insert(member, number), None, "in two organisations");
        let account = storage.accounts.at(ctx, &member).unwrap();
        let record = account.record.get(ctx).unwrap();
        let roles = account.grants.get(ctx).unwrap().roles;
        if holds(roles, ADMINISTRATOR) {
            administrators += 1;
            active += u32::from(record.status == AccountStatus::Active);
            assert_eq!(entry.administrators.contains(ctx, &member), Ok(true));
        }
        for role in made(roles) {
            *holders.entry(role).or_default() += 1;
        }
    }
    assert_eq!(entry.administrators.len(ctx), Ok(administrators));
    assert_eq!(head.administrators, active);
    for role in made(u128::from(head.roles) << FIRST_ROLE) {
        let counted = entry
            .roles
            .at(ctx, &role)
            .unwrap()
            .holders
            .get(ctx)
            .unwrap();
        let held = holders.remove(&role).unwrap_or_default();
        assert_eq!(counted, held, "role {role} of {number}");
    }
    assert!(holders.is_empty(), "roles that do not exist: {holders:?}");
}

fn check_account(ctx: &mut MapContext, address: Address, listed: &BTreeMap<Address, u64>) {
    let accounts = Identity::storage().accounts;
    let entry = accounts.at(ctx, &address).unwrap();
    let record = entry.record.get(ctx).unwrap();
    let roles = entry.grants.get(ctx).unwrap().roles;
    let of = listed.get(&address).copied().unwrap_or_default();
    assert_eq!(record.organisation, of);
    assert!(roles.count_ones() <= ROLES_PER_ACCOUNT_MAX);
    match record.status {
        AccountStatus::None => assert!(of == 0 && roles == 0),
        AccountStatus::Closed => assert!(of != 0 && roles == 0),
        _ => assert!(of != 0),
    }
    // One key signs for an account, and it says so itself.
    let current = current(address, &entry.keys.get(ctx).unwrap());
    match record.key {
        KeyState::Own => assert_eq!(current, address),
        KeyState::Revoked if record.signer_for == Address::ZERO => {
            let key = accounts.at(ctx, &current).unwrap().record.get(ctx).unwrap();
            assert_eq!((key.key, key.signer_for), (KeyState::Signer, address));
            assert_eq!(key.organisation, 0);
        }
        KeyState::Signer => {
            let account = accounts.at(ctx, &record.signer_for).unwrap();
            assert_eq!(account.keys.get(ctx).unwrap().current, address);
            assert_eq!(record.organisation, 0);
        }
        _ => {}
    }
    let recovery = entry.recovery.get(ctx).unwrap();
    let approvals = approvals(ctx, &entry).unwrap();
    if recovery.new_key == Address::ZERO {
        assert!(approvals.is_empty() && recovery == Recovery::default());
    } else {
        let is_enough = approvals.len() >= usize::from(recovery.needed);
        assert_eq!(is_enough, recovery.ready != 0);
        assert!(!approvals.contains(&address));
        let distinct: BTreeSet<_> = approvals.iter().collect();
        assert_eq!(distinct.len(), approvals.len());
    }
}

#[test]
fn the_books_agree_after_every_step() {
    let mut seen = BTreeMap::<&'static str, u64>::new();
    // Several short lives: in a long one, everything ends up closed or removed.
    for seed in 1..=10 {
        let mut town = Town::new();
        play(seed, 1_000, &mut town, Town::act, Town::check);
        for (name, count) in town.accepted {
            *seen.entry(name).or_default() += count;
        }
    }
    // Chance found its way into every operation.
    for call in [
        "addAccount",
        "removeAccount",
        "leaveOrganisation",
        "suspendAccount",
        "restoreAccount",
        "closeAccount",
        "grantRole",
        "revokeRole",
        "createRole",
        "removeRole",
        "rotateKey",
        "proposeRecovery",
        "approveRecovery",
        "objectToRecovery",
        "finishRecovery",
        "admitOrganisation",
        "suspendOrganisation",
        "restoreOrganisation",
        "removeOrganisation",
    ] {
        let found = seen
            .iter()
            .find(|(name, _)| name.starts_with(&format!("{call}(")));
        assert!(
            found.is_some_and(|(_, count)| *count > 0),
            "no {call} in {seen:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn no_input_is_fatal(
        operation in 0..64_usize,
        caller in prop_oneof![Just(BANKER), Just(GOVERNANCE), Just(Address::ZERO)],
        words in prop::collection::vec(prop_oneof![
            Just(U256::ZERO), Just(U256::from(1)), Just(U256::from(32)), Just(U256::from(64)),
            Just(U256::from(128)), Just(U256::MAX), any::<u64>().prop_map(U256::from),
            any::<[u8; 32]>().prop_map(U256::from_be_bytes),
        ], 0..12),
        cut in 0..32_usize,
    ) {
        let mut world = World::new();
        let selectors: Vec<[u8; 4]> = IIdentity::IIdentityCalls::selectors().collect();
        let mut input = selectors[operation % selectors.len()].to_vec();
        for word in words {
            input.extend_from_slice(&word.to_be_bytes::<32>());
        }
        input.truncate(input.len().saturating_sub(cut));
        world.chain.caller = caller;
        let module = crate::module_at(ADDRESS, world.chain.height).unwrap();
        let result = world.chain.call(module, &input);
        prop_assert!(!matches!(result, Err(Halt::Fatal(_))), "{result:?}");
    }
}
