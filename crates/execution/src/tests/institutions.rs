//! The institutions at work in blocks: the gate before transactions, and due jobs.

use super::{CALL, CHAIN, STORE, contract_call, eip1559, forwarder, input, key, sign, spec, words};
use crate::{
    BlockError, BlockInput, BlockOutcome, BuildLimits, Built, CallOutcome, CallRequest,
    MemoryState, Refusal, build_block, call, gate::has_institutions, genesis_changes,
    machine::BlockMachine, run_block,
};
use alloy_primitives::{Address, Bytes, U256};
use alloy_signer::SignerSync as _;
use alloy_sol_types::{SolCall, SolEvent as _};
use qiantang_modules::{
    Context as _, MODULES, governance,
    identity::{self, IIdentity},
    module_at,
    policy::{self, IPolicy},
    scheduler::{self, IScheduler},
};
use qiantang_types::{
    GenesisOrganisation, Height, Parameters, SYSTEM_TRANSACTION_TYPE, SystemTransaction,
    Transaction,
};

const STORES: Address = Address::repeat_byte(0xc1);
const KEEPS_CALLER: Address = Address::repeat_byte(0xc2);
const FORWARDS: Address = Address::repeat_byte(0xc3);
const LOOPS: Address = Address::repeat_byte(0xc4);

/// A chain of blocks in memory: accounts 0 and 1 administer an organisation each, 2 and 3 are
/// guests.
struct Chain {
    state: MemoryState,
    parameters: Parameters,
    height: u64,
}

impl Chain {
    fn new(parameters: Parameters) -> Self {
        let contracts = [
            (STORES, STORE.to_vec()),
            // CALLER PUSH0 SSTORE STOP
            (KEEPS_CALLER, vec![0x33, 0x5f, 0x55, 0x00]),
            (FORWARDS, forwarder(CALL, STORES)),
            // JUMPDEST PUSH0 JUMP
            (LOOPS, vec![0x5b, 0x5f, 0x56]),
        ];
        let mut spec = spec(&contracts);
        spec.parameters = parameters.clone();
        spec.organisations = [("West Lake Bank", "bank"), ("Longjing Tea", "enterprise")]
            .into_iter()
            .zip([0, 1])
            .map(|((name, kind), index)| GenesisOrganisation {
                name: name.to_owned(),
                kind: kind.to_owned(),
                jurisdiction: "CN-330100".to_owned(),
                administrators: vec![super::address(index)],
                validators: Vec::new(),
            })
            .collect();
        Self {
            state: MemoryState::new(genesis_changes(&spec).unwrap()),
            parameters,
            height: 0,
        }
    }

    fn input(&self) -> BlockInput {
        BlockInput {
            // What the chain decided is in its state; what the caller says here does not count.
            parameters: Parameters::default(),
            ..input(self.height + 1)
        }
    }

    /// Builds the next block, checks that everybody else comes to the same, and takes it over.
    fn block(&mut self, candidates: Vec<Transaction>) -> Built {
        let input = self.input();
        let limits = BuildLimits::default();
        let built = build_block(self.state.clone(), &input, candidates, limits, || true).unwrap();
        let outcome = run_block(self.state.clone(), &input, &built.included).unwrap();
        assert_eq!(outcome, built.outcome);
        assert_eq!(outcome.receipts.len(), built.included.len());
        assert_eq!(outcome.parameters, self.parameters);
        self.state.apply(outcome.changes);
        self.height += 1;
        built
    }

    /// Runs an operation as Governance would.
    fn govern(&mut self, module: Address, call: &impl SolCall) {
        let input = self.input();
        let module = module_at(module, input.height).unwrap();
        let reader = Box::new(self.state.clone());
        let mut machine = BlockMachine::new(reader, &input, MODULES).unwrap();
        let data = call.abi_encode();
        machine
            .system(u64::MAX)
            .enter(module.address, governance::ADDRESS, &mut |ctx| {
                (module.call)(ctx, &data).map(drop)
            })
            .unwrap();
        self.state.apply(machine.into_cache().into_changes());
    }

    fn slot(&self, contract: Address, slot: u64) -> U256 {
        self.state.slot(contract, U256::from(slot))
    }

    fn nonce(&self, account: Address) -> u64 {
        self.state.account(account).unwrap_or_default().nonce
    }
}

fn module_call(from: u8, nonce: u64, module: Address, call: &impl SolCall) -> Transaction {
    let mut tx = eip1559(nonce, module);
    tx.gas_limit = 5_000_000;
    tx.input = call.abi_encode().into();
    sign(from, tx)
}

