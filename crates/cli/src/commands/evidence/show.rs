//! Deposits as the chain tells them.

use super::{
    super::{connect, of_client, parse},
    algorithm,
    files::{Unreadable, hash},
    party,
};
use crate::{
    arguments::Listing,
    failure::Failure,
    messages::{EvidenceMessage as M, Message},
    output::{Output, plain, table, time},
};
use console::style;
use qiantang_client::{
    Module,
    evidence::{
        Evidence,
        IEvidence::{self, Content},
        Lookup,
    },
};
use serde::Serialize;

/// Versions of one deposit that are shown.
const VERSIONS_MAX: usize = 1_000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DepositView {
    id: u64,
    content: &'static str,
    algorithm: &'static str,
    digest: String,
    count: u64,
    submitter: String,
    organisation: u64,
    organisation_name: String,
    time: u64,
    height: u64,
    kind: String,
    reference: String,
    parties: Vec<String>,
    previous: u64,
    next: u64,
    origin: u64,
    version: u64,
    withdrawn: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawal: Option<WithdrawalView>,
    erased: bool,
    erased_time: u64,
}

#[derive(Serialize)]
struct WithdrawalView {
    by: String,
    time: u64,
    reason: String,
}

#[derive(Serialize)]
struct Shown {
    deposit: DepositView,
    /// Numbers of all versions, first to last.
    versions: Vec<u64>,
    /// Whether these are all.
    complete: bool,
}

#[derive(Serialize)]
struct Listed {
    deposits: Vec<DepositView>,
    complete: bool,
}

/// Lists deposits.
pub(super) async fn list(output: Output, arguments: &Listing) -> Result<(), Failure> {
    let lookup = lookup(output, arguments)?;
    let evidence = Module::<Evidence>::new(connect(output, &arguments.rpc.rpc)?);
    let limit = usize::try_from(arguments.limit).unwrap_or(usize::MAX);
    let found = evidence.find(lookup, limit).await;
    let (ids, complete) = found.map_err(of_client(output))?;
    let mut deposits = Vec::with_capacity(ids.len());
    for id in ids {
        deposits.push(view(output, &evidence, id).await?);
    }
    let listed = Listed { deposits, complete };
    output.data(&listed, || {
        let mut text = String::new();
        for deposit in &listed.deposits {
            text.push_str(&line(output, deposit));
        }
        if listed.deposits.is_empty() {
            text.push_str(output.lang.text(M::None));
        }
        if !listed.complete {
            text.push_str(output.lang.text(M::Cut));
        }
        text
    })
}

fn lookup(output: Output, arguments: &Listing) -> Result<Lookup, Failure> {
    if let Some(text) = &arguments.submitter {
        let submitter = parse(output, text, Message::WordAddress)?;
        return Ok(Lookup::Submitter(submitter));
    }
    if let Some(number) = arguments.organisation {
        return Ok(Lookup::Organisation(number));
    }
    if let Some(text) = &arguments.party {
        return Ok(Lookup::Party(party(output, text)?));
    }
    let Some(path) = &arguments.of else {
        return Err(output.failure(M::LookupMissing, &[]));
    };
    let paths = std::slice::from_ref(path);
    let algorithm = algorithm(&arguments.algorithm);
    let hashed = hash(output, paths, algorithm, Unreadable::Refuse)?;
    let subject = super::add::subject(output, &hashed)?;
    Ok(Lookup::Digest(
        match (subject.root(), hashed.entries.first()) {
            (Some(batch), _) => batch.root,
            (None, first) => first.map(|entry| entry.digest).unwrap_or_default(),
        },
    ))
}

/// Shows a deposit.
pub(super) async fn show(
    output: Output,
    evidence: &Module<Evidence>,
    id: u64,
) -> Result<(), Failure> {
    let deposit = view(output, evidence, id).await?;
    let found = evidence.find(Lookup::Versions(id), VERSIONS_MAX).await;
    let (versions, complete) = found.map_err(of_client(output))?;
    let shown = Shown {
        deposit,
        versions,
        complete,
    };
    output.data(&shown, || shown_text(output, &shown))
}

