//! Depositing files.

use super::{
    super::of_client,
    algorithm,
    files::{Hashed, Unreadable, hash, shown},
    key_path, open, party, who,
};
use crate::{
    arguments::Depositing,
    failure::Failure,
    messages::EvidenceMessage as M,
    output::{Output, plain, table},
};
use alloy_primitives::B256;
use qiantang_client::{
    Account, KeyFile, Module,
    evidence::{
        Algorithm, Deposit, Evidence, EvidenceBundle, IEvidence, LIST_ENTRIES_MAX, Made, Subject,
        committed_batch, committed_document, refusal,
    },
};
use qiantang_types::Fingerprint;
use serde::Serialize;
use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

/// End of a bundle's name.
const BUNDLE_SUFFIX: &str = ".evidence.json";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Added {
    id: u64,
    digest: String,
    content: &'static str,
    algorithm: &'static str,
    files: usize,
    bytes: u64,
    organisation: u64,
    organisation_name: String,
    account: String,
    transaction: String,
    height: u64,
    gas_used: u64,
    bundle: String,
    bundle_bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_file: Option<String>,
    anchor: String,
}

/// What is deposited, off the chain and on it.
struct Plan {
    algorithm: Algorithm,
    subject: Subject,
    /// The digest or root.
    word: B256,
    /// What goes on chain where nothing is hidden.
    open: Deposit,
    /// What a commitment commits to.
    hidden: Vec<u8>,
}

/// Where the results go.
struct Files {
    bundle: PathBuf,
    key: Option<PathBuf>,
}

/// Deposits files and writes the bundle that proves them.
pub(super) async fn add(output: Output, arguments: Depositing) -> Result<(), Failure> {
    let algorithm = algorithm(&arguments.algorithm);
    let files = places(output, &arguments)?;
    let unreadable = if arguments.skip_unreadable {
        Unreadable::LeaveOut
    } else {
        Unreadable::Refuse
    };
    let hashed = hash(output, &arguments.paths, algorithm, unreadable)?;
    let plan = plan(output, algorithm, &hashed)?;
    let mut details = IEvidence::Details {
        kind: arguments.kind.clone(),
        ownReference: arguments.reference.clone(),
        parties: Vec::new(),
        previous: arguments.previous,
    };
    for text in &arguments.party {
        details.parties.push(party(output, text)?);
    }
    let (evidence, account) = open(output, &arguments.rpc, &arguments.signing).await?;
    let who = who(output, &evidence, account.address()).await?;
    let sentence = sentence(output, (&arguments, &plan, &files), &who, &hashed);
    output.consent(&sentence, arguments.yes)?;
    let made = deposit(output, (&evidence, &account), (&plan, &files), details).await?;
    let anchor = account.client().anchor().await.map_err(of_client(output))?;
    let written = bundle(output, &evidence, (&plan, &files, &made), &anchor).await;
    let written = written.map_err(|failure| {
        let hint = output.say(M::NoBundleHint, &[&made.deposit.id]);
        Failure {
            hint: Some(hint),
            ..output.failure(M::NoBundle, &[&made.deposit.id, &failure.message])
        }
    })?;
    show(output, (&plan, &hashed, &files, &made), written, &anchor)
}

/// Nothing is written over, and that is known before anything is signed.
fn places(output: Output, arguments: &Depositing) -> Result<Files, Failure> {
    let bundle = arguments.output.clone().unwrap_or_else(|| {
        let first = arguments.paths.first().and_then(|path| path.file_name());
        let mut name = first.unwrap_or_else(|| "folder".as_ref()).to_owned();
        name.push(BUNDLE_SUFFIX);
        name.into()
    });
    let key = arguments.private.then(|| key_path(&bundle));
    for path in [Some(&bundle), key.as_ref()].into_iter().flatten() {
        if path.exists() {
            return Err(output
                .failure(M::Exists, &[&shown(path)])
                .hint(output.lang, M::ExistsHint));
        }
    }
    Ok(Files { bundle, key })
}

fn plan(output: Output, algorithm: Algorithm, hashed: &Hashed) -> Result<Plan, Failure> {
    let subject = subject(output, hashed)?;
    match (subject.root(), hashed.entries.first()) {
        (Some(batch), _) => Ok(Plan {
            algorithm,
            subject,
            word: batch.root,
            open: Deposit::Batch(algorithm, batch),
            hidden: committed_batch(algorithm, &batch).to_vec(),
        }),
        (None, first) => {
            let word = first.map(|entry| entry.digest).unwrap_or_default();
            Ok(Plan {
                algorithm,
                subject,
                word,
                open: Deposit::Document(algorithm, word),
                hidden: committed_document(algorithm, &word).to_vec(),
            })
        }
    }
}

/// One document where one file was named, a list otherwise.
pub(super) fn subject(output: Output, hashed: &Hashed) -> Result<Subject, Failure> {
    if hashed.is_single {
        return Ok(Subject::Document);
    }
    let count = hashed.entries.len();
    if count > LIST_ENTRIES_MAX {
        return Err(output.failure(M::TooMany, &[&count, &LIST_ENTRIES_MAX]));
    }
    Subject::list(hashed.entries.clone()).map_err(|name| {
        output
            .failure(M::NameTwice, &[&plain(&name)])
            .hint(output.lang, M::NameTwiceHint)
    })
}

