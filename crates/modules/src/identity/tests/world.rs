//! A chain of four organisations, and keys that sign.

use crate::{
    Halt, IModule,
    identity::{
        self, ADDRESS, GOVERNANCE, IIdentity,
        IIdentity::{Membership, NewKey, Objection},
        Permission,
    },
    testing::{MapContext, spec},
};
use alloy_consensus::crypto::secp256k1::sign_message;
use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::{SolCall, SolError as _, SolInterface as _};
use qiantang_types::{DEV_CHAIN_ID, TimestampMs, signer_of};

/// The bank's administrator, and the number of the bank.
pub(super) const BANKER: Address = Address::repeat_byte(1);
pub(super) const BANK: u64 = 1;
/// The tea company's administrator, and the number of the company.
pub(super) const GROWER: Address = Address::repeat_byte(2);
pub(super) const TEA: u64 = 2;
/// A consent that does not end in these tests.
pub(super) const LATE: u64 = u64::MAX;

/// An account that can sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    secret: B256,
    pub(super) address: Address,
}

impl Key {
    pub(super) fn new(seed: u8) -> Self {
        let secret = B256::with_last_byte(seed);
        let digest = B256::ZERO;
        let signature = sign_message(secret, digest).unwrap().as_bytes();
        Self {
            secret,
            address: signer_of(digest, &signature).unwrap(),
        }
    }

    pub(super) fn sign(&self, digest: B256) -> Bytes {
        sign_message(self.secret, digest).unwrap().as_bytes().into()
    }
}

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) chain: MapContext,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            chain: MapContext::chain(&spec()),
        }
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
        let before = (self.chain.slots.clone(), self.chain.logs.clone());
        let result = self.send(who, call);
        let after = (self.chain.slots.clone(), self.chain.logs.clone());
        assert!(before == after, "{} left traces", Call::SIGNATURE);
        error_name(&result)
    }

    pub(super) fn view<Call: SolCall>(&mut self, call: &Call) -> Call::Return {
        self.chain
            .view(ADDRESS, call)
            .unwrap_or_else(|halt| panic!("{}: {}", Call::SIGNATURE, describe(&halt)))
    }

    pub(super) fn wait(&mut self, milliseconds: u64) {
        self.chain.time = TimestampMs::new(self.chain.time.get() + milliseconds);
    }

    pub(super) fn now(&self) -> u64 {
        self.chain.time.get()
    }

    pub(super) fn account(&mut self, account: Address) -> IIdentity::Account {
        self.view(&IIdentity::accountCall { account })
    }

    pub(super) fn organisation(&mut self, number: u64) -> IIdentity::Organisation {
        self.view(&IIdentity::organisationCall { number })
    }

    /// The call by which an administrator takes an account in, with the account's consent.
    pub(super) fn adding(
        &mut self,
        organisation: u64,
        (account, key): (Address, &Key),
        roles: &[u8],
    ) -> IIdentity::addAccountCall {
        let nonce = self.account(account).consentNonce;
        let membership = Membership {
            organisation,
            account,
            nonce,
            deadline: LATE,
        };
        IIdentity::addAccountCall {
            account,
            roles: roles.to_vec(),
            level: 1,
            deadline: LATE,
            signature: key.sign(identity::membership_digest(DEV_CHAIN_ID, &membership)),
        }
    }

    /// An account of the bank with these roles.
    pub(super) fn join(&mut self, key: &Key, roles: &[u8]) -> Address {
        self.join_by(BANKER, key, roles)
    }

    /// An account of the bank, taken in by this administrator.
    pub(super) fn join_by(&mut self, by: Address, key: &Key, roles: &[u8]) -> Address {
        let call = self.adding(BANK, (key.address, key), roles);
        self.accept(by, &call);
        key.address
    }

    fn offer(&mut self, account: Address, key: &Key) -> Bytes {
        let nonce = self.account(account).consentNonce;
        let new_key = NewKey {
            account,
            newKey: key.address,
            nonce,
            deadline: LATE,
        };
        key.sign(identity::new_key_digest(DEV_CHAIN_ID, &new_key))
    }

    pub(super) fn rotating(&mut self, account: Address, key: &Key) -> IIdentity::rotateKeyCall {
        IIdentity::rotateKeyCall {
            newKey: key.address,
            deadline: LATE,
            signature: self.offer(account, key),
        }
    }

    pub(super) fn recovering(
        &mut self,
        account: Address,
        key: &Key,
    ) -> IIdentity::proposeRecoveryCall {
        IIdentity::proposeRecoveryCall {
            account,
            newKey: key.address,
            deadline: LATE,
            signature: self.offer(account, key),
        }
    }

    pub(super) fn objection(&mut self, account: Address, key: &Key) -> Bytes {
        let nonce = self.account(account).consentNonce;
        let objection = Objection { account, nonce };
        key.sign(identity::objection_digest(DEV_CHAIN_ID, &objection))
    }

    /// Whether the Rust function and the view agree that an account may do something.
    pub(super) fn may(&mut self, account: Address, permission: Permission) -> bool {
        let yes = identity::has_permission(&mut self.chain, account, permission).unwrap();
        let permission = permission as u8;
        let seen = self.view(&IIdentity::hasPermissionCall {
            account,
            permission,
        });
        assert_eq!(yes, seen);
        yes
    }

    pub(super) fn admit(&mut self, name: &str, administrators: &[Address]) -> Result<u64, Halt> {
        let call = admission(name, administrators);
        self.send(GOVERNANCE, &call)
    }
}

pub(super) fn admission(
    name: &str,
    administrators: &[Address],
) -> IIdentity::admitOrganisationCall {
    IIdentity::admitOrganisationCall {
        name: name.to_owned(),
        kind: IIdentity::OrganisationKind::Insurer,
        jurisdiction: "CN".to_owned(),
        administrators: administrators.to_vec(),
    }
}

pub(super) fn reason() -> String {
    "left the company".to_owned()
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

/// An error with its arguments, as the interface declares it.
pub(super) fn describe(halt: &Halt) -> String {
    let Halt::Revert(data) = halt else {
        return format!("{halt:?}");
    };
    if let Ok(error) = IIdentity::IIdentityErrors::abi_decode(data) {
        let text = format!("{error:?}");
        // `Variant(Error { … })`: the variant says nothing that the error does not.
        let inner = text
            .split_once('(')
            .map(|(_, inner)| inner.trim_end_matches(')').to_owned());
        return inner.unwrap_or(text);
    }
    if let Ok(error) = IModule::LimitExceeded::abi_decode(data) {
        return format!("LimitExceeded({})", error.limit);
    }
    format!("another error: {data}")
}