pub(super) fn job(
    target: Address,
    data: &[u8],
    schedule: IScheduler::Schedule,
) -> IScheduler::createJobCall {
    IScheduler::createJobCall {
        call: IScheduler::NewJob::new(target, Bytes::copy_from_slice(data), 100_000, schedule),
    }
}

pub(super) fn every_block() -> IScheduler::Schedule {
    IScheduler::Schedule {
        every: 1,
        ..IScheduler::Schedule::of(IScheduler::Kind::EveryBlocks)
    }
}

/// The account's change to a new key, which is key 9.
fn rotation(account: Address, new_key: Address) -> IIdentity::rotateKeyCall {
    let consent = IIdentity::NewKey {
        account,
        newKey: new_key,
        // Joining the organisation was the first consent.
        nonce: 1,
        deadline: u64::MAX,
    };
    let digest = identity::new_key_digest(CHAIN, &consent);
    IIdentity::rotateKeyCall {
        newKey: new_key,
        deadline: u64::MAX,
        signature: key(9).sign_hash_sync(&digest).unwrap().as_bytes().into(),
    }
}

fn refusals(built: &Built) -> Vec<&Refusal> {
    built.refused.iter().map(|(_, refusal)| refusal).collect()
}

#[test]
fn a_due_job_runs_first_in_its_block_in_its_owners_name() {
    let mut chain = Chain::new(Parameters::default());
    let create = job(KEEPS_CALLER, &[], every_block());
    let built = chain.block(vec![module_call(0, 0, scheduler::ADDRESS, &create)]);
    assert!(built.outcome.receipts[0].success, "{:?}", built.outcome);
    assert_eq!(built.included.len(), 1, "nothing is due in the same block");

    let stores = contract_call(2, 0, STORES, &words(&[1, 7]));
    let built = chain.block(vec![stores.clone()]);
    let run = built.included[0].system().unwrap();
    assert_eq!((run.job, run.height), (1, Height::new(2)));
    assert_eq!(run.caller, super::address(0));
    assert_eq!(built.included[1], stores);
    let receipt = &built.outcome.receipts[0];
    assert!(receipt.success);
    assert_eq!(receipt.transaction_type, SYSTEM_TRANSACTION_TYPE);
    assert_eq!(
        built.outcome.gas_used,
        built.outcome.receipts[1].cumulative_gas_used
    );
    let ran = receipt.logs.last().unwrap();
    assert_eq!(ran.address, scheduler::ADDRESS);
    let ran = IScheduler::JobRan::decode_log(ran).unwrap();
    assert!(ran.success && ran.job == 1 && ran.gasUsed == receipt.gas_used);
    let owner = U256::from_be_slice(super::address(0).as_slice());
    assert_eq!(chain.slot(KEEPS_CALLER, 0), owner);
    assert_eq!(chain.nonce(super::address(0)), 1, "a run uses no nonce");
}

#[test]
fn a_block_without_its_due_jobs_or_with_others_is_invalid() {
    let mut chain = Chain::new(Parameters::default());
    let create = job(STORES, &words(&[1, 7]), every_block());
    chain.block(vec![
        module_call(0, 0, scheduler::ADDRESS, &create),
        module_call(1, 0, scheduler::ADDRESS, &create),
    ]);
    let input = chain.input();
    let limits = BuildLimits::default();
    let user = contract_call(2, 0, STORES, &words(&[2, 8]));
    let candidates = vec![user.clone()];
    let built = build_block(chain.state.clone(), &input, candidates, limits, || true).unwrap();
    let [first, second, last] = &built.included[..] else {
        panic!("two jobs and one transaction: {:?}", built.included);
    };
    assert_eq!(last, &user);
    let altered = Transaction::from_system(SystemTransaction {
        gas: 1_000_000,
        ..first.system().unwrap().clone()
    });
    let run = |transactions: &[&Transaction]| {
        let transactions: Vec<_> = transactions.iter().copied().cloned().collect();
        run_block(chain.state.clone(), &input, &transactions)
    };
    run(&[first, second, last]).unwrap();
    for (transactions, at) in [
        (vec![last], 0),
        (vec![first], 1),
        (vec![first, last], 1),
        (vec![second, first, last], 0),
        (vec![&altered, second, last], 0),
    ] {
        let Err(BlockError::Invalid { index, refusal, .. }) = run(&transactions) else {
            panic!("{transactions:?} was accepted");
        };
        assert_eq!((index, refusal), (at, Refusal::JobMissing));
    }
    for transactions in [
        vec![first, second, &altered],
        vec![first, second, last, first],
    ] {
        let Err(BlockError::Invalid { index, refusal, .. }) = run(&transactions) else {
            panic!("{transactions:?} was accepted");
        };
        assert_eq!(index, transactions.len() - 1);
        assert_eq!(refusal, Refusal::System);
    }
}

