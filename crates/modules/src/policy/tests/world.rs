//! A chain of six organisations in several places, and what they ask of Policy.

use crate::{
    Halt, IModule,
    identity::{self, IIdentity},
    policy::{
        ADDRESS, Admission, Candidate, Denial, GOVERNANCE,
        IPolicy::{self, NewOrder, OrderKind, Remittance, Rule, Subject},
        admit,
    },
    testing::{MapContext, spec},
};
use alloy_consensus::crypto::secp256k1::sign_message;
use alloy_primitives::{Address, B256, FixedBytes, U256};
use alloy_sol_types::{SolCall, SolInterface as _};
use qiantang_types::{ChainSpec, DEV_CHAIN_ID, GenesisOrganisation, TimestampMs, signer_of};

/// Administrators, and their organisations' numbers and places.
pub(super) const BANKER: Address = Address::repeat_byte(1);
pub(super) const BANK: u64 = 1;
/// In CN-330200, which is in the province of the bank but not in its city.
pub(super) const GROWER: Address = Address::repeat_byte(2);
pub(super) const TEA: u64 = 2;
/// In CN-310000, another province.
pub(super) const DOCTOR: Address = Address::repeat_byte(3);
pub(super) const HOSPITAL: u64 = 3;
/// The regulator, in CN-330100.
pub(super) const INSPECTOR: Address = Address::repeat_byte(4);
pub(super) const SUPERVISION: u64 = 4;
/// A court, in CN-330000.
pub(super) const JUDGE: Address = Address::repeat_byte(5);
pub(super) const COURT: u64 = 5;
/// Another regulator, in CN-310000.
pub(super) const EXAMINER: Address = Address::repeat_byte(6);
pub(super) const BUREAU: u64 = 6;
/// Of no organisation.
pub(super) const GUEST: Address = Address::repeat_byte(0x77);
/// A token's contract.
pub(super) const TOKEN: Address = Address::repeat_byte(0xc0);
pub(super) const ALL_POWERS: u64 = 31;
pub(super) const DAY: u64 = 86_400_000;

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) chain: MapContext,
}

fn places() -> ChainSpec {
    let mut spec = spec();
    let more = [("Court of the Province", "court"), ("Bureau", "regulator")];
    for (index, (name, kind)) in more.into_iter().enumerate() {
        spec.organisations.push(GenesisOrganisation {
            name: name.to_owned(),
            kind: kind.to_owned(),
            jurisdiction: String::new(),
            administrators: vec![Address::repeat_byte(5 + index as u8)],
            validators: Vec::new(),
        });
    }
    let codes = [
        "CN-330100",
        "CN-330200",
        "CN-310000",
        "CN-330100",
        "CN-330000",
        "CN-310000",
    ];
    for (organisation, code) in spec.organisations.iter_mut().zip(codes) {
        organisation.jurisdiction = code.to_owned();
    }
    spec
}

impl World {
    /// The chain; the administrators of regulators and of the court may regulate.
    pub(super) fn new() -> Self {
        let mut world = Self {
            chain: MapContext::chain(&places()),
        };
        for who in [INSPECTOR, JUDGE, EXAMINER] {
            let grant = IIdentity::grantRoleCall {
                account: who,
                role: identity::REGULATOR,
            };
            world.chain.send(who, identity::ADDRESS, &grant).unwrap();
        }
        world.chain.logs.clear();
        world
    }

    /// Sends a call in the next block.
    pub(super) fn send<Call: SolCall>(
        &mut self,
        who: Address,
        call: &Call,
    ) -> Result<Call::Return, Halt> {
        self.chain.next_block();
        self.chain.send(who, ADDRESS, call)
    }

    /// Sends what must be accepted.
    pub(super) fn accept<Call: SolCall>(&mut self, who: Address, call: &Call) -> Call::Return {
        self.send(who, call)
            .unwrap_or_else(|halt| panic!("{}: {}", Call::SIGNATURE, describe(&halt)))
    }

    /// Sends what must be refused, and says with which error; checks that nothing changed.
    pub(super) fn refuse<Call: SolCall>(&mut self, who: Address, call: &Call) -> String {
        let before = (self.chain.slots.clone(), self.chain.logs.len());
        let result = self.send(who, call);
        assert!(
            before == (self.chain.slots.clone(), self.chain.logs.len()),
            "{} left traces",
            Call::SIGNATURE
        );
        error_name(&result)
    }

