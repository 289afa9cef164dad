//! `qiantang evidence`: who presented which digest, and when.

mod add;
mod check;
mod files;
mod proof;
mod report;
mod show;

use super::{connect, of_client};
use crate::{
    arguments::{Evidence as Arguments, Rpc, Signing},
    failure::Failure,
    keys,
    messages::EvidenceMessage as M,
    output::{Output, plain},
};
use alloy_primitives::{Address, B256};
use files::shown;
use qiantang_client::{
    Account, ClientError, KeyFile, KeyFileError, Module,
    evidence::{
        Algorithm, Evidence,
        IEvidence::{Content, IEvidenceErrors},
        organisation_address, refusal,
    },
};
use serde::Serialize;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Bytes of the name of a key file after the bundle's name.
const KEY_SUFFIX: &str = ".key";

#[derive(Serialize)]
struct Done {
    id: u64,
    account: String,
    transaction: String,
    height: u64,
}

/// Runs one of the commands about evidence.
pub(crate) async fn run(output: Output, arguments: Arguments) -> Result<ExitCode, Failure> {
    let done = match arguments {
        Arguments::Add(arguments) => add::add(output, arguments).await,
        Arguments::Verify { paths, checking } => {
            return check::verify(output, &paths, &checking).await;
        }
        Arguments::Proof(arguments) => proof::proof(output, &arguments).await,
        Arguments::Report {
            output: file,
            checking,
        } => report::report(output, &file, &checking).await,
        Arguments::List(arguments) => show::list(output, &arguments).await,
        Arguments::Show { id, rpc } => {
            let evidence = Module::<Evidence>::new(connect(output, &rpc.rpc)?);
            show::show(output, &evidence, id).await
        }
        Arguments::Withdraw {
            id,
            reason,
            yes,
            rpc,
            signing,
        } => {
            let (evidence, account) = open(output, &rpc, &signing).await?;
            withdraw(output, (&evidence, &account), (id, reason), yes).await
        }
        Arguments::Erase {
            id,
            opening,
            yes,
            rpc,
            signing,
        } => {
            let (evidence, account) = open(output, &rpc, &signing).await?;
            erase(output, (&evidence, &account), (id, opening), yes).await
        }
    };
    done.map(|()| ExitCode::SUCCESS)
}

async fn open(
    output: Output,
    rpc: &Rpc,
    signing: &Signing,
) -> Result<(Module<Evidence>, Account), Failure> {
    let client = connect(output, &rpc.rpc)?;
    let account = keys::account(output, &client, signing).await?;
    Ok((Module::new(client), account))
}

/// Who signs, as a person says it.
async fn who(
    output: Output,
    evidence: &Module<Evidence>,
    account: Address,
) -> Result<String, Failure> {
    let represented = evidence.represented(account).await;
    Ok(match represented.map_err(of_client(output))? {
        Some((number, name)) => output.say(M::WhoOrganisation, &[&plain(&name), &number]),
        None => output.say(M::WhoAccount, &[&account]),
    })
}

/// An algorithm as the arguments name it; they allow no other name.
fn algorithm(name: &str) -> Algorithm {
    if name == "sm3" {
        Algorithm::Sm3
    } else {
        Algorithm::Sha256
    }
}

/// A party as the arguments name it: an address, or an organisation's number.
fn party(output: Output, text: &str) -> Result<Address, Failure> {
    let number = text.parse().ok().filter(|number| *number != 0);
    number
        .map(organisation_address)
        .or_else(|| text.parse().ok())
        .ok_or_else(|| output.failure(M::PartyInvalid, &[&plain(text)]))
}

/// Where the key file of a bundle is kept.
fn key_path(bundle: &Path) -> PathBuf {
    let mut name = bundle.as_os_str().to_owned();
    name.push(KEY_SUFFIX);
    name.into()
}

async fn withdraw(
    output: Output,
    (evidence, account): (&Module<Evidence>, &Account),
    (id, reason): (u64, String),
    yes: bool,
) -> Result<(), Failure> {
    let who = who(output, evidence, account.address()).await?;
    output.consent(
        &output.say(M::SignWithdraw, &[&who, &id, &plain(&reason)]),
        yes,
    )?;
    let sent = evidence.withdraw(account, id, reason).await;
    let receipt = sent.map_err(of_client(output))?;
    let done = Done {
        id,
        account: account.address().to_string(),
        transaction: receipt.transaction_hash.to_string(),
        height: receipt.block_number,
    };
    output.data(&done, || output.say(M::Withdrawn, &[&id]))
}

/// Declares a commitment erased, then destroys its key file. In this order a refusal of the chain
/// costs nothing, and an interruption between the two is repaired by running it again.
async fn erase(
    output: Output,
    (evidence, account): (&Module<Evidence>, &Account),
    (id, path): (u64, Option<PathBuf>),
    yes: bool,
) -> Result<(), Failure> {
    let deposit = evidence.deposited(id).await.map_err(of_client(output))?;
    if deposit.content != Content::Commitment {
        return Err(output.failure(M::NotCommitment, &[&id]));
    }
    let who = who(output, evidence, account.address()).await?;
    let sentence = match &path {
        Some(path) => {
            check_key(output, path, deposit.digest)?;
            output.say(M::SignErase, &[&who, &id, &shown(path)])
        }
        None => output.say(M::SignErased, &[&who, &id]),
    };
    output.consent(&sentence, yes)?;
    let receipt = match evidence.erase(account, id).await {
        Ok(receipt) => Some(receipt),
        // The declaration stands, and a key file is still here: an earlier attempt was interrupted.
        Err(error) if path.is_some() && is_erased(&error) => None,
        Err(error) => return Err(of_client(output)(error)),
    };
    if let Some(path) = &path {
        KeyFile::destroy(path).map_err(|error| {
            output
                .failure(M::ErasedKeyLeft, &[&id, &shown(path), &error])
                .hint(output.lang, M::ErasedKeyLeftHint)
        })?;
    }
    let done = Done {
        id,
        account: account.address().to_string(),
        transaction: receipt
            .as_ref()
            .map_or_else(String::new, |receipt| receipt.transaction_hash.to_string()),
        height: receipt.map_or(0, |receipt| receipt.block_number),
    };
    output.data(&done, || output.say(M::Erased, &[&id]))
}

/// Only the key file of this very deposit is destroyed, or what an interrupted attempt left of it.
fn check_key(output: Output, path: &Path, commitment: B256) -> Result<(), Failure> {
    match KeyFile::open(path) {
        Ok(key) if key.commitment != commitment => {
            Err(output.failure(M::OtherKey, &[&shown(path)]))
        }
        Ok(_) | Err(KeyFileError::Destroyed) => Ok(()),
        Err(error) => Err(output.failure(M::KeyWrong, &[&shown(path), &error])),
    }
}

fn is_erased(error: &ClientError) -> bool {
    matches!(refusal(error), Some(IEvidenceErrors::AlreadyErased(_)))
}
