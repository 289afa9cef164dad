use super::world::{BANK, BANKER, GROWER, Key, World, describe, reason};
use crate::identity::{
    IIdentity::{self, KeyState, RecoveryOutcome},
    Permission, RECOVERY_DELAY_MS, RECOVERY_EXPIRY_MS,
};
use alloy_primitives::{Address, Bytes};
use alloy_sol_types::SolEvent as _;

const STRANGER: Address = Address::repeat_byte(0x99);
const HOUR: u64 = 3_600_000;
const SHORT: u64 = HOUR;

/// A bank with three more administrators and a clerk that lost its key.
struct Scene {
    world: World,
    administrators: Vec<Address>,
    owner: Key,
    clerk: Address,
    new_key: Key,
}

fn scene() -> Scene {
    let mut world = World::new();
    let mut administrators = vec![BANKER];
    for seed in 11..14 {
        administrators.push(world.join(&Key::new(seed), &[1]));
    }
    let owner = Key::new(1);
    let clerk = world.join(&owner, &[2]);
    Scene {
        world,
        administrators,
        owner,
        clerk,
        new_key: Key::new(2),
    }
}

impl Scene {
    fn propose(&mut self, by: usize) -> String {
        let call = self.world.recovering(self.clerk, &self.new_key);
        match self.world.send(self.administrators[by], &call) {
            Ok(_) => "accepted".to_owned(),
            Err(halt) => describe(&halt),
        }
    }

    fn approve(&mut self, by: usize) {
        let account = self.clerk;
        let call = IIdentity::approveRecoveryCall { account };
        self.world.accept(self.administrators[by], &call);
    }

    /// Proposed, and approved by as many as it needs.
    fn ready(&mut self) {
        assert_eq!(self.propose(0), "accepted");
        self.approve(1);
        self.approve(2);
        assert!(self.state().ready > 0);
    }

    fn state(&mut self) -> IIdentity::Recovery {
        let account = self.clerk;
        self.world.view(&IIdentity::recoveryCall { account })
    }

    fn finish(&self) -> IIdentity::finishRecoveryCall {
        IIdentity::finishRecoveryCall {
            account: self.clerk,
        }
    }

    fn outcome(&self) -> RecoveryOutcome {
        let logs = self.world.chain.logs.iter().rev();
        logs.filter_map(|log| IIdentity::RecoveryEnded::decode_log_data(&log.data).ok())
            .map(|event| event.outcome)
            .next()
            .unwrap_or(RecoveryOutcome::None)
    }
}

#[test]
fn a_majority_of_administrators_recovers_an_account_after_the_delay() {
    let mut scene = scene();
    assert_eq!(scene.propose(0), "accepted");
    let state = scene.state();
    assert_eq!((state.needed, state.ready), (3, 0), "three of four");
    assert_eq!(state.approvals, [BANKER]);
    scene.approve(1);
    let finish = scene.finish();
    scene.world.wait(RECOVERY_DELAY_MS);
    assert_eq!(scene.world.refuse(STRANGER, &finish), "RecoveryNotReady");
    scene.approve(2);
    let ready = scene.state().ready;
    assert_eq!(ready, scene.world.now() + RECOVERY_DELAY_MS);
    // One block of a second goes by with every call.
    scene.world.wait(RECOVERY_DELAY_MS - 2_000);
    assert_eq!(scene.world.refuse(STRANGER, &finish), "RecoveryNotReady");
    scene.world.accept(STRANGER, &finish);
    assert_eq!(scene.world.now(), ready);
    assert_eq!(scene.outcome(), RecoveryOutcome::Finished);
    let (clerk, key) = (scene.clerk, scene.new_key.address);
    let found = scene.world.account(clerk);
    assert_eq!((found.currentKey, found.key), (key, KeyState::Revoked));
    assert_eq!(found.roles, [2], "the account is what it was");
    assert_eq!(scene.state().newKey, Address::ZERO);
    assert_eq!(scene.world.refuse(STRANGER, &finish), "NoRecovery");
}

