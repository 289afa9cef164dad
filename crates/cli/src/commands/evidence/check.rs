//! Checking files against a bundle, offline.

use super::{
    super::{connect, of_client, parse_anchor, proof::signers, read_file},
    files::{Unreadable, hash, shown},
    key_path,
    report::{self, attachment},
};
use crate::{
    arguments::Checking,
    failure::Failure,
    messages::EvidenceMessage as M,
    messages::Message,
    output::{Output, plain, time},
};
use console::style;
use qiantang_client::{
    KeyFile,
    evidence::{
        CheckedEvidence, EVIDENCE_BUNDLE_BYTES_MAX, Entry, EvidenceBundle, EvidenceError,
        IEvidence::Deposited,
    },
};
use qiantang_types::{Fingerprint, Opening};
use serde::Serialize;
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Bytes of a report around its bundle: pages and fonts.
const REPORT_BYTES_MAX: u64 = 32 << 20;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Verdict {
    verified: bool,
    anchor: String,
    deposit: u64,
    digest: String,
    content: &'static str,
    algorithm: &'static str,
    count: u64,
    submitter: String,
    sender: String,
    organisation: u64,
    organisation_name: String,
    kind: String,
    reference: String,
    parties: Vec<String>,
    previous: u64,
    transaction: String,
    chain_id: u64,
    genesis: String,
    height: u64,
    time: u64,
    block_hash: String,
    signers: Vec<String>,
    validators: usize,
    epoch: u64,
    set_changes: usize,
    /// Whether the pages of a report are what this program writes for its attachment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pages_unaltered: Option<bool>,
    files: Vec<FileVerdict>,
}

/// A bundle, and the report that it was in.
pub(super) struct Read {
    pub(super) bundle: EvidenceBundle,
    report: Option<Vec<u8>>,
}

