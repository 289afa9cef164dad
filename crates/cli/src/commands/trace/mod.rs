//! `qiantang trace`: the journey of goods.

mod lineage;
mod show;
mod view;

use super::{acting::Actor, connect, of_client, read_file};
use crate::{
    arguments::{Rpc, Trace as Arguments},
    failure::Failure,
    messages::{Message, TraceAct as Act},
    output::{Output, table},
};
use qiantang_client::{
    Module,
    trace::{Captured, Trace},
};
use qiantang_types::TRANSACTION_BYTES_MAX;
use serde::Serialize;
use std::{fmt::Display, path::PathBuf};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CapturedDocument {
    file: String,
    transaction: String,
    height: u64,
    gas_used: u64,
    /// Hashes of the events that are new on the chain.
    events: Vec<String>,
    /// Hashes of those that were there before.
    known: Vec<String>,
    /// Hashes of those that the document declares to be errors.
    declared: Vec<String>,
}

#[derive(Serialize)]
struct Done {
    id: String,
    account: String,
    transaction: String,
    height: u64,
}

/// Runs one of the commands about goods.
pub(crate) async fn run(output: Output, arguments: Arguments) -> Result<(), Failure> {
    match arguments {
        Arguments::Capture { files, agreeing } => {
            let actor = Actor::agreeing(output, &agreeing).await?;
            capture(&actor, files).await
        }
        Arguments::Register { parties, agreeing } => {
            let actor = Actor::agreeing(output, &agreeing).await?;
            register(&actor, parties).await
        }
        Arguments::Show { id, rpc } => show::show(output, &view(output, &rpc)?, &id).await,
        Arguments::Lineage { id, rpc } => lineage::lineage(output, &view(output, &rpc)?, &id).await,
        Arguments::Recall {
            id,
            reason,
            agreeing,
        } => {
            let actor = Actor::agreeing(output, &agreeing).await?;
            recall(&actor, (id, reason)).await
        }
        Arguments::Verify { id, anchor, rpc } => {
            let client = connect(output, &rpc.rpc)?;
            show::verify(output, &client, &id, anchor).await
        }
    }
}

fn view(output: Output, rpc: &Rpc) -> Result<Module<Trace>, Failure> {
    Ok(Module::new(connect(output, &rpc.rpc)?))
}

async fn capture(actor: &Actor, files: Vec<PathBuf>) -> Result<(), Failure> {
    let (output, trace) = (actor.output, actor.module::<Trace>());
    let names: Vec<String> = files
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let said: [&dyn Display; 2] = [&names.len(), &names.join(", ")];
    actor.consent(Act::Capture, &said)?;
    let bar = output.progress(Message::Capturing, files.len() as u64);
    let mut documents = Vec::new();
    for path in files {
        let name = path.display().to_string();
        let bytes = read_file(output, &path, TRANSACTION_BYTES_MAX as u64)?;
        let captured = trace
            .capture(&actor.account, bytes.into())
            .await
            .map_err(|error| {
                let failure = of_client(output)(error);
                Failure {
                    message: format!("{name}: {}", failure.message),
                    ..failure
                }
            })?;
        documents.push(captured_document(name, &captured));
        bar.inc(1);
    }
    bar.finish_and_clear();
    output.data(&documents, || {
        let lines: Vec<(&str, String)> = documents
            .iter()
            .map(|document| (document.file.as_str(), describe(output, document)))
            .collect();
        let sum = |f: fn(&CapturedDocument) -> usize| documents.iter().map(f).sum::<usize>();
        let (new, known) = (sum(|d| d.events.len()), sum(|d| d.known.len()));
        let title = output.say(Message::CaptureDone, &[&documents.len(), &new, &known]);
        table(&title, &lines)
    })
}

fn captured_document(file: String, captured: &Captured) -> CapturedDocument {
    CapturedDocument {
        file,
        transaction: captured.receipt.transaction_hash.to_string(),
        height: captured.receipt.block_number,
        gas_used: captured.receipt.gas_used,
        events: captured
            .events
            .iter()
            .map(|event| event.eventHash.to_string())
            .collect(),
        known: captured
            .duplicates
            .iter()
            .map(|event| event.eventHash.to_string())
            .collect(),
        declared: captured
            .declared
            .iter()
            .map(|event| event.eventHash.to_string())
            .collect(),
    }
}

fn describe(output: Output, document: &CapturedDocument) -> String {
    let mut text = output.say(Message::Height, &[&document.height]);
    let counts = [
        (document.events.len(), Message::CapturedNew),
        (document.known.len(), Message::CapturedKnown),
        (document.declared.len(), Message::CapturedDeclared),
    ];
    for (count, message) in counts {
        if count > 0 {
            text = format!("{text}, {}", output.say(message, &[&count]));
        }
    }
    text
}

async fn register(actor: &Actor, parties: Vec<String>) -> Result<(), Failure> {
    let (output, trace) = (actor.output, actor.module::<Trace>());
    actor.consent(Act::Register, &[&parties.join(", ")])?;
    let account = &actor.account;
    let address = account.address().to_string();
    let mut done = Vec::new();
    for id in parties {
        let receipt = trace
            .register_party(account, id.clone())
            .await
            .map_err(of_client(output))?;
        done.push(Done {
            id,
            account: address.clone(),
            transaction: receipt.transaction_hash.to_string(),
            height: receipt.block_number,
        });
    }
    output.data(&done, || {
        let lines: Vec<String> = done
            .iter()
            .map(|done| output.say(Message::Registered, &[&done.account, &done.id]))
            .collect();
        lines.join("\n")
    })
}

async fn recall(actor: &Actor, (id, reason): (String, String)) -> Result<(), Failure> {
    let (output, trace) = (actor.output, actor.module::<Trace>());
    actor.consent(Act::Recall, &[&id, &reason])?;
    let account = &actor.account;
    let receipt = trace
        .recall(account, id.clone(), reason)
        .await
        .map_err(of_client(output))?;
    let done = Done {
        account: account.address().to_string(),
        transaction: receipt.transaction_hash.to_string(),
        height: receipt.block_number,
        id,
    };
    output.data(&done, || output.say(Message::Recalled, &[&done.id]))
}
