//! Acting on the chain: who signs, for whom, what will happen in one sentence, and whether it
//! should.

use super::{connect, names::Names, of_client};
use crate::{
    arguments::Agreeing,
    failure::{Failure, of_module},
    keys,
    messages::{ApprovalsAct, Message, Sentence},
    output::Output,
};
use alloy_sol_types::SolCall;
use clap::Args;
use qiantang_client::{
    Account, Client, ClientError, Interface, Module, ReceiptResponse,
    approvals::{Approvals, IApprovals},
    identity::IIdentity,
};
use serde::Serialize;
use std::fmt::Display;

/// How a command that changes something is given.
#[derive(Clone, Debug, Args)]
pub(crate) struct Acting {
    #[arg(long)]
    pub(crate) for_approval: bool,
    #[command(flatten)]
    pub(crate) agreeing: Agreeing,
}

/// Who signs, and for whom.
pub(crate) struct Actor {
    pub(crate) output: Output,
    pub(crate) client: Client,
    pub(crate) account: Account,
    /// What the chain knows about the account that the key signs for.
    pub(crate) record: IIdentity::Account,
    pub(crate) names: Names,
    title: String,
    /// Whether consent was given with the command.
    given: bool,
    /// Whether calls are proposed to others of the organisation instead of made.
    for_approval: bool,
}

/// Something that was done.
pub(crate) struct Acted {
    output: Output,
    sentence: String,
    receipt: ReceiptResponse,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Done<'a> {
    action: &'a str,
    transaction: String,
    height: u64,
    gas_used: u64,
    /// Number of what was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u64>,
    /// Number of the operation that waits for approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<u64>,
}

impl Actor {
    /// Opens the key and asks the chain whom it acts for.
    pub(crate) async fn open(output: Output, acting: &Acting) -> Result<Self, Failure> {
        let actor = Self::agreeing(output, &acting.agreeing).await?;
        Ok(Self {
            for_approval: acting.for_approval,
            ..actor
        })
    }

    /// As [`Self::open`], for what is never proposed to others.
    pub(crate) async fn agreeing(output: Output, agreeing: &Agreeing) -> Result<Self, Failure> {
        let client = connect(output, &agreeing.rpc.rpc)?;
        let account = keys::account(output, &client, &agreeing.signing).await?;
        let names = Names::new(output, client.clone());
        let record = names.record_of_key(account.address()).await?;
        let title = match record.organisation {
            0 => output.say(Message::ActorAccount, &[&record.account]),
            number => {
                let name = names.organisation(number).await?;
                output.say(Message::ActorOrganisation, &[&name])
            }
        };
        Ok(Self {
            output,
            client,
            account,
            record,
            names,
            title,
            given: agreeing.yes,
            for_approval: false,
        })
    }

    /// A module on the chain that the actor acts on.
    pub(crate) fn module<I>(&self) -> Module<I> {
        Module::new(self.client.clone())
    }

    /// Says what will happen and asks whether it should; answers the sentence. The actor's name
    /// takes its first place, the arguments those after it.
    pub(crate) fn consent(
        &self,
        act: impl Sentence,
        arguments: &[&dyn Display],
    ) -> Result<String, Failure> {
        let mut all: Vec<&dyn Display> = vec![&self.title];
        all.extend_from_slice(arguments);
        let mut sentence = self.output.say(act, &all);
        if self.for_approval {
            sentence = self.output.say(ApprovalsAct::ForApproval, &[&sentence]);
        }
        self.output.consent(&sentence, self.given)?;
        Ok(sentence)
    }

    /// Says what will happen, asks whether it should, and does it, or proposes it to others where
    /// that was asked for. As [`Self::consent`].
    pub(crate) async fn act<I: Interface>(
        &self,
        call: &impl SolCall,
        act: impl Sentence,
        arguments: &[&dyn Display],
    ) -> Result<Acted, Failure> {
        let sentence = self.consent(act, arguments)?;
        let sent = if self.for_approval {
            let call = IApprovals::proposeCall {
                module: I::ADDRESS,
                input: call.abi_encode().into(),
            };
            self.module::<Approvals>().send(&self.account, &call).await
        } else {
            self.module::<I>().send(&self.account, call).await
        };
        Ok(Acted {
            output: self.output,
            sentence,
            receipt: sent.map_err(|error| match error {
                ClientError::Reverted { .. } => of_module(self.output.lang, &error),
                other => of_client(self.output)(other),
            })?,
        })
    }
}

impl Acted {
    /// The receipt of the transaction.
    pub(crate) const fn receipt(&self) -> &ReceiptResponse {
        &self.receipt
    }

    /// Prints what was done.
    pub(crate) fn done(&self) -> Result<(), Failure> {
        self.print(None)
    }

    /// Prints what was done, and the number of what was made.
    pub(crate) fn made(&self, what: impl Sentence, number: Option<u64>) -> Result<(), Failure> {
        let what = self.output.lang.text(what);
        self.print(number.map(|number| (what, number)))
    }

    fn print(&self, made: Option<(&str, u64)>) -> Result<(), Failure> {
        let proposed: Vec<IApprovals::OperationProposed> =
            Module::<Approvals>::events(&self.receipt);
        let done = Done {
            action: &self.sentence,
            transaction: self.receipt.transaction_hash.to_string(),
            height: self.receipt.block_number,
            gas_used: self.receipt.gas_used,
            number: made.map(|(_, number)| number),
            operation: proposed.first().map(|proposed| proposed.id),
        };
        self.output.data(&done, || {
            let mut text = self
                .output
                .say(Message::ActDone, &[&done.height, &done.transaction]);
            if let Some((what, number)) = made {
                let made = self.output.say(Message::ActMade, &[&what, &number]);
                text = format!("{made}\n{text}");
            }
            if let Some(operation) = done.operation {
                let waits = self.output.say(ApprovalsAct::Waits, &[&operation]);
                text = format!("{waits}\n{text}");
            }
            text
        })
    }
}