#[derive(Serialize)]
struct FileVerdict {
    file: String,
    digest: String,
    verified: bool,
    /// Its names in the batch.
    names: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Checks files and says for each whether it is what was deposited.
pub(super) async fn verify(
    output: Output,
    paths: &[PathBuf],
    checking: &Checking,
) -> Result<ExitCode, Failure> {
    let anchor = anchor(output, checking).await?;
    let Read { bundle, report } = match read_bundle(output, &checking.bundle)? {
        Ok(read) => read,
        Err(error) => return broken(output, &error),
    };
    let opening = opening(output, checking)?;
    let checked = match bundle.check(opening, &anchor) {
        Ok(checked) => checked,
        Err(error) => return broken(output, &with_key(output, checking, error)?),
    };
    let hashed = hash(output, paths, bundle.algorithm(), Unreadable::Refuse)?;
    let files: Vec<FileVerdict> = hashed
        .entries
        .iter()
        .map(|entry| file_verdict(&checked, entry))
        .collect();
    let failed = files.iter().filter(|file| !file.verified).count();
    let mut verdict = verdict(&checked, &anchor, files);
    if let Some(pdf) = report {
        let is_same = report::is_unaltered(&pdf, &bundle, &checked, &anchor);
        verdict.pages_unaltered = Some(is_same);
        if !is_same {
            let note = output.lang.text(M::PagesDiffer);
            output.talk(style(note).yellow().for_stderr());
        }
    }
    output.data(&verdict, || verdict_text(output, &checked, &verdict.files))?;
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The anchor that the arguments name, or else the node's, which proves less and is said.
pub(super) async fn anchor(output: Output, checking: &Checking) -> Result<Fingerprint, Failure> {
    if let Some(text) = &checking.anchor {
        return parse_anchor(output, text);
    }
    let client = connect(output, &checking.rpc.rpc)?;
    let anchor = client.anchor().await.map_err(of_client(output))?;
    let note = output.say(Message::AnchorFromNode, &[&anchor]);
    output.talk(style(note).yellow().for_stderr());
    Ok(anchor)
}

/// Reads a bundle, or a report with one inside. That the file cannot be read is a failure of its
/// own; that it is no bundle is a verdict.
pub(super) fn read_bundle(
    output: Output,
    path: &Path,
) -> Result<Result<Read, EvidenceError>, Failure> {
    let limit = (EVIDENCE_BUNDLE_BYTES_MAX as u64).saturating_add(REPORT_BYTES_MAX);
    let bytes = read_file(output, path, limit)?;
    if !attachment::is_pdf(&bytes) {
        return Ok(EvidenceBundle::decode(&bytes).map(|bundle| Read {
            bundle,
            report: None,
        }));
    }
    let attached = attachment::extract(&bytes).map_err(|error| {
        output
            .failure(M::NotPdf, &[&shown(path), &error])
            .hint(output.lang, M::NotPdfHint)
    })?;
    Ok(EvidenceBundle::decode(&attached).map(|bundle| Read {
        bundle,
        report: Some(bytes),
    }))
}

/// The key of a private deposit, where there is a file with it.
pub(super) fn opening(output: Output, checking: &Checking) -> Result<Option<Opening>, Failure> {
    let path = match &checking.opening {
        Some(path) => path.clone(),
        None => {
            let path = key_path(&checking.bundle);
            if !path.exists() {
                return Ok(None);
            }
            path
        }
    };
    let key = KeyFile::open(&path);
    let key = key.map_err(|error| output.failure(M::KeyWrong, &[&shown(&path), &error]))?;
    Ok(Some(key.opening))
}

/// A key that is missing is said with its place.
pub(super) fn with_key(
    output: Output,
    checking: &Checking,
    error: EvidenceError,
) -> Result<EvidenceError, Failure> {
    let path = key_path(&checking.bundle);
    if error != EvidenceError::KeyMissing || checking.opening.is_some() {
        return Ok(error);
    }
    Err(output.failure(M::KeyMissing, &[&shown(&path)]))
}

fn broken(output: Output, error: &EvidenceError) -> Result<ExitCode, Failure> {
    if output.json {
        let refusal = json!({
            "verified": false,
            "step": error.step(),
            "error": error.to_string(),
        });
        output.data(&refusal, String::new)?;
        return Ok(ExitCode::FAILURE);
    }
    Err(output
        .failure(M::Broken, &[&error.step(), &reason(error)])
        .hint(output.lang, M::BrokenHint))
}

/// What is wrong, without the name of the step, which is said before it.
pub(super) fn reason(error: &EvidenceError) -> String {
    let text = error.to_string();
    text.split_once(": ")
        .map_or_else(|| text.clone(), |(_, reason)| reason.to_owned())
}

fn file_verdict(checked: &CheckedEvidence<'_>, entry: &Entry) -> FileVerdict {
    let (file, digest) = (entry.name.clone(), entry.digest.to_string());
    match checked.file(&entry.digest) {
        Ok(found) => FileVerdict {
            file,
            digest,
            verified: true,
            names: found.iter().map(|(_, entry)| entry.name.clone()).collect(),
            step: None,
            error: None,
        },
        Err(error) => FileVerdict {
            file,
            digest,
            verified: false,
            names: Vec::new(),
            step: Some(error.step()),
            error: Some(reason(&error)),
        },
    }
}

fn verdict(
    checked: &CheckedEvidence<'_>,
    anchor: &Fingerprint,
    files: Vec<FileVerdict>,
) -> Verdict {
    let (deposit, proof): (&Deposited, _) = (&checked.deposit, &checked.proof);
    Verdict {
        verified: files.iter().all(|file| file.verified),
        anchor: anchor.to_string(),
        deposit: deposit.id,
        digest: deposit.digest.to_string(),
        content: super::show::content_name(deposit.content),
        algorithm: checked.algorithm.name(),
        count: checked.batch.map_or(1, |batch| batch.count),
        submitter: deposit.submitter.to_string(),
        sender: checked.sender.to_string(),
        organisation: deposit.organisation,
        organisation_name: deposit.organisationName.clone(),
        kind: deposit.kind.clone(),
        reference: deposit.ownReference.clone(),
        parties: deposit.parties.iter().map(ToString::to_string).collect(),
        previous: deposit.previous,
        transaction: checked.transaction.to_string(),
        chain_id: proof.chain_id,
        genesis: proof.genesis.to_string(),
        height: proof.height.get(),
        time: proof.time.get(),
        block_hash: proof.block_hash.to_string(),
        signers: proof.signers.iter().map(ToString::to_string).collect(),
        validators: proof.validators,
        epoch: proof.epoch,
        set_changes: proof.set_changes,
        pages_unaltered: None,
        files,
    }
}

fn verdict_text(output: Output, checked: &CheckedEvidence<'_>, files: &[FileVerdict]) -> String {
    let failed = files.iter().filter(|file| !file.verified).count();
    let mut text = String::new();
    for file in files
        .iter()
        .filter(|file| !file.verified || files.len() <= 20)
    {
        text.push_str(&file_text(output, file));
    }
    let (deposit, proof) = (&checked.deposit, &checked.proof);
    let head = if failed > 0 {
        style(output.say(M::SomeFail, &[&failed, &files.len()])).red()
    } else {
        style(output.say(M::AllHold, &[&files.len()])).green()
    };
    text.push_str(&format!("{}\n", head.bold()));
    let when = time(proof.time.get());
    let height = proof.height.get();
    let lines = [
        output.say(M::DepositedBy, &[&deposit.id, &when, &height]),
        output.say(M::By, &[&deposit.submitter]),
        if deposit.organisation == 0 {
            output.lang.text(M::ForNobody).to_owned()
        } else {
            let name = plain(&deposit.organisationName);
            output.say(M::ForOrganisation, &[&name, &deposit.organisation])
        },
        signers(output, proof),
    ];
    for line in lines {
        text.push_str(&format!("  {line}\n"));
    }
    text.push_str(&style(output.lang.text(M::ProvedLimit)).dim().to_string());
    text
}

fn file_text(output: Output, file: &FileVerdict) -> String {
    let name = plain(&file.file);
    let line = match (&file.error, file.step) {
        (Some(error), Some(step)) => {
            let line = output.say(M::NotEvidence, &[&name, &step, error]);
            style(line).red().to_string()
        }
        _ if file.names.is_empty() => output.say(M::FileHolds, &[&name]),
        _ => output.say(M::FileHoldsAs, &[&name, &plain(&file.names.join(", "))]),
    };
    format!("{line}\n")
}
