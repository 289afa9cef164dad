//! `qiantang evidence report`: what a bundle proves, on paper for a court.
//!
//! The report is a rendition for people, in Chinese and English, of what the attached bundle
//! proves. The bundle is what counts: `qiantang evidence verify` reads it from the PDF.

pub(super) mod attachment;
mod font;
mod layout;
#[cfg(test)]
mod tests;

use super::{add::write_new, check, files::shown};
use crate::{
    arguments::Checking,
    failure::Failure,
    messages::{EvidenceMessage as M, Lang},
    output::{Output, time},
};
use font::Typeface;
use layout::{Block, Frame, render};
use qiantang_client::evidence::{CheckedEvidence, EvidenceBundle, IEvidence::Content};
use qiantang_types::Fingerprint;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::{
    fmt::Display,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

/// Files that are listed on the pages; all are in the attachment.
const FILES_LISTED_MAX: usize = 200;

/// Name of the attached file.
const ATTACHMENT: &str = "evidence.json";

/// China Standard Time is eight hours ahead, without summer time.
const CHINA_OFFSET_MS: u64 = 8 * 3_600_000;

/// Writes the report of a bundle that holds.
pub(super) async fn report(
    output: Output,
    file: &Path,
    checking: &Checking,
) -> Result<(), Failure> {
    let anchor = check::anchor(output, checking).await?;
    let broken = |error: &qiantang_client::evidence::EvidenceError| {
        output
            .failure(M::Broken, &[&error.step(), &check::reason(error)])
            .hint(output.lang, M::BrokenHint)
    };
    let read = check::read_bundle(output, &checking.bundle)?.map_err(|error| broken(&error))?;
    let bundle = read.bundle;
    let opening = check::opening(output, checking)?;
    let checked = match bundle.check(opening, &anchor) {
        Ok(checked) => checked,
        Err(error) => return Err(broken(&check::with_key(output, checking, error)?)),
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_millis().try_into().unwrap_or(u64::MAX));
    let pdf = make(&bundle, &checked, &anchor, now)
        .map_err(|reason| output.failure(M::ReportFailed, &[&reason]))?;
    write_new(output, file, &pdf)?;
    let written = json!({
        "file": file.display().to_string(),
        "bytes": pdf.len(),
        "deposit": checked.deposit.id,
        "anchor": anchor.to_string(),
    });
    output.data(&written, || {
        output.say(M::ReportWritten, &[&shown(file), &pdf.len()])
    })
}

/// Whether a report is, byte for byte, what this program writes for the attachment. Another version
/// of the program may write other pages, so a difference is no proof of forgery; but it is a reason
/// to believe the pages nothing.
pub(super) fn is_unaltered(
    pdf: &[u8],
    bundle: &EvidenceBundle,
    checked: &CheckedEvidence<'_>,
    anchor: &Fingerprint,
) -> bool {
    let made = attachment::creation_time(pdf);
    let again = made.and_then(|made| make(bundle, checked, anchor, made).ok());
    again.is_some_and(|again| again == pdf)
}

/// The report of a bundle, made at a time in milliseconds.
fn make(
    bundle: &EvidenceBundle,
    checked: &CheckedEvidence<'_>,
    anchor: &Fingerprint,
    now: u64,
) -> Result<Vec<u8>, String> {
    let typeface = Typeface::new()?;
    let attachment = bundle.encode().map_err(|error| error.to_string())?;
    let mut blocks = vec![
        Block::Title(zh(M::ReportTitle), en(M::ReportTitle)),
        Block::Paragraph(zh(M::ReportIntro)),
        Block::Second(en(M::ReportIntro)),
    ];
    facts(&mut blocks, checked, anchor);
    files(&mut blocks, bundle, checked);
    steps(&mut blocks, checked, anchor);
    limits(&mut blocks);
    let digest = alloy_primitives::hex::encode(Sha256::digest(&attachment));
    heading(&mut blocks, 5, M::ReportAttachment, &[]);
    both(
        &mut blocks,
        M::ReportAttachmentText,
        &[&attachment.len(), &digest],
    );
    both(&mut blocks, M::ReportEscapes, &[]);
    let id = checked.deposit.id;
    render(
        &typeface,
        &blocks,
        Frame {
            title: format!("{} / {}", zh(M::ReportTitle), en(M::ReportTitle)),
            foot: Box::new(move |page, pages| {
                let arguments: [&dyn Display; 3] = [&id, &page, &pages];
                let (zh, en) = (Lang::Zh, Lang::En);
                let (zh, en) = (
                    zh.say(M::ReportPage, &arguments),
                    en.say(M::ReportPage, &arguments),
                );
                format!("{zh}  ·  {en}")
            }),
            made: calendar(now),
            attachment_name: ATTACHMENT.to_owned(),
            attachment_description: format!("{} {id}", zh(M::ReportAttachment)),
            attachment,
        },
    )
}

fn zh(message: M) -> String {
    Lang::Zh.text(message).to_owned()
}

fn en(message: M) -> String {
    Lang::En.text(message).to_owned()
}

/// Headings are numbered as Chinese documents number them.
fn heading(blocks: &mut Vec<Block>, number: usize, message: M, arguments: &[&dyn Display]) {
    let numeral = ["〇", "一", "二", "三", "四", "五"].get(number).copied();
    blocks.push(Block::Heading(format!(
        "{}、{}  {}",
        numeral.unwrap_or_default(),
        Lang::Zh.say(message, arguments),
        Lang::En.say(message, arguments),
    )));
}

fn both(blocks: &mut Vec<Block>, message: M, arguments: &[&dyn Display]) {
    blocks.push(Block::Paragraph(Lang::Zh.say(message, arguments)));
    blocks.push(Block::Second(Lang::En.say(message, arguments)));
}

fn fact(blocks: &mut Vec<Block>, name: M, value: impl Display) {
    blocks.push(Block::Fact(zh(name), en(name), value.to_string()));
}

/// A fact whose value is a sentence in both languages.
fn fact_both(blocks: &mut Vec<Block>, name: M, value: M, arguments: &[&dyn Display]) {
    let (zh, en) = (
        Lang::Zh.say(value, arguments),
        Lang::En.say(value, arguments),
    );
    fact(blocks, name, format!("{zh} / {en}"));
}

fn facts(blocks: &mut Vec<Block>, checked: &CheckedEvidence<'_>, anchor: &Fingerprint) {
    let (deposit, proof) = (&checked.deposit, &checked.proof);
    heading(blocks, 1, M::ReportFacts, &[]);
    fact(blocks, M::ReportNumber, deposit.id);
    let (content, word) = match deposit.content {
        Content::Batch => (M::ContentBatch, M::Root),
        Content::Commitment => (M::ContentCommitment, M::Commitment),
        _ => (M::ContentDigest, M::Digest),
    };
    let count = checked.batch.map_or(1, |batch| batch.count);
    let number: [&dyn Display; 1] = [&count];
    fact_both(blocks, M::Content, content, &number);
    fact(blocks, M::Algorithm, checked.algorithm.name());
    fact(blocks, word, deposit.digest);
    let utc = seconds(proof.time.get());
    let china = seconds(proof.time.get().saturating_add(CHINA_OFFSET_MS));
    let when = Lang::Zh.say(M::ReportTimeBoth, &[&utc, &china]);
    fact(blocks, M::ReportTime, when);
    if deposit.organisation == 0 {
        fact_both(blocks, M::ReportOrganisation, M::ForNobody, &[]);
    } else {
        let arguments: [&dyn Display; 2] = [&deposit.organisationName, &deposit.organisation];
        fact_both(
            blocks,
            M::ReportOrganisation,
            M::ReportOrganisationText,
            &arguments,
        );
    }
    fact(blocks, M::ReportSubmitter, deposit.submitter);
    fact(blocks, M::ReportSender, checked.sender);
    fact(blocks, M::Kind, &deposit.kind);
    if !deposit.ownReference.is_empty() {
        fact(blocks, M::Reference, &deposit.ownReference);
    }
    let parties: Vec<String> = deposit.parties.iter().map(ToString::to_string).collect();
    if !parties.is_empty() {
        fact(blocks, M::Parties, parties.join(" "));
    }
    if deposit.previous != 0 {
        fact(blocks, M::ReportPrevious, deposit.previous);
    }
    fact(blocks, M::ReportTransaction, checked.transaction);
    let block = format!("{} {}", proof.height.get(), proof.block_hash);
    fact(blocks, M::ReportBlock, block);
    fact(blocks, M::ReportChain, proof.chain_id);
    fact(blocks, M::ReportGenesis, proof.genesis);
    let arguments: [&dyn Display; 2] = [&proof.signers.len(), &proof.validators];
    fact_both(blocks, M::ReportSigners, M::ReportSignersText, &arguments);
    if proof.set_changes > 0 {
        fact(blocks, M::ReportSetChanges, proof.set_changes);
    }
    fact(blocks, M::ReportAnchor, anchor);
}

fn files(blocks: &mut Vec<Block>, bundle: &EvidenceBundle, checked: &CheckedEvidence<'_>) {
    let count = checked.batch.map_or(1, |batch| batch.count);
    heading(blocks, 2, M::ReportFiles, &[&count]);
    let entries = bundle.subject().entries();
    if checked.batch.is_none() {
        both(blocks, M::ReportFilesOne, &[]);
        return;
    }
    for (_, entry) in entries.iter().take(FILES_LISTED_MAX) {
        let digest = entry.digest.to_string();
        blocks.push(Block::File(entry.name.clone(), digest));
    }
    if entries.len() > FILES_LISTED_MAX {
        let rest = entries.len().saturating_sub(FILES_LISTED_MAX);
        both(blocks, M::ReportFilesMore, &[&rest]);
    }
}

fn steps(blocks: &mut Vec<Block>, checked: &CheckedEvidence<'_>, anchor: &Fingerprint) {
    heading(blocks, 3, M::ReportSteps, &[]);
    let steps: [(M, Vec<&dyn Display>); 5] = [
        (M::ReportStep1, vec![]),
        (M::ReportStep2, vec![anchor]),
        (M::ReportStep3, vec![]),
        (M::ReportStep4, vec![]),
        (M::ReportStep5, vec![&checked.deposit.id]),
    ];
    let name = checked.algorithm.name();
    for (number, (message, mut arguments)) in (1..).zip(steps) {
        if message == M::ReportStep3 {
            arguments.push(&name);
        }
        let text = |lang: Lang| format!("{number}. {}", lang.say(message, &arguments));
        blocks.push(Block::Paragraph(text(Lang::Zh)));
        blocks.push(Block::Second(text(Lang::En)));
    }
}

fn limits(blocks: &mut Vec<Block>) {
    heading(blocks, 4, M::ReportLimits, &[]);
    for (number, message) in (1..).zip([M::ReportLimit1, M::ReportLimit2, M::ReportLimit3]) {
        let text = |lang: Lang| format!("{number}. {}", lang.text(message));
        blocks.push(Block::Paragraph(text(Lang::Zh)));
        blocks.push(Block::Second(text(Lang::En)));
    }
}

/// A time in milliseconds without the letters that machines want.
fn seconds(milliseconds: u64) -> String {
    time(milliseconds)
        .replace('T', " ")
        .trim_end_matches('Z')
        .to_owned()
}

/// Year, month, day, hour, minute, second of a time in milliseconds.
fn calendar(milliseconds: u64) -> [u16; 6] {
    let text = time(milliseconds);
    let mut numbers = text
        .split(['-', 'T', ':', '.'])
        .map(|part| part.parse().unwrap_or_default());
    std::array::from_fn(|_| numbers.next().unwrap_or_default())
}
