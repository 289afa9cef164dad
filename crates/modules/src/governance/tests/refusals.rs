//! What can never be voted: a chain that decides nothing any more, and nonsense.

use super::{
    scenes::{new_rule, parameter, removal, suspension},
    world::{ADMINISTRATORS, DAY, REASON, World, describe_bytes, key},
};
use crate::{
    MODULES,
    governance::{
        BYTES_MIN, GAS_MIN,
        IGovernance::{self, Choice, Kind, Parameter, Rule, State},
        JOB_GAS, REASON_BYTES_MAX,
    },
    identity::OrganisationStatus,
};
use alloy_primitives::{Address, FixedBytes, U256};
use qiantang_types::REGISTRY_ADDRESS;

const BANK: Address = ADMINISTRATORS[0];

fn rule_of(world: &mut World, kind: Kind) -> Rule {
    world.view(&IGovernance::ruleCall { kind })
}

fn reason() -> String {
    REASON.to_owned()
}

#[test]
fn parameters_stay_within_what_governance_itself_needs() {
    let mut world = World::new();
    use Parameter::{
        BlockGasLimit, JobGasPerBlock, JobGasPerDay, MemberBytesPerBlock, MemberBytesPerDay,
        MemberGasPerBlock, MemberGasPerDay, MembersOnly, None, TraceStrict, TransactionGasLimit,
    };
    let refused = "ParameterOutOfBounds";
    for (name, value, expected) in [
        (None, 1, "NothingNamed"),
        (BlockGasLimit, 1_000_000_000, "Unchanged"),
        (BlockGasLimit, 349_999_999, refused),
        (BlockGasLimit, 0, refused),
        (BlockGasLimit, u64::MAX, refused),
        (TransactionGasLimit, GAS_MIN - 1, refused),
        (TransactionGasLimit, 750_000_001, refused),
        (JobGasPerBlock, 4 * JOB_GAS - 1, refused),
        (JobGasPerBlock, 900_000_001, refused),
        (TraceStrict, 2, refused),
        (TraceStrict, 0, "Unchanged"),
        (MembersOnly, u64::MAX, refused),
        (MemberGasPerBlock, GAS_MIN - 1, refused),
        (MemberGasPerBlock, 0, "Unchanged"),
        (MemberGasPerDay, GAS_MIN, refused),
        (MemberBytesPerBlock, BYTES_MIN - 1, refused),
        (MemberBytesPerDay, BYTES_MIN, refused),
        (JobGasPerDay, 10_000_000_000, "Unchanged"),
    ] {
        assert_eq!(
            world.refuse(BANK, &parameter(name, value)),
            expected,
            "{name:?} {value}"
        );
    }
    for (name, value) in [
        (BlockGasLimit, 350_000_000),
        (TransactionGasLimit, GAS_MIN),
        (JobGasPerBlock, 4 * JOB_GAS),
        (BlockGasLimit, GAS_MIN + 4 * JOB_GAS),
        (MembersOnly, 1),
        (MemberGasPerBlock, GAS_MIN),
        (MemberGasPerBlock, 0),
        (MemberBytesPerDay, u64::MAX),
        (JobGasPerDay, 0),
    ] {
        let id = world.decide(&parameter(name, value));
        assert_eq!(world.state(id), State::Executed, "{name:?} {value}");
    }
    let shown = world.view(&IGovernance::parametersCall {});
    assert_eq!(shown.blockGasLimit, GAS_MIN + 4 * JOB_GAS);
    assert!(shown.membersOnly);
}

#[test]
fn two_changes_that_contradict_each_other_do_not_both_happen() {
    let mut world = World::new();
    let lower_block = world.accept(BANK, &parameter(Parameter::BlockGasLimit, 350_000_000));
    let raise_jobs = world.accept(BANK, &parameter(Parameter::JobGasPerBlock, 300_000_000));
    for id in [lower_block, raise_jobs] {
        for organisation in 1..=3 {
            if world.state(id) == State::Voting {
                world.vote(organisation, id, Choice::Yes);
            }
        }
    }
    world.block();
    assert_eq!(world.state(lower_block), State::Executed);
    let shown = world.proposal(raise_jobs);
    assert_eq!(shown.summary.state, State::Failed);
    assert!(describe_bytes(&shown.failure).starts_with("ParameterOutOfBounds"));
}