    pub(super) fn view<Call: SolCall>(&mut self, call: &Call) -> Call::Return {
        self.chain
            .view(ADDRESS, call)
            .unwrap_or_else(|halt| panic!("{}: {}", Call::SIGNATURE, describe(&halt)))
    }

    pub(super) fn identity<Call: SolCall>(&mut self, who: Address, call: &Call) -> Call::Return {
        self.chain.next_block();
        self.chain
            .send(who, identity::ADDRESS, call)
            .unwrap_or_else(|halt| panic!("{}: {halt:?}", Call::SIGNATURE))
    }

    pub(super) fn now(&self) -> u64 {
        self.chain.time.get()
    }

    pub(super) fn wait(&mut self, milliseconds: u64) {
        self.chain.time = TimestampMs::new(self.now() + milliseconds);
    }

    /// Asks the gate as the chain itself, and checks that the view says the same.
    pub(super) fn ask(&mut self, candidate: &Candidate<'_>) -> Result<Admission, Denial> {
        self.chain.address = Address::ZERO;
        self.chain.gas_used = 0;
        let answer = admit(&mut self.chain, candidate).unwrap();
        let selector = candidate.input.first_chunk::<4>().copied();
        let has_view = candidate.input.is_empty() || selector.is_some_and(|it| it != [0; 4]);
        if has_view && (candidate.to.is_none() || candidate.to != Some(Address::ZERO)) {
            let seen = self.view(&IPolicy::mayActCall {
                account: candidate.sender,
                target: candidate.to.unwrap_or_default(),
                selector: FixedBytes(selector.unwrap_or_default()),
                gas: candidate.gas_limit,
                size: candidate.bytes,
            });
            assert_eq!(seen.allowed, answer.is_ok());
            let denial = answer.as_ref().err();
            assert_eq!(seen.code, denial.map_or(0, Denial::code));
            assert_eq!(
                seen.reason,
                denial.map(ToString::to_string).unwrap_or_default()
            );
        }
        answer
    }

    /// Code of the denial of a call; 0 where it is admitted.
    pub(super) fn call_code(&mut self, who: Address, to: Address, selector: u32) -> u8 {
        let input = selector.to_be_bytes();
        let candidate = Candidate {
            sender: who,
            to: Some(to),
            input: &input,
            gas_limit: 21_000,
            bytes: 110,
        };
        code(&self.ask(&candidate))
    }

    /// Code of the denial of sending value.
    pub(super) fn send_code(&mut self, who: Address, to: Address) -> u8 {
        code(&self.ask(&transfer(who, to)))
    }

    /// Code of the denial of a deployment.
    pub(super) fn deploy_code(&mut self, who: Address) -> u8 {
        let candidate = Candidate {
            to: None,
            ..transfer(who, Address::ZERO)
        };
        code(&self.ask(&candidate))
    }

    /// Appoints with every power for a year.
    pub(super) fn appoint(&mut self, organisation: u64, jurisdiction: &str, powers: u64) -> u64 {
        let call = self.appointing(organisation, jurisdiction, powers);
        self.accept(GOVERNANCE, &call)
    }

    pub(super) fn appointing(
        &self,
        organisation: u64,
        jurisdiction: &str,
        powers: u64,
    ) -> IPolicy::appointRegulatorCall {
        IPolicy::appointRegulatorCall {
            organisation,
            jurisdiction: jurisdiction.to_owned(),
            powers: U256::from(powers),
            until: self.now() + 365 * DAY,
        }
    }

    /// An order that is fine but for what a test changes, for thirty days.
    pub(super) fn order(&self, kind: OrderKind, target: Address) -> NewOrder {
        let is_forced = kind == OrderKind::ForcedTransfer;
        let has_amount = is_forced || matches!(kind, OrderKind::Limit | OrderKind::Review);
        NewOrder {
            kind,
            target,
            token: if is_forced { TOKEN } else { Address::ZERO },
            to: if is_forced { JUDGE } else { Address::ZERO },
            amount: U256::from(if has_amount { 100 } else { 0 }),
            until: self.now() + 30 * DAY,
            documentHash: B256::repeat_byte(0xd0),
            legalBasis: "Anti-Money Laundering Law, article 26; decision (2026) 33-17".to_owned(),
        }
    }

