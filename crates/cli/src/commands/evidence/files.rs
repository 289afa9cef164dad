//! Files and folders as a list of names and digests.
//!
//! Files are hashed in parallel. The list is in one order, whatever the machine: names are paths
//! with `/` from the folder that was named, the folder's own name included. Symbolic links are not
//! followed, and whatever is not hashed is reported.

use crate::{
    failure::Failure,
    messages::{EvidenceMessage as M, Sentence},
    output::{Output, plain},
};
use alloy_primitives::B256;
use qiantang_client::evidence::{Algorithm, Entry};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use std::{
    fmt::Display,
    fs, io,
    path::{Path, PathBuf},
};

/// Names of files that one message repeats.
const NAMED_MAX: usize = 20;

/// A file that is there.
struct Found {
    path: PathBuf,
    name: String,
    bytes: u64,
}

/// A path that gives no digest, and why.
pub(super) struct LeftOut {
    path: PathBuf,
    reason: String,
}

/// Files with their digests.
pub(super) struct Hashed {
    /// Names and digests, in the order of names.
    pub(super) entries: Vec<Entry>,
    /// Bytes of all of them.
    pub(super) bytes: u64,
    /// Whether one file was named, and no folder.
    pub(super) is_single: bool,
}

/// What is done with files that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    Refuse,
    LeaveOut,
}

/// Hashes files and everything in folders.
pub(super) fn hash(
    output: Output,
    paths: &[PathBuf],
    algorithm: Algorithm,
    unreadable: Unreadable,
) -> Result<Hashed, Failure> {
    let spinner = output.spinner(M::Searching);
    let (found, mut left_out, links) = Search::run(output, paths);
    spinner.finish_and_clear();
    let bytes = found.iter().map(|file| file.bytes).sum();
    let bar = output.progress_bytes(M::Hashing, bytes);
    let results: Vec<io::Result<B256>> = found
        .par_iter()
        .map(|file| {
            let mut source = fs::File::open(&file.path)?;
            algorithm.digest(&mut source, &|count| bar.inc(count))
        })
        .collect();
    bar.finish_and_clear();
    let mut entries = Vec::with_capacity(found.len());
    for (file, result) in found.into_iter().zip(results) {
        match result {
            Ok(digest) => entries.push(Entry {
                name: file.name,
                digest,
            }),
            Err(error) => left_out.push(LeftOut {
                path: file.path,
                reason: error.to_string(),
            }),
        }
    }
    report(output, &links);
    if unreadable == Unreadable::Refuse && !left_out.is_empty() {
        return Err(refuse(output, &left_out));
    }
    report(output, &left_out);
    if entries.is_empty() {
        let shown: Vec<String> = paths.iter().map(|path| shown(path)).collect();
        return Err(output.failure(M::NothingFound, &[&shown.join(", ")]));
    }
    entries.sort();
    let is_single = paths.len() == 1 && paths.iter().all(|path| path.is_file());
    Ok(Hashed {
        entries,
        bytes,
        is_single,
    })
}

/// A path for people: one line, nothing that a terminal acts on.
pub(super) fn shown(path: &Path) -> String {
    plain(&path.to_string_lossy())
}

fn report(output: Output, left_out: &[LeftOut]) {
    for file in left_out.iter().take(NAMED_MAX) {
        let arguments: [&dyn Display; 2] = [&shown(&file.path), &file.reason];
        output.talk(output.say(M::LeftOut, &arguments));
    }
    if left_out.len() > NAMED_MAX {
        let rest = left_out.len().saturating_sub(NAMED_MAX);
        output.talk(output.say(M::More, &[&rest]));
    }
}

fn refuse(output: Output, left_out: &[LeftOut]) -> Failure {
    let mut lines: Vec<String> = left_out
        .iter()
        .take(NAMED_MAX)
        .map(|file| format!("  {}: {}", shown(&file.path), file.reason))
        .collect();
    if left_out.len() > NAMED_MAX {
        let rest = left_out.len().saturating_sub(NAMED_MAX);
        lines.push(format!("  {}", output.say(M::More, &[&rest])));
    }
    output
        .failure(M::Unreadable, &[&left_out.len(), &lines.join("\n")])
        .hint(output.lang, M::UnreadableHint)
}

/// A walk through folders.
struct Search {
    output: Output,
    found: Vec<Found>,
    left_out: Vec<LeftOut>,
    links: Vec<LeftOut>,
    /// Paths that are still to be looked at, with their names.
    open: Vec<(PathBuf, Option<String>)>,
}

impl Search {
    fn run(output: Output, paths: &[PathBuf]) -> (Vec<Found>, Vec<LeftOut>, Vec<LeftOut>) {
        let mut search = Self {
            output,
            found: Vec::new(),
            left_out: Vec::new(),
            links: Vec::new(),
            open: Vec::new(),
        };
        for path in paths {
            // `.` and `..` have no name of their own.
            let name = match path.file_name() {
                Some(name) => name.to_str().map(str::to_owned),
                None => Some(String::new()),
            };
            search.open.push((path.clone(), name));
        }
        while let Some((path, name)) = search.open.pop() {
            if let Err(error) = search.look(&path, name) {
                search.left_out.push(LeftOut {
                    path,
                    reason: error.to_string(),
                });
            }
        }
        let by_path = |one: &LeftOut, other: &LeftOut| one.path.cmp(&other.path);
        search.left_out.sort_by(by_path);
        search.links.sort_by(by_path);
        search.found.sort_by(|one, other| one.name.cmp(&other.name));
        (search.found, search.left_out, search.links)
    }

    fn look(&mut self, path: &Path, name: Option<String>) -> io::Result<()> {
        let metadata = fs::symlink_metadata(path)?;
        let Some(name) = name else {
            self.leave_out(path, M::NotUnicode);
            return Ok(());
        };
        if metadata.is_symlink() {
            let reason = self.output.lang.text(M::Link).to_owned();
            let path = path.to_owned();
            self.links.push(LeftOut { path, reason });
        } else if metadata.is_dir() {
            for entry in fs::read_dir(path)? {
                let entry = entry?;
                let below = entry.file_name().to_str().map(|own| match name.as_str() {
                    "" => own.to_owned(),
                    folder => format!("{folder}/{own}"),
                });
                self.open.push((entry.path(), below));
            }
        } else if metadata.is_file() {
            let (path, bytes) = (path.to_owned(), metadata.len());
            self.found.push(Found { path, name, bytes });
        } else {
            self.leave_out(path, M::Special);
        }
        Ok(())
    }

    fn leave_out(&mut self, path: &Path, reason: impl Sentence) {
        self.left_out.push(LeftOut {
            path: path.to_owned(),
            reason: self.output.lang.text(reason).to_owned(),
        });
    }
}

#[cfg(test)]
mod tests;