#[test]
fn a_rule_that_nobody_or_never_is_refused() {
    let mut world = World::new();
    let rule = rule_of(&mut world, Kind::Quota);
    type Change = fn(&mut Rule);
    let cases: &[(Kind, Change, &str)] = &[
        (Kind::Quota, |_| {}, "Unchanged"),
        (Kind::None, |_| {}, "NothingNamed"),
        (Kind::Quota, |rule| rule.votingPeriod = 0, "RuleOutOfBounds"),
        (
            Kind::Quota,
            |rule| rule.votingPeriod = u64::MAX,
            "RuleOutOfBounds",
        ),
        (Kind::Quota, |rule| rule.delay = u64::MAX, "RuleOutOfBounds"),
        (
            Kind::Quota,
            |rule| rule.threshold = 10_001,
            "RuleOutOfBounds",
        ),
        (Kind::Quota, |rule| rule.threshold = 0, "RuleOutOfBounds"),
        (Kind::Quota, |rule| rule.quorum = 10_001, "RuleOutOfBounds"),
        (Kind::Rule, |rule| rule.quorum = 10_000, "RuleOutOfBounds"),
        (
            Kind::Removal,
            |rule| rule.threshold = 10_000,
            "RuleOutOfBounds",
        ),
        // One bank is a member, and it could be out of reach one day.
        (
            Kind::Rule,
            |rule| {
                rule.voterKinds = 1 << 1;
            },
            "RuleOutOfBounds",
        ),
        // No court is a member.
        (
            Kind::Quota,
            |rule| rule.voterKinds = 1 << 5,
            "NobodyDecides",
        ),
        (Kind::Quota, |rule| rule.voterKinds = 1, "NobodyDecides"),
        (
            Kind::Quota,
            |rule| rule.voterKinds = 1 << 11,
            "RuleOutOfBounds",
        ),
    ];
    for (kind, change, expected) in cases {
        let mut changed = rule.clone();
        change(&mut changed);
        assert_eq!(
            world.refuse(BANK, &new_rule(*kind, changed)),
            *expected,
            "{kind:?}"
        );
    }
}

#[test]
fn the_last_who_decides_a_kind_stays() {
    let mut world = World::new();
    // Only hospitals decide on time zones, and there is one.
    let rule = Rule {
        voterKinds: 1 << 3,
        ..rule_of(&mut world, Kind::TimeZone)
    };
    world.decide(&new_rule(Kind::TimeZone, rule.clone()));
    assert_eq!(world.refuse(BANK, &suspension(3)), "NobodyDecides");
    assert_eq!(world.refuse(BANK, &removal(3)), "NobodyDecides");
    world.decide(&suspension(2));
    // It is checked again when it takes effect: here two pass that exclude each other.
    let everybody = Rule {
        voterKinds: 0,
        ..rule
    };
    world.decide(&new_rule(Kind::TimeZone, everybody));
    let id = world.accept(BANK, &suspension(3));
    let back = world.accept(BANK, &new_rule(Kind::TimeZone, rule));
    for proposal in [back, id] {
        for organisation in [1, 3, 4] {
            let state = world.state(proposal);
            if state == State::Voting && (proposal, organisation) != (id, 3) {
                world.vote(organisation, proposal, Choice::Yes);
            }
        }
        assert_eq!(world.state(proposal), State::Passed);
    }
    // The suspension waits for nothing, the rule for a day.
    world.block();
    assert_eq!(world.state(id), State::Executed);
    world.wait(2 * DAY);
    let shown = world.proposal(back);
    assert_eq!(shown.summary.state, State::Failed);
    assert!(describe_bytes(&shown.failure).starts_with("NobodyDecides"));
}

