//! What a key agrees to without sending anything: for `--consent` of another command.

use super::arguments::{Consenting, Terms};
use crate::{
    commands::{connect, names::Names, of_client},
    failure::Failure,
    keys,
    messages::{IdentityAct as Act, Sentence},
    output::{Output, shown, time},
};
use alloy_primitives::Address;
use qiantang_client::{
    Client, ClientError, PrivateKeySigner,
    identity::{
        Consent, IIdentity,
        IIdentity::{Membership, NewKey, Objection},
    },
};
use serde::Serialize;
use std::{
    fmt::Display,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Agreed {
    statement: String,
    #[serde(serialize_with = "shown")]
    account: Address,
    #[serde(serialize_with = "shown")]
    key: Address,
    consent: String,
}

/// A key, and the account that it signs for.
struct Signatory {
    output: Output,
    client: Client,
    names: Names,
    signer: PrivateKeySigner,
    record: IIdentity::Account,
    deadline: u64,
}

impl Signatory {
    async fn open(output: Output, terms: &Terms) -> Result<Self, Failure> {
        let client = connect(output, &terms.rpc.rpc)?;
        let signer = keys::signer(output, &client, &terms.signing).await?;
        let names = Names::new(output, client.clone());
        Ok(Self {
            record: names.record_of_key(signer.address()).await?,
            deadline: after(terms.within),
            output,
            client,
            names,
            signer,
        })
    }

    async fn chain_id(&self) -> Result<u64, Failure> {
        let chain = self.client.chain_id().await;
        chain.map_err(of_client(self.output))
    }

    fn print(
        &self,
        account: Address,
        signed: Result<Consent, ClientError>,
        (text, arguments): (impl Sentence, &[&dyn Display]),
    ) -> Result<(), Failure> {
        let agreed = Agreed {
            statement: self.output.say(text, arguments),
            account,
            key: self.signer.address(),
            consent: signed.map_err(of_client(self.output))?.to_string(),
        };
        if !self.output.json {
            self.output.talk(&agreed.statement);
        }
        self.output.data(&agreed, || agreed.consent.clone())
    }
}

/// Signs a consent and prints it.
pub(super) async fn run(output: Output, what: Consenting) -> Result<(), Failure> {
    match what {
        Consenting::Join {
            organisation,
            terms,
        } => {
            let by = Signatory::open(output, &terms).await?;
            let number = by.names.find(&organisation).await?;
            let name = by.names.organisation(number).await?;
            let account = by.record.account;
            let membership = Membership::of((account, by.record.consentNonce), number, by.deadline);
            let signed = Consent::to_join(&by.signer, by.chain_id().await?, &membership);
            let until = time(by.deadline);
            by.print(
                account,
                signed,
                (Act::ConsentJoin, &[&account, &name, &until]),
            )
        }
        Consenting::Key { account, terms } => {
            let by = Signatory::open(output, &terms).await?;
            let record = by.names.account(account).await?;
            let key = by.signer.address();
            let new_key = NewKey {
                account,
                newKey: key,
                nonce: record.consentNonce,
                deadline: by.deadline,
            };
            let signed = Consent::to_be_key(&by.signer, by.chain_id().await?, &new_key);
            let until = time(by.deadline);
            by.print(
                account,
                signed,
                (Act::ConsentKey, &[&key, &account, &until]),
            )
        }
        Consenting::Object { terms } => {
            let by = Signatory::open(output, &terms).await?;
            let account = by.record.account;
            let objection = Objection {
                account,
                nonce: by.record.consentNonce,
            };
            let signed = Consent::to_object(&by.signer, by.chain_id().await?, &objection);
            by.print(account, signed, (Act::ConsentObject, &[&account]))
        }
    }
}

/// A moment this long from now, in milliseconds.
fn after(within: Duration) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let moment = now.unwrap_or_default().saturating_add(within);
    u64::try_from(moment.as_millis()).unwrap_or(u64::MAX)
}