#[test]
fn a_job_that_fails_or_uses_all_its_gas_stops_nobody() {
    let mut chain = Chain::new(Parameters::default());
    let jobs = [
        job(LOOPS, &[], every_block()),
        // The module refuses the call.
        job(policy::ADDRESS, &[1, 2, 3, 4], every_block()),
        job(STORES, &words(&[1, 7]), every_block()),
    ];
    let create = |(nonce, create)| module_call(0, nonce, scheduler::ADDRESS, create);
    chain.block((0..).zip(&jobs).map(create).collect());
    let built = chain.block(Vec::new());
    let outcome: Vec<_> = built.outcome.receipts.iter().map(|r| r.success).collect();
    assert_eq!(outcome, [false, false, true]);
    assert_eq!(built.outcome.receipts[0].gas_used, 100_000);
    assert_eq!(chain.slot(STORES, 1), U256::from(7));
}

#[test]
fn what_the_scheduler_says_of_a_job_that_does_not_run_is_in_a_receipt() {
    let mut chain = Chain::new(Parameters::default());
    let create = job(STORES, &words(&[1, 7]), every_block());
    chain.block(vec![module_call(0, 0, scheduler::ADDRESS, &create)]);
    chain.govern(
        policy::ADDRESS,
        &IPolicy::freezeContractCall {
            target: STORES,
            reason: "its code loses money".to_owned(),
        },
    );
    let other = contract_call(2, 0, KEEPS_CALLER, &[]);
    let built = chain.block(vec![other.clone()]);
    let [notice, after] = &built.included[..] else {
        panic!("{:?}", built.included);
    };
    assert_eq!(after, &other);
    assert_eq!(notice.system().unwrap().job, 0);
    let receipt = &built.outcome.receipts[0];
    assert!(receipt.success && receipt.gas_used == 0);
    let said = IScheduler::JobChanged::decode_log(&receipt.logs[0]).unwrap();
    assert_eq!((said.job, receipt.logs.len()), (1, 1));
    assert_eq!(said.status, IScheduler::Status::Frozen);
    assert_eq!(chain.slot(STORES, 1), U256::ZERO);

    let quiet = chain.block(Vec::new());
    assert!(quiet.included.is_empty(), "it is said once");
}

#[test]
fn jobs_take_no_more_than_their_part_of_the_block() {
    let parameters = Parameters {
        job_gas_per_block: 100_000_000,
        ..Parameters::default()
    };
    let mut chain = Chain::new(parameters);
    let mut once = every_block();
    once.count = 1;
    let mut create = job(LOOPS, &[], once);
    create.call.gasLimit = 25_000_000;
    let create = |nonce| module_call(0, nonce, scheduler::ADDRESS, &create);
    chain.block((0..10).map(create).collect());
    let mut ran = Vec::new();
    while ran.len() < 10 {
        let built = chain.block(vec![contract_call(
            2,
            chain.height - 1,
            STORES,
            &words(&[1, 1]),
        )]);
        let jobs: Vec<_> = built
            .included
            .iter()
            .filter_map(Transaction::system)
            .collect();
        let gas: u64 = jobs.iter().map(|job| job.gas).sum();
        assert!(!jobs.is_empty() && gas <= 100_000_000, "{gas}");
        assert_eq!(built.included.len(), jobs.len() + 1, "others go on");
        ran.extend(jobs.iter().map(|job| job.job));
    }
    assert_eq!(ran, (1..=10).collect::<Vec<_>>());
    assert!(chain.height > 3);
}

#[test]
fn a_new_key_acts_as_the_account_and_the_old_one_sends_nothing() {
    let mut chain = Chain::new(Parameters::default());
    let (old, new) = (super::address(0), super::address(9));
    let rotate = rotation(old, new);
    let late = contract_call(0, 1, STORES, &words(&[1, 7]));
    let early = module_call(0, 0, identity::ADDRESS, &rotate);
    let built = chain.block(vec![early, late]);
    assert!(built.outcome.receipts[0].success);
    // A transaction of the old key that was pending is refused for good.
    assert!(
        matches!(
            refusals(&built)[..],
            [Refusal::Denied {
                is_lasting: true,
                ..
            }]
        ),
        "{:?}",
        built.refused
    );
    let calls = [0, 1].map(|nonce| contract_call(9, nonce, KEEPS_CALLER, &[]));
    let gap = contract_call(9, 7, KEEPS_CALLER, &[]);
    let built = chain.block(vec![calls[0].clone(), calls[1].clone(), gap]);
    assert_eq!(built.included, calls);
    assert!(matches!(
        refusals(&built)[..],
        [Refusal::NonceTooHigh { .. }]
    ));
    let account = U256::from_be_slice(old.as_slice());
    assert_eq!(chain.slot(KEEPS_CALLER, 0), account);
    assert_eq!((chain.nonce(old), chain.nonce(new)), (1, 2));
    // A call without a signature is made in the same name.
    let request = CallRequest {
        from: new,
        to: Some(identity::ADDRESS),
        data: IIdentity::setLevelCall {
            account: old,
            level: 2,
        }
        .abi_encode()
        .into(),
        ..CallRequest::default()
    };
    let outcome = call(chain.state.clone(), &chain.input(), &request).unwrap();
    assert!(
        matches!(outcome, CallOutcome::Success { .. }),
        "{outcome:?}"
    );
}