#[test]
fn the_last_member_and_its_weight_stay() {
    let mut world = World::new();
    for organisation in [4, 3, 2] {
        world.decide(&suspension(organisation));
    }
    assert_eq!(world.refuse(BANK, &suspension(1)), "NobodyDecides");
    assert_eq!(world.refuse(BANK, &removal(1)), "NobodyDecides");
    let weighted = Rule {
        weighted: true,
        ..rule_of(&mut world, Kind::Quota)
    };
    world.decide(&new_rule(Kind::Quota, weighted));
    let weightless = IGovernance::proposeWeightCall {
        organisation: 1,
        weight: 0,
        reason: reason(),
    };
    assert_eq!(world.refuse(BANK, &weightless), "NobodyDecides");
    assert_eq!(world.status(1), OrganisationStatus::Active);
}

#[test]
fn the_last_validators_stay() {
    let mut spec = super::world::spec_with_validators();
    for organisation in &mut spec.organisations {
        organisation.validators.clear();
    }
    spec.validators = vec![key(0)];
    spec.organisations[0].validators = vec![key(0)];
    let mut world = World::with(&spec);
    let other = ADMINISTRATORS[1];
    assert_eq!(world.refuse(other, &suspension(1)), "LastValidator");
    assert_eq!(world.refuse(other, &removal(1)), "LastValidator");
    let removing = IGovernance::proposeValidatorRemovalCall {
        key: key(0),
        reason: reason(),
    };
    assert_eq!(world.refuse(other, &removing), "LastValidator");
}

#[test]
fn no_module_is_frozen() {
    let mut world = World::new();
    let freezing = |target| IGovernance::proposeContractFreezeCall {
        target,
        reason: REASON.to_owned(),
    };
    for module in MODULES {
        assert_eq!(
            world.refuse(BANK, &freezing(module.address)),
            "NotFreezable"
        );
    }
    assert_eq!(
        world.refuse(BANK, &freezing(REGISTRY_ADDRESS)),
        "NotFreezable"
    );
    let contract = Address::repeat_byte(0xcc);
    let id = world.decide(&freezing(contract));
    assert_eq!(world.state(id), State::Executed);
    assert!(crate::policy::is_frozen(&mut world.chain, contract).unwrap());
    let release = IGovernance::proposeContractReleaseCall {
        target: contract,
        reason: reason(),
    };
    world.decide(&release);
    assert!(!crate::policy::is_frozen(&mut world.chain, contract).unwrap());
}

#[test]
fn a_quota_leaves_room_for_governance() {
    let mut world = World::new();
    let quota = |gas_per_block, bytes_per_day| IGovernance::proposeQuotaCall {
        organisation: 2,
        gasPerBlock: gas_per_block,
        gasPerDay: 0,
        bytesPerBlock: 0,
        bytesPerDay: bytes_per_day,
        reason: REASON.to_owned(),
    };
    assert_eq!(world.refuse(BANK, &quota(1, 0)), "ParameterOutOfBounds");
    assert_eq!(world.refuse(BANK, &quota(0, 1)), "ParameterOutOfBounds");
    let id = world.decide(&quota(GAS_MIN, 0));
    assert_eq!(world.state(id), State::Executed);
    let unknown = IGovernance::proposeQuotaCall {
        organisation: 77,
        ..quota(GAS_MIN, 0)
    };
    assert_eq!(world.refuse(BANK, &unknown), "UnknownOrganisation");
}

#[test]
fn texts_are_bounded_and_reasons_needed() {
    let mut world = World::new();
    let with_reason = |reason: String| IGovernance::proposeSuspensionCall {
        organisation: 2,
        reason,
    };
    assert_eq!(
        world.refuse(BANK, &with_reason(String::new())),
        "ReasonMissing"
    );
    assert_eq!(
        world.refuse(BANK, &with_reason(" \n".to_owned())),
        "ReasonMissing"
    );
    let long = "r".repeat(REASON_BYTES_MAX + 1);
    assert_eq!(world.refuse(BANK, &with_reason(long)), "LimitExceeded");
    let huge = "r".repeat(1 << 20);
    assert_eq!(
        world.refuse(BANK, &with_reason(huge.clone())),
        "LimitExceeded"
    );
    let admission = IGovernance::proposeAdmissionCall {
        name: huge,
        organisationKind: 1,
        jurisdiction: "CN".to_owned(),
        administrators: vec![Address::repeat_byte(9)],
        reason: reason(),
    };
    assert_eq!(world.refuse(BANK, &admission), "LimitExceeded");
    for (kind, administrators, expected) in [
        (0, vec![Address::repeat_byte(9)], "NothingNamed"),
        (11, vec![Address::repeat_byte(9)], "NothingNamed"),
        (255, vec![Address::repeat_byte(9)], "NothingNamed"),
    ] {
        let call = IGovernance::proposeAdmissionCall {
            name: "Ferry".to_owned(),
            organisationKind: kind,
            administrators,
            ..admission.clone()
        };
        assert_eq!(world.refuse(BANK, &call), expected);
    }
    // What Identity refuses is refused at once, with its own reason.
    let taken = IGovernance::proposeAdmissionCall {
        name: "Longjing Tea".to_owned(),
        ..admission
    };
    assert_eq!(world.refuse(BANK, &taken), "NameTaken");
    for organisation in [0, 5, u64::MAX] {
        assert_eq!(world.refuse(BANK, &suspension(organisation)), "NotMember");
    }
}

