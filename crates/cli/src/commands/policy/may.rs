//! May this be done now, and if not, why?

use super::{
    Asked,
    arguments::{May, MayTransfer},
    remittance,
};
use crate::{
    commands::{of_client, typed},
    failure::Failure,
    messages::{PolicyAct as Act, denial},
    output::Output,
};
use alloy_primitives::{Address, FixedBytes};
use qiantang_client::policy::IPolicy;
use serde::Serialize;

#[derive(Serialize)]
struct Answer {
    allowed: bool,
    code: u8,
    reason: String,
}

impl Answer {
    fn print(&self, output: Output, who: &str, what: &str) -> Result<(), Failure> {
        output.data(self, || match self.allowed {
            true => output.say(Act::MayCall, &[&who, &what]),
            false => {
                let reason = denial(output.lang, self.code, &self.reason);
                output.say(Act::MayNot, &[&who, &what, &self.code, &reason])
            }
        })
    }
}

/// A call, a transfer of ether or a deployment by an account.
pub(super) async fn may(output: Output, question: May) -> Result<(), Failure> {
    let asked = Asked::new(output, &question.rpc)?;
    let selector = match &question.call {
        Some(text) => typed::selector(output, text)?,
        None => FixedBytes::ZERO,
    };
    let call = IPolicy::mayActCall {
        account: question.account,
        target: question.to.unwrap_or_default(),
        selector,
        gas: question.gas,
        size: question.size,
    };
    let answer = asked.module.view(&call).await.map_err(of_client(output))?;
    let who = asked.names.address(question.account).await?;
    let what = match (question.to, &question.call) {
        (None, _) => output.lang.text(Act::DoDeploy).to_owned(),
        (Some(to), None) => {
            let to = asked.names.address(to).await?;
            output.say(Act::DoSend, &[&to])
        }
        (Some(to), Some(function)) => {
            let to = asked.names.address(to).await?;
            output.say(Act::DoCall, &[function, &to])
        }
    };
    Answer {
        allowed: answer.allowed,
        code: answer.code,
        reason: answer.reason,
    }
    .print(output, &who, &what)
}

/// A transfer of a token under a policy.
pub(super) async fn may_transfer(output: Output, question: MayTransfer) -> Result<(), Failure> {
    let asked = Asked::new(output, &question.rpc)?;
    let (from, to): (Address, Address) = (question.sender, question.receiver);
    let call = IPolicy::mayTransferCall {
        policy: question.policy,
        token: question.token,
        from,
        to,
        amount: question.amount,
        remittance: remittance(output, question.reference.as_deref())?,
    };
    let answer = asked.module.view(&call).await.map_err(of_client(output))?;
    let who = asked.names.address(from).await?;
    let to = asked.names.address(to).await?;
    let what = output.say(Act::DoTransfer, &[&question.amount, &to]);
    // The numbers of transfers have their own meanings: the chain's words are shown.
    let answer = Answer {
        allowed: answer.allowed,
        code: answer.code,
        reason: answer.reason,
    };
    output.data(&answer, || match answer.allowed {
        true => output.say(Act::MayCall, &[&who, &what]),
        false => output.say(Act::MayNot, &[&who, &what, &answer.code, &answer.reason]),
    })
}
