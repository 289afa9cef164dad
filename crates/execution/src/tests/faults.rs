//! Reports of validators' faults in blocks, with votes that the engine signed (`verify`'s tests
//! make them).

use super::{
    address, contract_call, input,
    institutions::{every_block, job},
    spec, transfer,
};
use crate::{
    BlockError, BlockInput, BuildLimits, Built, FAULT_REPORTS_MAX, Fiber, MemoryState, Refusal,
    StateReader as _, Step, build_block, genesis_changes, reported_fault, run_block,
};
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolError as _, SolEvent as _};
use qiantang_modules::governance::{
    ADDRESS, ConflictingVotes, FaultEvidence,
    IGovernance::{self, FaultReported},
    NullifyVote, ProposalVote, REPORT_GAS,
};
use qiantang_types::{
    GenesisOrganisation, Height, Parameters, SYSTEM_TRANSACTION_TYPE, SystemTransaction,
    Transaction,
};
use serde_json::Value;

struct Chain {
    state: MemoryState,
    evidence: Vec<Bytes>,
    genesis: B256,
    parameters: Parameters,
    height: u64,
}

impl Chain {
    fn new() -> Self {
        Self::with(Parameters::default())
    }

    fn with(parameters: Parameters) -> Self {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../verify/tests/fixtures/votes.json"
        );
        let cases: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let case = &cases[0];
        let mut spec = spec(&[]);
        spec.validators = serde_json::from_value(case["validators"].clone()).unwrap();
        spec.parameters = parameters.clone();
        spec.organisations = vec![GenesisOrganisation {
            name: "West Lake Bank".to_owned(),
            kind: "bank".to_owned(),
            jurisdiction: "CN-330100".to_owned(),
            administrators: vec![address(0)],
            validators: vec![spec.validators[2].clone()],
        }];
        Self {
            state: MemoryState::new(genesis_changes(&spec).unwrap()),
            evidence: evidence(case).iter().map(FaultEvidence::encode).collect(),
            genesis: serde_json::from_value(case["genesis"].clone()).unwrap(),
            parameters,
            height: 0,
        }
    }

    /// A chain with its first block, in which it learns its fingerprint.
    fn begun() -> Self {
        let mut chain = Self::new();
        chain.block(Vec::new(), Vec::new());
        chain
    }

    fn input(&self, faults: Vec<Bytes>) -> BlockInput {
        let height = self.height + 1;
        BlockInput {
            parent_hash: if height == 1 {
                self.genesis
            } else {
                input(height).parent_hash
            },
            parameters: self.parameters.clone(),
            faults,
            ..input(height)
        }
    }

    /// Builds the next block, checks that everybody else comes to the same, and takes it over.
    fn block(&mut self, faults: Vec<Bytes>, candidates: Vec<Transaction>) -> Built {
        let limits = BuildLimits::default();
        let input = self.input(faults);
        let built = build_block(self.state.clone(), &input, candidates, limits, || true).unwrap();
        assert_eq!(self.run(&built.included).as_ref(), Ok(&built.outcome));
        self.state.apply(built.outcome.changes.clone());
        self.height += 1;
        built
    }

    /// What somebody else makes of the next block, who has no evidence.
    fn run(&self, transactions: &[Transaction]) -> Result<crate::BlockOutcome, BlockError> {
        let input = self.input(Vec::new());
        let plain = run_block(self.state.clone(), &input, transactions);
        let mut fiber = Fiber::run(input, transactions.into()).unwrap();
        let (mut state, mut values) = (self.state.clone(), Vec::new());
        loop {
            match fiber.resume(values).unwrap() {
                Step::Need(keys) => values = state.read_many(&keys).unwrap(),
                Step::Done(result) => {
                    assert_eq!(result, plain);
                    return plain;
                }
            }
        }
    }

    /// Why a block cannot be.
    fn refusal(&self, transactions: &[Transaction]) -> (usize, Refusal) {
        match self.run(transactions) {
            Err(BlockError::Invalid { index, refusal, .. }) => (index, refusal),
            other => panic!("{other:?}"),
        }
    }

    /// The report of the next block.
    fn report(&self, evidence: usize) -> SystemTransaction {
        let call = IGovernance::reportFaultCall {
            evidence: self.evidence[evidence].clone(),
        };
        SystemTransaction {
            job: 0,
            due: 0,
            attempt: 0,
            height: Height::new(self.height + 1),
            caller: LEADER,
            target: ADDRESS,
            input: call.abi_encode().into(),
            gas: REPORT_GAS,
        }
    }
}