#[test]
fn what_others_decide_for_themselves_is_asked_before_the_vote() {
    let mut world = World::new();
    let now = world.chain.time.get();
    let regulator = |organisation, until| IGovernance::proposeRegulatorCall {
        organisation,
        jurisdiction: "CN".to_owned(),
        powers: U256::from(31),
        until,
        reason: REASON.to_owned(),
    };
    let id = world.decide(&regulator(4, now + 300 * DAY));
    assert_eq!(world.state(id), State::Executed);
    let unknown = world.refuse(BANK, &regulator(44, now + 300 * DAY));
    assert_eq!(unknown, "UnknownOrganisation");
    let past = world.refuse(BANK, &regulator(4, now - 1));
    assert_eq!(past, "InvalidArgument");
    let dismissal = |regulator| IGovernance::proposeRegulatorDismissalCall {
        regulator,
        reason: REASON.to_owned(),
    };
    world.decide(&dismissal(1));
    assert_eq!(world.refuse(BANK, &dismissal(9)), "UnknownAppointment");
}

#[test]
fn the_scheduler_and_policy_act_for_the_members() {
    let mut world = World::new();
    let authority = IGovernance::proposeReviewAuthorityCall {
        organisation: 3,
        jurisdiction: "CN".to_owned(),
        reason: reason(),
    };
    world.decide(&authority);
    let zone = |rule: &str| IGovernance::proposeTimeZoneCall {
        name: "Mars/Base".to_owned(),
        posixRule: rule.to_owned(),
        from: 0,
        reason: REASON.to_owned(),
    };
    assert_eq!(
        world.refuse(BANK, &zone("no rule at all")),
        "InvalidTimeZone"
    );
    world.decide(&zone("MST-1"));
    let year = |year| IGovernance::proposeCalendarYearCall {
        calendar: "CN".to_owned(),
        year,
        workingDays: [U256::from(0b11111), U256::ZERO],
        reason: REASON.to_owned(),
    };
    assert_eq!(world.refuse(BANK, &year(1)), "InvalidCalendarYear");
    world.decide(&year(2030));
    let allowance = IGovernance::proposeAllowanceCall {
        organisation: 2,
        gasPerDay: 5,
        reason: reason(),
    };
    world.decide(&allowance);
    let responsible = IGovernance::proposeContractOrganisationCall {
        target: Address::repeat_byte(0xcc),
        organisation: 2,
        reason: reason(),
    };
    world.decide(&responsible);
    let rule = |target, subject| IGovernance::proposePolicyRuleCall {
        rule: IGovernance::PolicyRule {
            target,
            hasSelector: false,
            selector: FixedBytes::ZERO,
            subject,
            organisation: 0,
            role: 0,
            allow: 0,
            deny: 4,
        },
        reason: REASON.to_owned(),
    };
    assert_eq!(
        world.refuse(BANK, &rule(Address::repeat_byte(0xcc), 99)),
        "NothingNamed"
    );
    assert_eq!(
        world.refuse(BANK, &rule(super::ADDRESS, 1)),
        "InvalidArgument"
    );
    let id = world.decide(&rule(Address::repeat_byte(0xcc), 1));
    assert_eq!(world.state(id), State::Executed);
}