#[test]
fn the_owner_objects_as_sender_or_by_signature() {
    let mut scene = scene();
    scene.ready();
    let account = scene.clerk;
    let by_signature = |signature: Bytes| IIdentity::objectToRecoveryCall { account, signature };
    let owner = scene.owner;
    for (key, expected) in [
        (Key::new(2), "WrongSignature"),
        (Key::new(11), "WrongSignature"),
    ] {
        let signature = scene.world.objection(account, &key);
        assert_eq!(
            scene.world.refuse(STRANGER, &by_signature(signature)),
            expected
        );
    }
    assert_eq!(
        scene.world.refuse(STRANGER, &by_signature(Bytes::new())),
        "WrongSignature"
    );
    let by_sender = by_signature(Bytes::new());
    scene.world.accept(account, &by_sender);
    assert_eq!(scene.outcome(), RecoveryOutcome::Objected);
    assert_eq!(scene.world.refuse(account, &by_sender), "NoRecovery");

    // Suspended, it cannot send; its signature counts all the same.
    scene.ready();
    let suspend = IIdentity::suspendAccountCall {
        account,
        reason: reason(),
    };
    scene.world.accept(BANKER, &suspend);
    let signature = scene.world.objection(account, &owner);
    let objection = by_signature(signature);
    scene.world.accept(STRANGER, &objection);
    assert_eq!(scene.outcome(), RecoveryOutcome::Objected);
    // It does not count against the next one.
    scene.ready();
    assert_eq!(scene.world.refuse(STRANGER, &objection), "WrongSignature");
    scene.world.wait(RECOVERY_DELAY_MS);
    let finish = scene.finish();
    scene.world.accept(STRANGER, &finish);
    let found = scene.world.account(account);
    assert!(
        found.currentKey == scene.new_key.address && !found.active,
        "still suspended"
    );
}

#[test]
fn who_may_not_recover_is_refused() {
    let mut scene = scene();
    let account = scene.clerk;
    let call = scene.world.recovering(account, &scene.new_key);
    assert_eq!(scene.world.refuse(STRANGER, &call), "NotPermitted");
    assert_eq!(scene.world.refuse(account, &call), "NotPermitted");
    assert_eq!(scene.world.refuse(GROWER, &call), "NotMember");
    let approve = IIdentity::approveRecoveryCall { account };
    let withdraw = IIdentity::withdrawRecoveryCall { account };
    assert_eq!(scene.world.refuse(BANKER, &approve), "NoRecovery");
    assert_eq!(scene.world.refuse(BANKER, &withdraw), "NoRecovery");
    let own = scene.world.recovering(BANKER, &scene.new_key);
    assert_eq!(scene.world.refuse(BANKER, &own), "OwnRecovery");
    // The only administrator of another organisation has nobody.
    let call = scene.world.recovering(GROWER, &scene.new_key);
    assert_eq!(scene.world.refuse(GROWER, &call), "OwnRecovery");
    assert_eq!(scene.propose(0), "accepted");
    assert_eq!(scene.world.refuse(BANKER, &approve), "AlreadyApproved");
    assert!(scene.propose(1).starts_with("RecoveryPending"));
    scene.world.accept(scene.administrators[1], &withdraw);
    assert_eq!(scene.outcome(), RecoveryOutcome::Withdrawn);
    assert_eq!(scene.propose(1), "accepted");
}

#[test]
fn a_recovery_needs_the_new_keys_consent_and_an_unused_key() {
    let mut scene = scene();
    let account = scene.clerk;
    let good = scene.world.recovering(account, &scene.new_key);
    let wrong = IIdentity::proposeRecoveryCall {
        newKey: Key::new(3).address,
        ..good
    };
    assert_eq!(scene.world.refuse(BANKER, &wrong), "WrongSignature");
    let used = scene.world.recovering(account, &Key::new(11));
    assert_eq!(scene.world.refuse(BANKER, &used), "KeyInUse");
    let same = scene.world.recovering(account, &scene.owner);
    assert_eq!(scene.world.refuse(BANKER, &same), "SameKey");
    // A key that becomes an account before the end is refused at the end.
    scene.ready();
    let key = scene.new_key;
    scene.world.join(&key, &[]);
    scene.world.wait(RECOVERY_DELAY_MS);
    let finish = scene.finish();
    assert_eq!(scene.world.refuse(STRANGER, &finish), "KeyInUse");
}