/// As [`input`] names the leader's address.
const LEADER: Address = Address::repeat_byte(0xbe);

/// The three faults of the third validator.
fn evidence(case: &Value) -> [FaultEvidence; 3] {
    let votes = &case["votes"];
    let vote = |name: &str, index: usize| ProposalVote {
        parent_view: votes[name][index]["parentView"].as_u64().unwrap(),
        payload: serde_json::from_value(votes[name][index]["payload"].clone()).unwrap(),
        signature: serde_json::from_value(votes[name][index]["signature"].clone()).unwrap(),
    };
    let nullify = NullifyVote {
        signature: serde_json::from_value(votes["nullify"].clone()).unwrap(),
    };
    let finalize = vote("finalize", 0);
    [
        ConflictingVotes::Notarize([0, 1].map(|index| vote("notarize", index))),
        ConflictingVotes::Finalize([0, 1].map(|index| vote("finalize", index))),
        ConflictingVotes::NullifyFinalize { nullify, finalize },
    ]
    .map(|votes| FaultEvidence {
        key: serde_json::from_value(case["validators"][2].clone()).unwrap(),
        epoch: case["epoch"].as_u64().unwrap(),
        view: case["view"].as_u64().unwrap(),
        votes,
    })
}

#[test]
fn a_leader_reports_what_it_knows_and_everybody_checks_it() {
    let mut chain = Chain::begun();
    let faults = vec![
        chain.evidence[0].clone(),
        Bytes::from_static(b"nothing"),
        chain.evidence[2].clone(),
        chain.evidence[0].clone(),
        // One more than are tried.
        chain.evidence[1].clone(),
    ];
    let built = chain.block(faults.clone(), vec![transfer(1, 0, LEADER, 5)]);
    assert_eq!(built.refused_faults, [faults[1].clone(), faults[0].clone()]);
    assert_eq!(built.included.len(), 3);
    for (index, evidence) in [0, 2].into_iter().enumerate() {
        let transaction = &built.included[index];
        assert_eq!(
            reported_fault(transaction).as_ref(),
            Some(&chain.evidence[evidence])
        );
        assert_eq!(transaction.sender(), Ok(LEADER));
        let receipt = &built.outcome.receipts[index];
        assert!(receipt.success && receipt.gas_used < REPORT_GAS);
        assert_eq!(receipt.transaction_type, SYSTEM_TRANSACTION_TYPE);
        let [log] = &receipt.logs[..] else {
            panic!("one event");
        };
        let event = FaultReported::decode_log(log).unwrap();
        assert_eq!((event.organisation, event.reporter), (1, LEADER));
    }
    assert_eq!(reported_fault(&built.included[2]), None);
    let gas: u64 = built
        .outcome
        .receipts
        .iter()
        .map(|receipt| receipt.gas_used)
        .sum();
    assert_eq!(built.outcome.gas_used, gas);
    // The leader's address is no account: it has sent nothing.
    let account = built
        .outcome
        .changes
        .accounts
        .get(&LEADER)
        .unwrap()
        .unwrap();
    assert_eq!((account.nonce, account.balance), (0, U256::from(5)));

    let again = chain.block(faults, Vec::new());
    assert_eq!(again.included, []);
    assert_eq!(again.refused_faults.len(), FAULT_REPORTS_MAX);
}

