//! Bundles of deposits that were made before, and of single files of a folder.

use super::{
    super::{connect, of_client},
    add::{subject, write_new},
    algorithm, check,
    files::{Hashed, Unreadable, hash, shown},
};
use crate::{
    arguments::Proving,
    failure::Failure,
    messages::{EvidenceMessage as M, Message},
    output::{Output, plain},
};
use qiantang_client::{
    KeyFile, Module,
    evidence::{
        Evidence, EvidenceBundle, IEvidence::Content, Subject, committed_batch, committed_document,
    },
};
use serde_json::json;
use std::path::Path;

/// Writes a bundle.
pub(super) async fn proof(output: Output, arguments: &Proving) -> Result<(), Failure> {
    let bundle = match (&arguments.bundle, arguments.deposit) {
        (Some(path), _) => one_of(output, path, arguments)?,
        (None, Some(id)) => again(output, id, arguments).await?,
        (None, None) => {
            return Err(output.failure(Message::MissingArgument, &[&"--bundle, --deposit"]));
        }
    };
    let failed = |error: &dyn std::fmt::Display| output.failure(M::Broken, &[&"bundle", error]);
    let bytes = bundle.encode().map_err(|error| failed(&error))?;
    if arguments.output == Path::new("-") {
        return output.raw(&bytes);
    }
    write_new(output, &arguments.output, &bytes)?;
    let file = arguments.output.display().to_string();
    let written = json!({ "file": file, "bytes": bytes.len() });
    output.data(&written, || {
        output.say(
            Message::ProofWritten,
            &[&shown(&arguments.output), &bytes.len()],
        )
    })
}

/// The bundle of one file, out of the bundle of its folder.
fn one_of(output: Output, path: &Path, arguments: &Proving) -> Result<EvidenceBundle, Failure> {
    let broken = |error| {
        output
            .failure(M::Broken, &[&"bundle", &check::reason(&error)])
            .hint(output.lang, M::BrokenHint)
    };
    let bundle = check::read_bundle(output, path)?.map_err(broken)?.bundle;
    let hashed = hash(
        output,
        &arguments.paths,
        bundle.algorithm(),
        Unreadable::Refuse,
    )?;
    let digest = hashed.entries.first().map(|entry| entry.digest);
    let entries = bundle.subject().entries();
    let found = entries
        .iter()
        .find(|(_, entry)| Some(entry.digest) == digest);
    match (found, hashed.is_single) {
        (Some((index, _)), true) => bundle.leaf(*index).map_err(broken),
        _ => {
            let names: Vec<String> = arguments.paths.iter().map(|path| shown(path)).collect();
            let step = "evidence-digest";
            let reason = output.lang.text(M::NotOneOf);
            Err(output.failure(M::NotEvidence, &[&names.join(", "), &step, &reason]))
        }
    }
}

/// The bundle of a deposit, made again from the same files.
async fn again(output: Output, id: u64, arguments: &Proving) -> Result<EvidenceBundle, Failure> {
    let algorithm = algorithm(&arguments.algorithm);
    let hashed = hash(output, &arguments.paths, algorithm, Unreadable::Refuse)?;
    let evidence = Module::<Evidence>::new(connect(output, &arguments.rpc.rpc)?);
    let of_client = of_client(output);
    let deposit = evidence.deposited(id).await.map_err(&of_client)?;
    let subject = match deposit.content {
        Content::Digest => Subject::Document,
        _ => subject(output, &hashed)?,
    };
    let word = match deposit.content {
        Content::Commitment => {
            let path = arguments.opening.as_ref();
            let path =
                path.ok_or_else(|| output.failure(Message::MissingArgument, &[&"--opening"]))?;
            let key = KeyFile::open(path)
                .map_err(|error| output.failure(M::KeyWrong, &[&shown(path), &error]))?;
            let hidden = match subject.root() {
                Some(batch) => committed_batch(algorithm, &batch),
                None => committed_document(algorithm, &first(&hashed)),
            };
            key.opening.commit(&hidden)
        }
        _ => subject
            .root()
            .map_or_else(|| first(&hashed), |batch| batch.root),
    };
    if word != deposit.digest {
        return Err(output.failure(M::OtherFiles, &[&id, &word, &deposit.digest]));
    }
    let made = evidence.made(&deposit).await.map_err(&of_client)?;
    let proof = evidence.prove(&made).await.map_err(&of_client)?;
    EvidenceBundle::new(algorithm, subject, &proof)
        .map_err(|error| output.failure(M::Broken, &[&"bundle", &plain(&error.to_string())]))
}

fn first(hashed: &Hashed) -> alloy_primitives::B256 {
    hashed
        .entries
        .first()
        .map(|entry| entry.digest)
        .unwrap_or_default()
}
