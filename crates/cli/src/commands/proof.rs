//! `qiantang proof`: get proofs from a node, check them without one.

use super::{connect, of_client, parse, parse_anchor, read_file};
use crate::{
    arguments::Proof,
    failure::Failure,
    messages::Message,
    output::{Output, table, time},
};
use alloy_primitives::{Address, B256, U256};
use console::style;
use qiantang_client::Client;
use qiantang_types::Fingerprint;
use qiantang_verify::{Bundle, Fact, Verified, VerifiedFact, VerifyError, bundle, verify};
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

/// What to prove, from the arguments.
enum Wanted {
    Transaction(B256, Option<u64>),
    Slot(Address, U256),
    Range(U256, U256),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Verdict {
    verified: bool,
    chain_id: u64,
    genesis: String,
    height: u64,
    time: u64,
    block_hash: String,
    certified_height: u64,
    signers: Vec<String>,
    validators: usize,
    epoch: u64,
    set_changes: usize,
    facts: Vec<Value>,
}

/// Runs one of the commands about proofs.
pub(crate) async fn run(output: Output, arguments: Proof) -> Result<ExitCode, Failure> {
    match arguments {
        Proof::Get {
            tx,
            log,
            slot,
            registry,
            output: file,
            binary,
            rpc,
        } => {
            let wanted = match (tx, slot.as_deref(), registry.as_deref()) {
                (Some(hash), _, _) => {
                    Wanted::Transaction(parse(output, &hash, Message::WordHash)?, log)
                }
                (None, Some([address, slot]), _) => Wanted::Slot(
                    parse(output, address, Message::WordAddress)?,
                    parse(output, slot, Message::WordSlot)?,
                ),
                (None, None, Some([first, last])) => Wanted::Range(
                    parse(output, first, Message::WordSlot)?,
                    parse(output, last, Message::WordSlot)?,
                ),
                _ => {
                    let missing = [&"--tx, --slot, --registry" as &dyn std::fmt::Display];
                    return Err(output.failure(Message::MissingArgument, &missing));
                }
            };
            let client = connect(output, &rpc.rpc)?;
            get(output, &client, wanted, Target { file, binary }).await
        }
        Proof::Verify { file, anchor } => {
            let anchor = parse_anchor(output, &anchor)?;
            let bytes = read_file(output, &file, bundle::BUNDLE_JSON_BYTES_MAX as u64)?;
            match verify(&bytes, &anchor) {
                Ok(verified) => accept(output, &verified),
                Err(error) => refuse(output, &error),
            }
        }
    }
}

struct Target {
    file: PathBuf,
    binary: bool,
}

async fn get(
    output: Output,
    client: &Client,
    wanted: Wanted,
    target: Target,
) -> Result<ExitCode, Failure> {
    let of_client = of_client(output);
    let bundle: Bundle = match wanted {
        Wanted::Transaction(hash, log) => client.prove_transaction(hash, log).await,
        Wanted::Slot(address, slot) => client.prove_slot(address, slot).await,
        Wanted::Range(first, last) => client.prove_registry_range(first, last).await,
    }
    .map_err(&of_client)?;
    let bytes = if target.binary {
        bundle.to_binary()
    } else {
        bundle.to_json().into_bytes()
    };
    let more = rest_of(&wanted, &bundle);
    if let Some((first, last)) = more {
        let slots = [&format!("{first:#x}") as _, &format!("{last:#x}") as _];
        output.talk(output.say(Message::RangeGoesOn, &slots));
    }
    if target.file == Path::new("-") {
        return output.raw(&bytes).map(|()| ExitCode::SUCCESS);
    }
    std::fs::write(&target.file, &bytes)
        .map_err(|error| Failure::write(output.lang, &target.file, &error))?;
    let anchor: Fingerprint = client.anchor().await.map_err(&of_client)?;
    let file = target.file.display().to_string();
    let written = json!({
        "file": file,
        "bytes": bytes.len(),
        "anchor": anchor.to_string(),
        "height": bundle.headers.first().map(|header| header.height.get()),
        "next": more.map(|(first, _)| first),
    });
    output.data(&written, || {
        output.say(Message::ProofWritten, &[&file, &bytes.len()])
    })?;
    output.talk(output.say(Message::ProofCheck, &[&file, &anchor]));
    Ok(ExitCode::SUCCESS)
}

/// What a range's bundle does not cover, because there are more entries than one answer takes.
fn rest_of(wanted: &Wanted, bundle: &Bundle) -> Option<(U256, U256)> {
    let (Wanted::Range(_, last), Some(Fact::RegistryRange(fact))) = (wanted, bundle.facts.last())
    else {
        return None;
    };
    let next = fact.last.checked_add(U256::ONE)?;
    (next <= *last).then_some((next, *last))
}

fn accept(output: Output, verified: &Verified) -> Result<ExitCode, Failure> {
    let verdict = Verdict {
        verified: true,
        chain_id: verified.chain_id,
        genesis: verified.genesis.to_string(),
        height: verified.height.get(),
        time: verified.time.get(),
        block_hash: verified.block_hash.to_string(),
        certified_height: verified.certified_height.get(),
        signers: verified.signers.iter().map(ToString::to_string).collect(),
        validators: verified.validators,
        epoch: verified.epoch,
        set_changes: verified.set_changes,
        facts: verified.facts.iter().map(fact_json).collect(),
    };
    output.data(&verdict, || {
        let holds = style(output.lang.text(Message::ProofHolds)).green().bold();
        let mut text = format!("{holds}\n");
        for fact in &verified.facts {
            text.push_str(&format!("  {}\n", fact_text(output, fact)));
        }
        let height = output.say(Message::Height, &[&verdict.height]);
        let at = output.say(Message::ProofTime, &[&time(verdict.time)]);
        let signers = signers(output, verified);
        text.push_str(&format!("  {height}, {at}, {signers}\n"));
        let rows = [
            ("block", verdict.block_hash.clone()),
            ("genesis", verdict.genesis.clone()),
        ];
        text.push_str(&table(&format!("chain {}", verdict.chain_id), &rows));
        text.push_str(
            &style(output.lang.text(Message::VerifiedLimit))
                .dim()
                .to_string(),
        );
        text
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Who signed, and how many changes of the validator set lead to them.
pub(crate) fn signers(output: Output, verified: &Verified) -> String {
    let (signed, validators) = (verified.signers.len(), verified.validators);
    match verified.set_changes {
        0 => output.say(Message::Signers, &[&signed, &validators]),
        changes => output.say(Message::SignersAfter, &[&signed, &validators, &changes]),
    }
}

fn refuse(output: Output, error: &VerifyError) -> Result<ExitCode, Failure> {
    if output.json {
        let refusal = json!({
            "verified": false,
            "step": error.step(),
            "error": error.to_string(),
        });
        output.data(&refusal, String::new)?;
        return Ok(ExitCode::FAILURE);
    }
    let message = error.to_string();
    let reason = message
        .split_once(": ")
        .map_or(message.as_str(), |(_, reason)| reason);
    Err(output
        .failure(Message::ProofBroken, &[&error.step(), &reason])
        .hint(output.lang, Message::ProofBrokenHint))
}

fn fact_json(fact: &VerifiedFact) -> Value {
    match fact {
        VerifiedFact::Transaction {
            index,
            hash,
            sender,
            ..
        } => json!({
            "kind": "transaction", "index": index, "hash": hash, "sender": sender,
        }),
        VerifiedFact::Log {
            index,
            transaction_hash,
            sender,
            log_index,
            log,
        } => json!({
            "kind": "log", "index": index, "transactionHash": transaction_hash,
            "sender": sender, "logIndex": log_index, "address": log.address,
            "topics": log.data.topics(), "data": log.data.data,
        }),
        VerifiedFact::Slot {
            address,
            slot,
            value,
        } => json!({
            "kind": "slot", "address": address, "slot": slot, "value": value,
        }),
        VerifiedFact::Account { address, account } => json!({
            "kind": "account", "address": address, "nonce": account.nonce,
            "balance": account.balance, "codeHash": account.code_hash,
        }),
        VerifiedFact::RegistryEntry { slot, value } => json!({
            "kind": "registryEntry", "slot": slot, "value": value,
        }),
        VerifiedFact::RegistryAbsence { slot } => json!({
            "kind": "registryAbsence", "slot": slot,
        }),
        VerifiedFact::RegistryRange {
            first,
            last,
            entries,
        } => {
            let entry = |(slot, value): &(U256, U256)| json!({ "slot": slot, "value": value });
            json!({
                "kind": "registryRange", "first": first, "last": last,
                "entries": entries.iter().map(entry).collect::<Vec<_>>(),
            })
        }
    }
}

fn fact_text(output: Output, fact: &VerifiedFact) -> String {
    match fact {
        VerifiedFact::Transaction {
            index,
            hash,
            sender,
            ..
        } => output.say(Message::FactTransaction, &[hash, sender, index]),
        VerifiedFact::Log {
            transaction_hash,
            sender,
            log_index,
            log,
            ..
        } => output.say(
            Message::FactLog,
            &[transaction_hash, sender, log_index, &log.address],
        ),
        VerifiedFact::Slot {
            address,
            slot,
            value,
        } => output.say(Message::FactSlot, &[slot, address, value]),
        VerifiedFact::Account { address, account } => output.say(
            Message::FactAccount,
            &[address, &account.nonce, &account.balance],
        ),
        VerifiedFact::RegistryEntry { slot, value } => {
            output.say(Message::FactRegistry, &[slot, value])
        }
        VerifiedFact::RegistryAbsence { slot } => output.say(Message::FactAbsence, &[slot]),
        VerifiedFact::RegistryRange {
            first,
            last,
            entries,
        } => {
            let word = |word: &U256| format!("{word:#x}");
            let bounds: [&dyn std::fmt::Display; 3] = [&word(first), &word(last), &entries.len()];
            let mut text = output.say(Message::FactRange, &bounds);
            for (slot, value) in entries {
                let entry = output.say(Message::FactRangeEntry, &[&word(slot), &word(value)]);
                text.push_str(&format!("\n    {entry}"));
            }
            text
        }
    }
}