#[test]
fn approvals_of_those_who_are_gone_do_not_count() {
    let mut scene = scene();
    scene.ready();
    scene.world.wait(RECOVERY_DELAY_MS);
    let gone = scene.administrators[2];
    let revoke = IIdentity::revokeRoleCall {
        account: gone,
        role: 1,
    };
    scene.world.accept(BANKER, &revoke);
    let finish = scene.finish();
    assert_eq!(scene.world.refuse(STRANGER, &finish), "ApprovalsMissing");
    scene.approve(3);
    scene.world.accept(STRANGER, &finish);
    assert_eq!(scene.outcome(), RecoveryOutcome::Finished);
}

#[test]
fn a_recovery_ends_when_the_account_changes() {
    let account = scene().clerk;
    let reason = reason();
    let leave = |scene: &mut Scene| {
        scene
            .world
            .accept(account, &IIdentity::leaveOrganisationCall {});
    };
    let remove = |scene: &mut Scene| {
        scene
            .world
            .accept(BANKER, &IIdentity::removeAccountCall { account });
    };
    let close = |scene: &mut Scene| {
        let reason = reason.clone();
        scene
            .world
            .accept(BANKER, &IIdentity::closeAccountCall { account, reason });
    };
    let rotate = |scene: &mut Scene| {
        let call = scene.world.rotating(account, &Key::new(9));
        scene.world.accept(account, &call);
    };
    let changes: [&dyn Fn(&mut Scene); 4] = [&leave, &remove, &close, &rotate];
    for change in changes {
        let mut scene = scene();
        scene.ready();
        change(&mut scene);
        assert_eq!(scene.outcome(), RecoveryOutcome::Voided);
        scene.world.wait(RECOVERY_DELAY_MS);
        let finish = scene.finish();
        assert_eq!(scene.world.refuse(STRANGER, &finish), "NoRecovery");
        assert!(scene.state().approvals.is_empty());
    }
}

#[test]
fn a_recovery_that_nobody_finishes_expires() {
    let mut waiting = scene();
    assert_eq!(waiting.propose(0), "accepted");
    waiting.world.wait(RECOVERY_EXPIRY_MS);
    let approve = IIdentity::approveRecoveryCall {
        account: waiting.clerk,
    };
    let other = waiting.administrators[1];
    assert_eq!(waiting.world.refuse(other, &approve), "RecoveryExpired");
    // Another one takes its place; the consent is a new one.
    let stale = waiting.propose(1);
    assert!(stale.starts_with("WrongSignature"), "{stale}");
    let withdraw = IIdentity::withdrawRecoveryCall {
        account: waiting.clerk,
    };
    waiting.world.accept(other, &withdraw);
    assert_eq!(waiting.propose(1), "accepted");

    let mut ready = scene();
    ready.ready();
    ready.world.wait(RECOVERY_DELAY_MS + RECOVERY_EXPIRY_MS);
    let finish = ready.finish();
    assert_eq!(ready.world.refuse(STRANGER, &finish), "RecoveryExpired");
}

#[test]
fn weaker_rules_need_notice_once_somebody_has_joined() {
    let mut world = World::new();
    let set = |votes: u8, delay: u64| IIdentity::setRecoveryCall { votes, delay };
    // One account only: at once.
    world.accept(BANKER, &set(0, SHORT));
    assert_eq!(world.organisation(BANK).recoveryDelay, SHORT);
    world.accept(BANKER, &set(0, 10 * HOUR));
    let clerk = world.join(&Key::new(1), &[2]);
    for second in 11..13 {
        world.join(&Key::new(second), &[1]);
    }
    for (call, who, expected) in [
        (set(0, SHORT - 1), BANKER, "DelayOutOfBounds"),
        (set(0, u64::MAX), BANKER, "DelayOutOfBounds"),
        (set(0, 0), BANKER, "DelayOutOfBounds"),
        (set(65, SHORT), BANKER, "LimitExceeded"),
        (set(0, SHORT), clerk, "NotPermitted"),
    ] {
        assert_eq!(world.refuse(who, &call), expected);
    }
    // Stronger: at once.
    world.accept(BANKER, &set(3, 20 * HOUR));
    let rules = |world: &mut World| {
        let found = world.organisation(BANK);
        (
            found.recoveryVotes,
            found.recoveryDelay,
            found.nextRecoveryFrom,
        )
    };
    assert_eq!(rules(&mut world), (3, 20 * HOUR, 0));
    // Fewer votes or less time: after the present delay.
    for (votes, delay) in [(2, 20 * HOUR), (3, 10 * HOUR), (0, 30 * HOUR)] {
        let mut world = world.clone();
        world.accept(BANKER, &set(votes, delay));
        let from = world.now() + 20 * HOUR;
        assert_eq!(rules(&mut world), (3, 20 * HOUR, from));
        world.wait(20 * HOUR - 1);
        assert_eq!(rules(&mut world).0, 3);
        world.wait(1);
        assert_eq!(rules(&mut world), (votes, delay, 0));
    }
    // A stronger rule takes an announcement back.
    world.accept(BANKER, &set(1, SHORT));
    world.accept(BANKER, &set(3, 30 * HOUR));
    world.wait(40 * HOUR);
    assert_eq!(rules(&mut world), (3, 30 * HOUR, 0));
}