/// What the signature means, in words.
fn sentence(
    output: Output,
    (arguments, plan, files): (&Depositing, &Plan, &Files),
    who: &str,
    hashed: &Hashed,
) -> String {
    let kind = plain(&arguments.kind);
    let mut more = String::new();
    if !arguments.reference.is_empty() {
        more.push_str(&output.say(M::SignReference, &[&plain(&arguments.reference)]));
    }
    if arguments.previous != 0 {
        more.push_str(&output.say(M::SignPrevious, &[&arguments.previous]));
    }
    if !arguments.party.is_empty() {
        more.push_str(&output.say(M::SignParties, &[&plain(&arguments.party.join(", "))]));
    }
    let paths: Vec<String> = arguments.paths.iter().map(|path| shown(path)).collect();
    let (paths, count) = (paths.join(", "), hashed.entries.len());
    if let Some(key) = &files.key {
        return output.say(M::SignPrivate, &[&who, &paths, &shown(key), &kind, &more]);
    }
    let (name, word) = (plan.algorithm.name(), &plan.word);
    if hashed.is_single {
        output.say(M::SignDocument, &[&who, &name, word, &paths, &kind, &more])
    } else {
        output.say(M::SignBatch, &[&who, &count, &paths, word, &kind, &more])
    }
}

async fn deposit(
    output: Output,
    (evidence, account): (&Module<Evidence>, &Account),
    (plan, files): (&Plan, &Files),
    details: IEvidence::Details,
) -> Result<Made, Failure> {
    // The key is on disk before its commitment is on the chain.
    let what = match &files.key {
        None => plan.open,
        Some(path) => {
            let key = KeyFile::create(path, &plan.hidden)
                .map_err(|error| Failure::write(output.lang, path, &error))?;
            Deposit::Commitment(key.commitment)
        }
    };
    let spinner = output.spinner(M::Depositing);
    let sent = evidence.deposit(account, what, details).await;
    spinner.finish_and_clear();
    sent.map_err(|error| {
        // Where the module refused, no commitment is on the chain, and the key opens nothing.
        if let (Some(_), Some(path)) = (refusal(&error), &files.key) {
            let _ = KeyFile::destroy(path);
        }
        of_client(output)(error)
    })
}

/// Gets the proof, checks the bundle as a stranger would, and writes it.
async fn bundle(
    output: Output,
    evidence: &Module<Evidence>,
    (plan, files, made): (&Plan, &Files, &Made),
    anchor: &Fingerprint,
) -> Result<usize, Failure> {
    let proof = evidence.prove(made).await.map_err(of_client(output))?;
    let failed = |error: &dyn std::fmt::Display| output.failure(M::Broken, &[&"proof", error]);
    let bundle = EvidenceBundle::new(plan.algorithm, plan.subject.clone(), &proof)
        .map_err(|error| failed(&error))?;
    let opening = match &files.key {
        Some(path) => {
            let key = KeyFile::open(path);
            let key = key.map_err(|error| output.failure(M::KeyWrong, &[&shown(path), &error]))?;
            Some(key.opening)
        }
        None => None,
    };
    let checked = bundle
        .check(opening, anchor)
        .map_err(|error| failed(&error))?;
    if checked.batch.is_none() {
        checked.file(&plan.word).map_err(|error| failed(&error))?;
    }
    let bytes = bundle.encode().map_err(|error| failed(&error))?;
    write_new(output, &files.bundle, &bytes)?;
    Ok(bytes.len())
}

/// Writes a file that must not be there yet.
pub(super) fn write_new(output: Output, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let write = || {
        let mut options = fs::OpenOptions::new();
        let mut file = options.write(true).create_new(true).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => output
            .failure(M::Exists, &[&shown(path)])
            .hint(output.lang, M::ExistsHint),
        _ => Failure::write(output.lang, path, &error),
    })
}

fn show(
    output: Output,
    (plan, hashed, files, made): (&Plan, &Hashed, &Files, &Made),
    bundle_bytes: usize,
    anchor: &Fingerprint,
) -> Result<(), Failure> {
    let deposit = &made.deposit;
    let key_file = files.key.as_ref().map(|path| path.display().to_string());
    let added = Added {
        id: deposit.id,
        digest: deposit.digest.to_string(),
        content: super::show::content_name(deposit.content),
        algorithm: plan.algorithm.name(),
        files: hashed.entries.len(),
        bytes: hashed.bytes,
        organisation: deposit.organisation,
        organisation_name: deposit.organisationName.clone(),
        account: deposit.submitter.to_string(),
        transaction: made.receipt.transaction_hash.to_string(),
        height: made.receipt.block_number,
        gas_used: made.receipt.gas_used,
        bundle: files.bundle.display().to_string(),
        bundle_bytes,
        key_file,
        anchor: anchor.to_string(),
    };
    output.data(&added, || {
        let label = |message: M| output.lang.text(message);
        let word = match (&files.key, hashed.is_single) {
            (Some(_), _) => M::Commitment,
            (None, true) => M::Digest,
            (None, false) => M::Root,
        };
        let mut rows = vec![
            (label(M::Files), added.files.to_string()),
            (label(word), added.digest.clone()),
            (label(M::Block), added.height.to_string()),
            (label(M::Bundle), shown(&files.bundle)),
        ];
        if let Some(path) = &files.key {
            rows.push((label(M::KeyFile), shown(path)));
        }
        table(&output.say(M::Added, &[&added.id]), &rows)
    })?;
    if let Some(path) = &files.key {
        output.talk(output.say(M::AddPrivate, &[&shown(path)]));
    }
    output.talk(output.say(M::AddCheck, &[&shown(&files.bundle), anchor]));
    Ok(())
}