async fn view(
    output: Output,
    evidence: &Module<Evidence>,
    id: u64,
) -> Result<DepositView, Failure> {
    let of_client = of_client(output);
    let deposit = evidence.deposited(id).await.map_err(&of_client)?;
    let organisation_name = match deposit.organisation {
        0 => String::new(),
        number => {
            let name = evidence.organisation_name(number).await;
            name.map_err(&of_client)?
        }
    };
    Ok(DepositView {
        id: deposit.id,
        content: content_name(deposit.content),
        algorithm: algorithm_name(deposit.algorithm),
        digest: deposit.digest.to_string(),
        count: deposit.count,
        submitter: deposit.submitter.to_string(),
        organisation: deposit.organisation,
        organisation_name,
        time: deposit.time,
        height: deposit.height,
        kind: deposit.kind,
        reference: deposit.ownReference,
        parties: deposit.parties.iter().map(ToString::to_string).collect(),
        previous: deposit.previous,
        next: deposit.next,
        origin: deposit.origin,
        version: deposit.version,
        withdrawn: deposit.withdrawn,
        withdrawal: deposit.withdrawn.then(|| WithdrawalView {
            by: deposit.withdrawnBy.to_string(),
            time: deposit.withdrawnTime,
            reason: deposit.reason,
        }),
        erased: deposit.erased,
        erased_time: deposit.erasedTime,
    })
}

fn line(output: Output, deposit: &DepositView) -> String {
    let mut notes = vec![plain(&deposit.kind)];
    if !deposit.reference.is_empty() {
        notes.push(plain(&deposit.reference));
    }
    notes.extend(marks(output, deposit));
    let when = time(deposit.time);
    format!(
        "{}  {when}  {}  {}\n",
        deposit.id,
        deposit.digest,
        notes.join(", ")
    )
}

fn marks(output: Output, deposit: &DepositView) -> Vec<String> {
    let mut marks = Vec::new();
    if let Some(withdrawal) = &deposit.withdrawal {
        let (when, reason) = (time(withdrawal.time), plain(&withdrawal.reason));
        let mark = output.say(M::WithdrawnMark, &[&when, &withdrawal.by, &reason]);
        marks.push(style(mark).red().to_string());
    }
    if deposit.erased {
        let mark = output.say(M::ErasedMark, &[&time(deposit.erased_time)]);
        marks.push(style(mark).red().to_string());
    }
    marks
}

fn shown_text(output: Output, shown: &Shown) -> String {
    let deposit = &shown.deposit;
    let label = |message: M| output.lang.text(message);
    let content = match deposit.content {
        "batch" => output.say(M::ContentBatch, &[&deposit.count]),
        "commitment" => label(M::ContentCommitment).to_owned(),
        _ => label(M::ContentDigest).to_owned(),
    };
    let organisation = match deposit.organisation {
        0 => label(M::ForNobody).to_owned(),
        number => format!("{} ({number})", plain(&deposit.organisation_name)),
    };
    let mut rows = vec![
        (label(M::Content), content),
        (label(M::Digest), deposit.digest.clone()),
        (label(M::Time), format!("{} UTC", time(deposit.time))),
        (label(M::Block), deposit.height.to_string()),
        (label(M::Submitter), deposit.submitter.clone()),
        (label(M::Organisation), organisation),
        (label(M::Kind), plain(&deposit.kind)),
    ];
    if !deposit.algorithm.is_empty() {
        rows.push((label(M::Algorithm), deposit.algorithm.to_owned()));
    }
    if !deposit.reference.is_empty() {
        rows.push((label(M::Reference), plain(&deposit.reference)));
    }
    if !deposit.parties.is_empty() {
        rows.push((label(M::Parties), deposit.parties.join(", ")));
    }
    if shown.versions.len() > 1 {
        let versions: Vec<String> = shown.versions.iter().map(ToString::to_string).collect();
        rows.push((label(M::Versions), versions.join(" → ")));
    }
    let mut text = table(&output.say(M::Deposit, &[&deposit.id]), &rows);
    for mark in marks(output, deposit) {
        text.push_str(&format!("{mark}\n"));
    }
    if !shown.complete {
        text.push_str(label(M::Cut));
    }
    text
}

/// What a deposit is about, for machines.
pub(super) const fn content_name(content: Content) -> &'static str {
    match content {
        Content::Digest => "digest",
        Content::Batch => "batch",
        Content::Commitment => "commitment",
        Content::None | Content::__Invalid => "none",
    }
}

const fn algorithm_name(algorithm: IEvidence::Algorithm) -> &'static str {
    match algorithm {
        IEvidence::Algorithm::Sha256 => "SHA-256",
        IEvidence::Algorithm::Sm3 => "SM3",
        IEvidence::Algorithm::None | IEvidence::Algorithm::__Invalid => "",
    }
}
