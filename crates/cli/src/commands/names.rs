//! Names instead of numbers, where the chain knows them.

use super::of_client;
use crate::{failure::Failure, messages::Message, output::Output};
use alloy_primitives::Address;
use qiantang_client::{
    Client, ClientError, MODULES, Module,
    identity::{IIdentity, IIdentity::KeyState, Identity},
};
use std::{cell::RefCell, collections::BTreeMap};

/// First bytes of the addresses that stand for organisations; the number follows.
const PARTY: &[u8] = b"qtorg";

/// Asks the chain for names, each once.
pub(crate) struct Names {
    output: Output,
    identity: Module<Identity>,
    organisations: RefCell<BTreeMap<u64, String>>,
}

impl Names {
    pub(crate) fn new(output: Output, client: Client) -> Self {
        Self {
            output,
            identity: Module::new(client),
            organisations: RefCell::default(),
        }
    }

    /// The module that knows the names.
    pub(crate) const fn identity(&self) -> &Module<Identity> {
        &self.identity
    }

    /// The account that a key signs for.
    pub(crate) async fn record_of_key(&self, key: Address) -> Result<IIdentity::Account, Failure> {
        let record = self.account(key).await?;
        match record.key {
            KeyState::Signer => self.account(record.signerFor).await,
            _ => Ok(record),
        }
    }

    /// What is known about an account.
    pub(crate) async fn account(&self, account: Address) -> Result<IIdentity::Account, Failure> {
        let found = self.identity.account(account).await;
        found.map_err(of_client(self.output))
    }

    /// The name of an organisation, or its number in words where it has none.
    pub(crate) async fn organisation(&self, number: u64) -> Result<String, Failure> {
        if let Some(name) = self.organisations.borrow().get(&number) {
            return Ok(name.clone());
        }
        let name = match self.identity.organisation(number).await {
            Ok(found) if !found.name.is_empty() => found.name,
            Ok(_) | Err(ClientError::Reverted { .. }) => {
                self.output.say(Message::OrganisationNumber, &[&number])
            }
            Err(error) => return Err(of_client(self.output)(error)),
        };
        self.organisations.borrow_mut().insert(number, name.clone());
        Ok(name)
    }

    /// An address as people know it: an organisation or module by its name, an account with the
    /// name of its organisation.
    pub(crate) async fn address(&self, address: Address) -> Result<String, Failure> {
        if let Some(number) = party(address) {
            return self.organisation(number).await;
        }
        if let Some(name) = module(address) {
            return Ok(name.to_owned());
        }
        match self.account(address).await?.organisation {
            0 => Ok(address.to_string()),
            number => {
                let name = self.organisation(number).await?;
                Ok(self.output.say(Message::AccountOf, &[&address, &name]))
            }
        }
    }

    /// The number of an organisation that was typed as number or name.
    pub(crate) async fn find(&self, text: &str) -> Result<u64, Failure> {
        if let Ok(number) = text.parse() {
            return Ok(number);
        }
        let call = IIdentity::organisationNamedCall {
            name: text.to_owned(),
        };
        let found = self.identity.view(&call).await;
        match found.map_err(of_client(self.output))? {
            0 => {
                let kind = self.output.lang.text(Message::WordOrganisation);
                let failure = self.output.failure(Message::HashInvalid, &[&text, &kind]);
                Err(failure.hint(self.output.lang, Message::OrganisationsHint))
            }
            number => Ok(number),
        }
    }
}

/// The number of the organisation that an address stands for.
pub(crate) fn party(address: Address) -> Option<u64> {
    let rest = address.strip_prefix(PARTY)?;
    let (zeros, number) = rest.split_last_chunk::<8>()?;
    let number = u64::from_be_bytes(*number);
    (number != 0 && zeros.iter().all(|byte| *byte == 0)).then_some(number)
}

/// The name of a module.
fn module(address: Address) -> Option<&'static str> {
    let row = MODULES.iter().find(|row| row.address == address);
    row.map(|row| row.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::address;

    #[test]
    fn addresses_of_organisations_and_modules_are_known() {
        let bank = address!("0x71746f7267000000000000000000000000000007");
        assert_eq!(party(bank), Some(7));
        let nobody = address!("0x71746f7267000000000000000000000000000000");
        assert_eq!(party(nobody), None);
        assert_eq!(party(Address::repeat_byte(1)), None);
        let governance = address!("0x7174000000000000000000000000000000000014");
        assert_eq!(module(governance), Some("Governance"));
        assert_eq!(module(Address::repeat_byte(0x71)), None);
    }
}