#[test]
fn a_block_with_a_report_that_does_not_hold_is_invalid() {
    let mut chain = Chain::begun();
    let report = |chain: &Chain, change: &dyn Fn(&mut SystemTransaction)| {
        let mut report = chain.report(0);
        change(&mut report);
        Transaction::from_system(report)
    };
    let good = report(&chain, &|_| {});
    assert!(chain.run(std::slice::from_ref(&good)).is_ok());

    let changes: [&dyn Fn(&mut SystemTransaction); 8] = [
        &|report| report.job = 1,
        &|report| report.due = 1,
        &|report| report.attempt = 1,
        &|report| report.height = Height::new(7),
        &|report| report.caller = address(0),
        &|report| report.target = LEADER,
        &|report| report.gas += 1,
        &|report| report.input = [report.input.as_ref(), &[0; 32]].concat().into(),
    ];
    for (number, change) in changes.iter().enumerate() {
        let refusal = chain.refusal(&[report(&chain, *change)]);
        assert_eq!(refusal, (0, Refusal::System), "change {number}");
    }
    // Behind a signed transaction, and any other call of Governance.
    let signed = transfer(1, 0, LEADER, 5);
    assert_eq!(chain.refusal(&[signed, good.clone()]), (1, Refusal::System));
    let vote = IGovernance::closeCall { id: 1 }.abi_encode();
    let foreign = report(&chain, &|report| report.input = vote.clone().into());
    assert_eq!(chain.refusal(&[foreign]), (0, Refusal::System));
    // Evidence that is altered, and the same twice.
    let altered = report(&chain, &|report| {
        let mut evidence = chain.evidence[0].to_vec();
        *evidence.last_mut().unwrap() ^= 1;
        let evidence = evidence.into();
        report.input = IGovernance::reportFaultCall { evidence }
            .abi_encode()
            .into();
    });
    let (0, Refusal::FaultReport(error)) = chain.refusal(&[altered]) else {
        panic!("a report that proves nothing");
    };
    assert_eq!(error[..4], IGovernance::InvalidFaultEvidence::SELECTOR);
    let (1, Refusal::FaultReport(error)) = chain.refusal(&[good.clone(), good]) else {
        panic!("a fault that is known");
    };
    assert_eq!(error[..4], IGovernance::FaultKnown::SELECTOR);

    // What an account reported, no leader reports again.
    let call = IGovernance::reportFaultCall {
        evidence: chain.evidence[0].clone(),
    };
    let built = chain.block(
        Vec::new(),
        vec![contract_call(1, 0, ADDRESS, &call.abi_encode())],
    );
    assert!(built.outcome.receipts[0].success);
    let repeated = Transaction::from_system(chain.report(0));
    assert!(matches!(
        chain.refusal(&[repeated]),
        (0, Refusal::FaultReport(_))
    ));
}

#[test]
fn reports_follow_the_due_jobs_and_leave_them_alone() {
    let mut chain = Chain::begun();
    let job = job(LEADER, &[], every_block());
    let planned = contract_call(
        0,
        0,
        qiantang_modules::scheduler::ADDRESS,
        &job.abi_encode(),
    );
    let built = chain.block(Vec::new(), vec![planned]);
    assert!(built.outcome.receipts[0].success);
    let built = chain.block(chain.evidence.clone(), Vec::new());
    let jobs: Vec<u64> = built
        .included
        .iter()
        .map(|made| made.system().unwrap().job)
        .collect();
    assert_eq!(jobs, [1, 0, 0, 0]);
    assert!(built.outcome.receipts.iter().all(|receipt| receipt.success));
}

#[test]
fn a_block_without_room_is_built_without_a_report() {
    // A chain without members may have limits as small as it likes.
    let mut chain = Chain::begun();
    let small = BlockInput {
        gas_limit: REPORT_GAS - 1,
        parameters: Parameters {
            block_gas_limit: REPORT_GAS - 1,
            ..Parameters::default()
        },
        ..chain.input(chain.evidence.clone())
    };
    let limits = BuildLimits::default();
    let built = build_block(MemoryState::default(), &small, Vec::new(), limits, || true).unwrap();
    assert_eq!(built.included, []);
    assert_eq!(built.refused_faults, chain.evidence);
    let built = chain.block(chain.evidence.clone(), Vec::new());
    assert_eq!(built.included.len(), 3);
}