    pub(super) fn issue(&mut self, who: Address, appointment: u64, order: &NewOrder) -> u64 {
        self.accept(who, &issuing(appointment, order))
    }

    pub(super) fn release(&mut self, who: Address, appointment: u64, id: u64) {
        self.accept(who, &releasing(appointment, id));
    }

    pub(super) fn read_order(&mut self, id: u64) -> IPolicy::Order {
        self.view(&IPolicy::orderCall { id })
    }
}

pub(super) fn code(answer: &Result<Admission, Denial>) -> u8 {
    answer.as_ref().err().map_or(0, Denial::code)
}

pub(super) fn transfer(sender: Address, to: Address) -> Candidate<'static> {
    Candidate {
        sender,
        to: Some(to),
        input: &[],
        gas_limit: 21_000,
        bytes: 110,
    }
}

pub(super) fn issuing(appointment: u64, order: &NewOrder) -> IPolicy::issueOrderCall {
    IPolicy::issueOrderCall {
        appointment,
        order: order.clone(),
    }
}

pub(super) fn releasing(appointment: u64, id: u64) -> IPolicy::releaseOrderCall {
    IPolicy::releaseOrderCall {
        id,
        appointment,
        reason: "the matter is settled".to_owned(),
    }
}

/// A rule about every call of everybody.
pub(super) fn rule(target: Address, allow: u8, deny: u8) -> Rule {
    Rule {
        target,
        hasSelector: false,
        selector: FixedBytes::ZERO,
        subject: Subject::Everyone,
        organisation: 0,
        role: 0,
        allow,
        deny,
    }
}

pub(super) fn no_remittance() -> Remittance {
    Remittance {
        kind: FixedBytes::ZERO,
        text: String::new(),
    }
}

/// The name of the error that a result is, or `accepted`.
pub(super) fn error_name<T>(result: &Result<T, Halt>) -> String {
    match result {
        Ok(_) => "accepted".to_owned(),
        Err(halt) => {
            let text = describe(halt);
            text.split(['(', ' ']).next().unwrap_or_default().to_owned()
        }
    }
}

/// An error with its arguments, as the interfaces declare it.
pub(super) fn describe(halt: &Halt) -> String {
    let Halt::Revert(data) = halt else {
        return format!("{halt:?}");
    };
    if let Ok(error) = IPolicy::IPolicyErrors::abi_decode(data) {
        return format!("{error:?}");
    }
    if let Ok(error) = IIdentity::IIdentityErrors::abi_decode(data) {
        return format!("{error:?}");
    }
    match IModule::IModuleErrors::abi_decode(data).unwrap() {
        IModule::IModuleErrors::LimitExceeded(error) => format!("LimitExceeded({})", error.limit),
        IModule::IModuleErrors::StaticCall(_) => "StaticCall".to_owned(),
        IModule::IModuleErrors::Reentrant(_) => "Reentrant".to_owned(),
        _ => "MalformedInput".to_owned(),
    }
}

impl World {
    /// Gives the grower's account another key, and says the key's address.
    pub(super) fn rotate_growers_key(&mut self) -> Address {
        let secret = B256::with_last_byte(9);
        let signed = |digest: B256| sign_message(secret, digest).unwrap().as_bytes();
        let key = signer_of(B256::ZERO, &signed(B256::ZERO)).unwrap();
        let offer = IIdentity::NewKey {
            account: GROWER,
            newKey: key,
            nonce: self
                .chain
                .view(
                    identity::ADDRESS,
                    &IIdentity::accountCall { account: GROWER },
                )
                .unwrap()
                .consentNonce,
            deadline: u64::MAX,
        };
        let digest = identity::new_key_digest(DEV_CHAIN_ID, &offer);
        self.identity(
            GROWER,
            &IIdentity::rotateKeyCall {
                newKey: key,
                deadline: u64::MAX,
                signature: signed(digest).into(),
            },
        );
        key
    }
}