#[test]
fn a_rotated_key_gives_no_authority_over_its_account() {
    let mut chain = Chain::new(Parameters::default());
    let (old, new) = (super::address(0), super::address(9));
    let rotate = rotation(old, new);
    let delegate = |nonce| {
        let authorization = super::authorize(0, 1, STORES);
        sign(
            2,
            alloy_consensus::TxEip7702 {
                chain_id: CHAIN,
                nonce,
                gas_limit: 200_000,
                to: STORES,
                authorization_list: vec![authorization],
                ..Default::default()
            },
        )
    };
    chain.block(vec![module_call(0, 0, identity::ADDRESS, &rotate)]);
    let built = chain.block(vec![delegate(0)]);
    assert_eq!(refusals(&built), [&Refusal::Authority(old)]);
}

#[test]
fn a_frozen_contract_runs_for_nobody_not_even_for_another_contract() {
    let mut chain = Chain::new(Parameters::default());
    let through = |nonce, value| contract_call(2, nonce, FORWARDS, &words(&[1, value]));
    chain.block(vec![through(0, 5)]);
    assert_eq!(chain.slot(STORES, 1), U256::from(5));
    chain.govern(
        policy::ADDRESS,
        &IPolicy::freezeContractCall {
            target: STORES,
            reason: "its code loses money".to_owned(),
        },
    );
    let direct = contract_call(3, 0, STORES, &words(&[1, 6]));
    let built = chain.block(vec![through(1, 6), direct]);
    assert_eq!(built.included.len(), 1);
    assert!(!built.outcome.receipts[0].success, "the inner call reverts");
    assert!(matches!(refusals(&built)[..], [Refusal::Denied { .. }]));
    assert_eq!(chain.slot(STORES, 1), U256::from(5));
    chain.govern(
        policy::ADDRESS,
        &IPolicy::unfreezeContractCall { target: STORES },
    );
    chain.block(vec![through(2, 6)]);
    assert_eq!(chain.slot(STORES, 1), U256::from(6));
}

#[test]
fn a_members_only_chain_lets_nobody_else_send() {
    let mut chain = Chain::new(Parameters {
        members_only: true,
        ..Parameters::default()
    });
    let member = contract_call(0, 0, STORES, &words(&[1, 7]));
    let guest = contract_call(2, 0, STORES, &words(&[1, 8]));
    let built = chain.block(vec![guest, member.clone()]);
    assert_eq!(built.included, [member]);
    assert!(matches!(
        refusals(&built)[..],
        [Refusal::Denied {
            is_lasting: true,
            ..
        }]
    ));
}

#[test]
fn a_quota_of_a_block_is_there_again_in_the_next() {
    let mut chain = Chain::new(Parameters {
        member_gas_per_block: 60_000_000,
        ..Parameters::default()
    });
    let burn = |from, nonce| {
        let mut tx = eip1559(nonce, LOOPS);
        tx.gas_limit = 40_000_000;
        sign(from, tx)
    };
    // The two guests share one quota.
    let mut pending = vec![burn(0, 0), burn(0, 1), burn(1, 0), burn(2, 0), burn(3, 0)];
    let built = chain.block(pending.clone());
    let expected = [0, 2, 3].map(|index: usize| pending[index].clone());
    assert_eq!(built.included, expected);
    for (_, refusal) in &built.refused {
        assert!(!refusal.is_permanent(), "{refusal}");
    }
    pending.retain(|transaction| !built.included.contains(transaction));
    assert_eq!(chain.block(pending.clone()).included, pending);
}

#[test]
fn ethereums_own_tests_run_without_institutions() {
    assert!(has_institutions(MODULES, Height::new(1)));
    assert!(!has_institutions(&[], Height::new(1)));
    let outcome: BlockOutcome = Chain::new(Parameters::default()).block(Vec::new()).outcome;
    assert!(outcome.receipts.is_empty());
}