#[test]
fn nobody_recovers_who_may_do_more() {
    let mut scene = scene();
    let permissions = Permission::RecoverAccounts.set() | Permission::Submit.set();
    let role = IIdentity::createRoleCall {
        name: "help desk".to_owned(),
        permissions,
    };
    let role = scene.world.accept(BANKER, &role);
    let helper = scene.world.join(&Key::new(20), &[role]);
    let target = scene.administrators[1];
    let call = scene.world.recovering(target, &scene.new_key);
    assert_eq!(scene.world.refuse(helper, &call), "BeyondAuthority");
    scene.world.accept(BANKER, &call);
    let account = target;
    let approve = IIdentity::approveRecoveryCall { account };
    let withdraw = IIdentity::withdrawRecoveryCall { account };
    assert_eq!(scene.world.refuse(helper, &approve), "BeyondAuthority");
    assert_eq!(scene.world.refuse(helper, &withdraw), "BeyondAuthority");
    // An approval stands while the account may do no more than who approved.
    let plain = scene.world.join(&Key::new(21), &[]);
    let call = scene.world.recovering(plain, &Key::new(22));
    scene.world.accept(helper, &call);
    let account = plain;
    let approve = IIdentity::approveRecoveryCall { account };
    scene.world.accept(scene.administrators[2], &approve);
    scene.world.accept(scene.administrators[3], &approve);
    scene
        .world
        .accept(BANKER, &IIdentity::grantRoleCall { account, role: 2 });
    scene.world.wait(RECOVERY_DELAY_MS);
    let finish = IIdentity::finishRecoveryCall { account };
    assert_eq!(scene.world.refuse(STRANGER, &finish), "ApprovalsMissing");
    scene
        .world
        .accept(BANKER, &IIdentity::revokeRoleCall { account, role: 2 });
    scene.world.accept(STRANGER, &finish);
}

#[test]
fn k_is_at_most_the_number_of_the_others() {
    let mut world = World::new();
    let set = IIdentity::setRecoveryCall {
        votes: 5,
        delay: SHORT,
    };
    world.accept(BANKER, &set);
    let second = world.join(&Key::new(11), &[1]);
    let (owner, new_key) = (Key::new(12), Key::new(13));
    let third = world.join(&owner, &[1]);
    let call = world.recovering(third, &new_key);
    world.accept(BANKER, &call);
    let account = third;
    let needed = |world: &mut World| world.view(&IIdentity::recoveryCall { account }).needed;
    assert_eq!(needed(&mut world), 2, "of the two others, both");
    world.accept(BANKER, &IIdentity::withdrawRecoveryCall { account });
    let suspend = IIdentity::suspendAccountCall {
        account: second,
        reason: reason(),
    };
    world.accept(BANKER, &suspend);
    let call = world.recovering(third, &new_key);
    world.accept(BANKER, &call);
    assert_eq!(needed(&mut world), 1);
    // It still counts as an administrator while it waits for its key, and gets everything back.
    world.wait(SHORT);
    world.accept(STRANGER, &IIdentity::finishRecoveryCall { account });
    assert_eq!(world.organisation(BANK).administrators, 2);
    let leave = IIdentity::leaveOrganisationCall {};
    world.accept(BANKER, &leave);
    assert_eq!(world.refuse(third, &leave), "LastAdministrator");
}
