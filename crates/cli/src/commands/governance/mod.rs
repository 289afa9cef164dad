//! `qiantang governance`: proposals, votes, and what the members decided.

pub(crate) mod arguments;
mod describe;
mod propose;
mod show;

pub(crate) use describe::action;

use super::{acting::Actor, connect, of_client, typed};
use crate::{
    failure::Failure,
    messages::{GovernanceAct as Act, words},
    output::Output,
};
use alloy_sol_types::SolCall;
use arguments::{Governance as Arguments, One};
use qiantang_client::governance::{Governance, IGovernance};

/// Runs one of the commands about proposals and votes.
pub(crate) async fn run(output: Output, arguments: Arguments) -> Result<(), Failure> {
    match arguments {
        Arguments::List { state, rpc } => {
            let client = connect(output, &rpc.rpc)?;
            show::list(output, client, state).await
        }
        Arguments::Show { proposal, rpc } => {
            show::show(output, connect(output, &rpc.rpc)?, proposal).await
        }
        Arguments::Members { rpc } => show::members(output, connect(output, &rpc.rpc)?).await,
        Arguments::Validators { rpc } => show::validators(output, connect(output, &rpc.rpc)?).await,
        Arguments::Faults { rpc } => show::faults(output, connect(output, &rpc.rpc)?).await,
        Arguments::Parameters { rpc } => show::parameters(output, connect(output, &rpc.rpc)?).await,
        Arguments::Rules { rpc } => show::rules(output, connect(output, &rpc.rpc)?).await,
        Arguments::Propose(what) => propose::run(output, *what).await,
        Arguments::Vote {
            proposal,
            choice,
            acting,
        } => {
            let choice = typed::number(output, &words::CHOICE, &choice)?;
            let actor = Actor::open(output, &acting).await?;
            let what = described(&actor, proposal).await?;
            let call = IGovernance::voteCall {
                id: proposal,
                choice: IGovernance::Choice::try_from(choice).unwrap_or(IGovernance::Choice::None),
            };
            let choice = words::CHOICE.say(output.lang, choice);
            let said: [&dyn std::fmt::Display; 3] = [&choice, &proposal, &what];
            let acted = actor.act::<Governance>(&call, Act::Vote, &said).await?;
            acted.done()
        }
        Arguments::ValidatorAddress {
            validator_key: key,
            peer_address,
            nowhere: _,
            acting,
        } => {
            let actor = Actor::open(output, &acting).await?;
            let call = IGovernance::setValidatorAddressCall {
                key: key.clone(),
                peerAddress: propose::text_of(peer_address),
            };
            let said: [&dyn std::fmt::Display; 2] = [&key, &call.peerAddress];
            let act = match call.peerAddress.is_empty() {
                true => Act::NoValidatorAddress,
                false => Act::ValidatorAddress,
            };
            actor.act::<Governance>(&call, act, &said).await?.done()
        }
        Arguments::Withdraw(one) => {
            let call = IGovernance::withdrawCall { id: one.proposal };
            act(output, &one, call, Act::Withdraw).await
        }
        Arguments::Close(one) => {
            let call = IGovernance::closeCall { id: one.proposal };
            act(output, &one, call, Act::Close).await
        }
        Arguments::Execute(one) => {
            let call = IGovernance::executeCall { id: one.proposal };
            act(output, &one, call, Act::Execute).await
        }
    }
}

/// Does something to a proposal.
async fn act(output: Output, one: &One, call: impl SolCall, act: Act) -> Result<(), Failure> {
    let actor = Actor::open(output, &one.acting).await?;
    let what = described(&actor, one.proposal).await?;
    let said: [&dyn std::fmt::Display; 2] = [&one.proposal, &what];
    actor.act::<Governance>(&call, act, &said).await?.done()
}

/// What a proposal would do.
async fn described(actor: &Actor, id: u64) -> Result<String, Failure> {
    let proposal = actor.module::<Governance>().proposal(id).await;
    let proposal = proposal.map_err(of_client(actor.output))?;
    let (what, _) = describe::action(actor.output, &actor.names, &proposal.action).await?;
    Ok(what)
}
