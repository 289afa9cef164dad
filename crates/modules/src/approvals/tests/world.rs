//! A bank with five administrators, and what they do with four eyes.

use crate::{
    Halt, IModule,
    approvals::{
        ADDRESS,
        IApprovals::{self, IApprovalsErrors as Errors, Rule, State},
        NO_AMOUNT,
    },
    identity::{self, IIdentity, IIdentity::IIdentityErrors},
    testing::{MapContext, spec},
};
use alloy_primitives::{Address, FixedBytes, U256, hex};
use alloy_sol_types::{SolCall, SolInterface};
use qiantang_types::TimestampMs;

pub(super) const BANK: u64 = 1;
/// Administrators of the bank; each may make, check and approve.
pub(super) const MAKER: Address = Address::repeat_byte(0x11);
pub(super) const CHECKER: Address = Address::repeat_byte(0x12);
pub(super) const APPROVER: Address = Address::repeat_byte(0x13);
pub(super) const DEPUTY: Address = Address::repeat_byte(0x14);
pub(super) const FIFTH: Address = Address::repeat_byte(0x15);
const CLERK: Address = Address::repeat_byte(0x16);
/// Administrator of another organisation.
pub(super) const OTHER: Address = Address::repeat_byte(2);
/// An account of no organisation.
pub(super) const STRANGER: Address = Address::repeat_byte(0xee);

pub(super) const DAY: u64 = 24 * 3_600_000;

pub(super) struct World {
    pub(super) chain: MapContext,
}

/// An operation that any administrator may make alone where there is no rule.
pub(super) fn make_role(name: &str) -> IIdentity::createRoleCall {
    IIdentity::createRoleCall {
        name: name.to_owned(),
        permissions: U256::from(1 << 3),
    }
}

/// A rule for making roles.
pub(super) fn role_rule(checked: bool) -> Rule {
    Rule {
        module: identity::ADDRESS,
        selector: FixedBytes(IIdentity::createRoleCall::SELECTOR),
        checked,
        amountWord: NO_AMOUNT,
        expiry: DAY,
        limits: Vec::new(),
    }
}

impl World {
    pub(super) fn new() -> Self {
        let mut spec = spec();
        spec.organisations[0].administrators = vec![MAKER, CHECKER, APPROVER, DEPUTY, FIFTH, CLERK];
        Self {
            chain: MapContext::chain(&spec),
        }
    }

    /// An account of the bank that may neither check nor approve.
    pub(super) fn clerk(&mut self) -> Address {
        let (account, role) = (CLERK, identity::OPERATOR);
        let grant = IIdentity::grantRoleCall { account, role };
        self.send_to(FIFTH, identity::ADDRESS, &grant).unwrap();
        let role = identity::ADMINISTRATOR;
        let revoke = IIdentity::revokeRoleCall { account, role };
        self.send_to(FIFTH, identity::ADDRESS, &revoke).unwrap();
        CLERK
    }

    /// Sends a call to a module in the next block.
    pub(super) fn send_to<Call: SolCall>(
        &mut self,
        who: Address,
        module: Address,
        call: &Call,
    ) -> Result<Call::Return, Halt> {
        self.chain.next_block();
        self.chain.send(who, module, call)
    }

    pub(super) fn send<Call: SolCall>(
        &mut self,
        who: Address,
        call: &Call,
    ) -> Result<Call::Return, Halt> {
        self.send_to(who, ADDRESS, call)
    }

    /// Sends what must be accepted.
    pub(super) fn accept<Call: SolCall>(&mut self, who: Address, call: &Call) -> Call::Return {
        self.send(who, call)
            .unwrap_or_else(|halt| panic!("{}: {}", Call::SIGNATURE, describe(&halt)))
    }

    /// Sends what must be refused, and says with which error.
    pub(super) fn refuse<Call: SolCall>(&mut self, who: Address, call: &Call) -> String {
        self.refuse_by(who, ADDRESS, call)
    }

    pub(super) fn refuse_by<Call: SolCall>(
        &mut self,
        who: Address,
        module: Address,
        call: &Call,
    ) -> String {
        let before = (self.chain.slots.clone(), self.chain.logs.len());
        let result = self.send_to(who, module, call);
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

    pub(super) fn operation(&mut self, id: u64) -> IApprovals::Operation {
        self.view(&IApprovals::operationCall { id })
    }

    pub(super) fn state(&mut self, id: u64) -> State {
        self.operation(id).state
    }

    pub(super) fn pending(&mut self) -> Vec<u64> {
        let (cursor, limit) = (U256::ZERO, U256::ZERO);
        let page = self.view(&IApprovals::pendingCall {
            organisation: BANK,
            cursor,
            limit,
        });
        page.list.iter().map(|operation| operation.id).collect()
    }

    pub(super) fn advance(&mut self, milliseconds: u64) {
        self.chain.time = TimestampMs::new(self.chain.time.get() + milliseconds);
    }

    /// Proposes a call of Identity as an account.
    pub(super) fn propose(&mut self, who: Address, call: &impl SolCall) -> u64 {
        self.accept(who, &proposing(call))
    }

    /// Sets a rule with as many persons as are needed.
    pub(super) fn set_rule(&mut self, rule: &Rule) {
        let id = self.accept(MAKER, &IApprovals::setRuleCall { rule: rule.clone() });
        self.pass(id);
    }

    /// Checks where it is needed, and approves.
    pub(super) fn pass(&mut self, id: u64) {
        if self.operation(id).checked {
            self.accept(CHECKER, &check(id));
        }
        self.accept(APPROVER, &approve(id));
        assert_eq!(self.state(id), State::Executed);
    }
}

pub(super) fn proposing(call: &impl SolCall) -> IApprovals::proposeCall {
    IApprovals::proposeCall {
        module: identity::ADDRESS,
        input: call.abi_encode().into(),
    }
}

pub(super) const fn check(id: u64) -> IApprovals::checkCall {
    IApprovals::checkCall {
        id,
        principal: Address::ZERO,
    }
}

pub(super) const fn approve(id: u64) -> IApprovals::approveCall {
    IApprovals::approveCall {
        id,
        principal: Address::ZERO,
    }
}

/// The name of the error that a call was refused with.
pub(super) fn error_name<T>(result: &Result<T, Halt>) -> String {
    match result {
        Ok(_) => panic!("the call was accepted"),
        Err(halt) => describe(halt)
            .split(['(', ' '])
            .next()
            .unwrap_or_default()
            .to_owned(),
    }
}

fn describe(halt: &Halt) -> String {
    let Halt::Revert(data) = halt else {
        panic!("{halt:?}");
    };
    if let Ok(error) = Errors::abi_decode(data) {
        return format!("{error:?}");
    }
    if let Ok(error) = IIdentityErrors::abi_decode(data) {
        return format!("{error:?}");
    }
    match IModule::IModuleErrors::abi_decode(data) {
        Ok(IModule::IModuleErrors::LimitExceeded(_)) => "LimitExceeded".to_owned(),
        Ok(IModule::IModuleErrors::StaticCall(_)) => "StaticCall".to_owned(),
        _ => panic!("unknown error {}", hex::encode(data)),
    }
}
