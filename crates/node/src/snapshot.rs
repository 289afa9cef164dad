//! `qiantang snapshot`: moves a verified state from node to node by file.
//!
//! A snapshot is a tar archive, compressed by gzip: a manifest (the sets that decided, and a header
//! with its certificate), the chain spec, and the files of the databases at that header. Whoever
//! imports one trusts nobody for it: the sets and the certificate are checked from the first
//! validators on, and the databases against the header.

use crate::{
    Directory, NodeError,
    directory::{make_dir, remove_dir},
    founding::write_spec,
};
use alloy_primitives::Bytes;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use qiantang_consensus::{Joining, snapshot};
use qiantang_state::history::{self, FinalizedBlock, Store};
use qiantang_types::{Boundary, ChainSpec, Fingerprint, Header, Height, StateChanges};
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    io,
    path::{Component, Path},
    sync::Arc,
};

/// The format that this build writes and reads.
const FORMAT: u32 = 1;

/// Name of the manifest in a snapshot.
const MANIFEST: &str = "manifest.json";

/// Name of the chain spec in a snapshot.
const SPEC: &str = "chain.json";

/// Name of the folder of the databases in a snapshot.
const STATE: &str = "state";

/// What a snapshot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotReport {
    /// The block after which the state is.
    pub height: Height,
    /// The chain's fingerprint.
    pub anchor: Fingerprint,
    /// Bytes of the file.
    pub bytes: u64,
}

/// What a snapshot says about itself.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Manifest {
    format: u32,
    height: u64,
    newest: Certified,
    boundaries: Vec<Certified>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Certified {
    header: Bytes,
    certificate: Bytes,
}

impl From<&Boundary> for Certified {
    fn from(boundary: &Boundary) -> Self {
        Self {
            header: boundary.header.to_bytes().into(),
            certificate: boundary.certificate.clone(),
        }
    }
}

impl Certified {
    fn read(self) -> Result<Boundary, String> {
        Ok(Boundary {
            header: Header::from_bytes(&self.header).map_err(|error| error.to_string())?,
            certificate: self.certificate,
        })
    }
}

/// Writes the newest certified state of a node that is stopped to a file, which must not exist.
/// Call it where blocking is allowed.
///
/// # Errors
///
/// A node that runs or has no certified block, and files that cannot be read or written.
pub fn export_snapshot(dir: &Path, file: &Path) -> Result<SnapshotReport, NodeError> {
    let directory = existing(dir)?;
    let spec = directory.read_spec()?.ok_or_else(|| no_chain(dir))?;
    let refused = |reason: String| NodeError::Snapshot {
        path: file.to_path_buf(),
        reason,
    };
    let store = Store::open(&directory.history(), history::Config::default())?;
    let newest = store.newest_certified()?.ok_or_else(|| {
        refused("no block of this node has a certificate yet; run it for a while first".to_owned())
    })?;
    let height = newest.header.height;
    let before = Height::new(height.get().saturating_sub(1));
    let boundaries = store.boundaries(before)?;
    drop(store);
    let work = directory.snapshot();
    remove_dir(&work)?;
    let state = work.join(STATE);
    for name in snapshot::state_directories() {
        copy_dir(&directory.engine().join(&name), &state.join(&name))?;
    }
    snapshot::rewind(&state, &newest.header)?;
    let anchor = anchor(&spec, &work)?.1;
    let manifest = Manifest {
        format: FORMAT,
        height: height.get(),
        newest: (&newest).into(),
        boundaries: boundaries.iter().map(Into::into).collect(),
    };
    let written = pack(file, &work, &directory.spec(), &manifest);
    remove_dir(&work)?;
    let bytes = written.map_err(|source| NodeError::File {
        what: "cannot write",
        path: file.to_path_buf(),
        source,
    })?;
    Ok(SnapshotReport {
        height,
        anchor,
        bytes,
    })
}

/// Reads a snapshot into the directory of a node that has no chain yet, and checks all of it. The
/// node then goes on from there when it starts. Call it where blocking is allowed.
///
/// # Errors
///
/// A directory that has a chain, a file that is no snapshot, a state that is not proved.
pub fn import_snapshot(file: &Path, dir: &Path) -> Result<SnapshotReport, NodeError> {
    let directory = Directory::open(dir)?;
    let refused = |reason: String| NodeError::Snapshot {
        path: file.to_path_buf(),
        reason,
    };
    if directory.history().exists() || directory.engine().exists() {
        return Err(refused(format!(
            "{} has a chain already; import into an empty directory",
            dir.display()
        )));
    }
    let work = directory.snapshot();
    remove_dir(&work)?;
    make_dir(&work)?;
    let unpacked = unpack(file, &work).map_err(|error| refused(error.to_string()));
    let imported = unpacked.and_then(|bytes| adopt(&directory, file, bytes));
    remove_dir(&work)?;
    imported
}

/// Checks what was unpacked and puts it in its place.
fn adopt(directory: &Directory, file: &Path, bytes: u64) -> Result<SnapshotReport, NodeError> {
    let refused = |reason: String| NodeError::Snapshot {
        path: file.to_path_buf(),
        reason,
    };
    let work = directory.snapshot();
    let spec = crate::founding::read_spec(&work.join(SPEC))?;
    if let Some(kept) = directory.read_spec()?
        && kept != spec
    {
        return Err(refused(format!(
            "it is of another chain than {}",
            directory.spec().display()
        )));
    }
    let joining = read_manifest(&work.join(MANIFEST)).map_err(refused)?;
    let (genesis, anchor) = anchor(&spec, &work)?;
    let state = work.join(STATE);
    snapshot::check(&spec, &genesis.1, &joining, &state)?;
    make_dir(&directory.engine())?;
    for name in snapshot::state_directories() {
        let (from, to) = (state.join(&name), directory.engine().join(&name));
        if from.exists() {
            std::fs::rename(&from, &to).map_err(|source| NodeError::File {
                what: "cannot move the state to",
                path: to,
                source,
            })?;
        }
    }
    if directory.read_spec()?.is_none() {
        write_spec(&spec, &directory.spec())?;
    }
    let store = Store::open(&directory.history(), history::Config::default())?;
    for boundary in &joining.boundaries {
        store.import_boundary(&boundary.header, &boundary.certificate)?;
    }
    store.set_floor(&joining.newest)?;
    store.append(&FinalizedBlock {
        block: genesis.0.block(),
        receipts: &[],
        changes: &StateChanges::default(),
        certificate: None,
    })?;
    Ok(SnapshotReport {
        height: joining.newest.header.height,
        anchor,
        bytes,
    })
}

type Genesis = (qiantang_consensus::SealedBlock, qiantang_types::TrustRoot);

/// The first block of a chain and its fingerprint; made in a folder of its own.
fn anchor(spec: &ChainSpec, work: &Path) -> Result<(Genesis, Fingerprint), NodeError> {
    let scratch = work.join("genesis");
    make_dir(&scratch)?;
    let genesis = qiantang_consensus::first_block(Arc::new(spec.clone()), &scratch)?;
    remove_dir(&scratch)?;
    let anchor = genesis.1.fingerprint();
    Ok((genesis, anchor))
}

fn read_manifest(path: &Path) -> Result<Joining, String> {
    let text = std::fs::read(path).map_err(|error| format!("it has no manifest: {error}"))?;
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|error| format!("its manifest: {error}"))?;
    if manifest.format != FORMAT {
        return Err(format!(
            "it has format {}, this build reads {FORMAT}",
            manifest.format
        ));
    }
    let boundaries = manifest.boundaries.into_iter().map(Certified::read);
    Ok(Joining {
        boundaries: boundaries.collect::<Result<_, _>>()?,
        newest: manifest.newest.read()?,
    })
}

fn pack(file: &Path, work: &Path, spec: &Path, manifest: &Manifest) -> io::Result<u64> {
    let out = File::create_new(file)?;
    let mut archive = tar::Builder::new(GzEncoder::new(out, Compression::fast()));
    let text = serde_json::to_vec_pretty(manifest)?;
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    archive.append_data(&mut header, MANIFEST, text.as_slice())?;
    archive.append_path_with_name(spec, SPEC)?;
    // The engine leaves a lock beside them.
    for name in snapshot::state_directories() {
        let from = work.join(STATE).join(&name);
        if from.exists() {
            archive.append_dir_all(format!("{STATE}/{name}"), from)?;
        }
    }
    let out = archive.into_inner()?.finish()?;
    out.sync_all()?;
    Ok(out.metadata()?.len())
}

/// Unpacks the files that a snapshot may have, and no others.
fn unpack(file: &Path, work: &Path) -> io::Result<u64> {
    let input = File::open(file)?;
    let bytes = input.metadata()?.len();
    let mut archive = tar::Archive::new(GzDecoder::new(input));
    let known = snapshot::state_directories();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let kind = entry.header().entry_type();
        if !(kind.is_file() || kind.is_dir()) || !is_expected(&path, &known) {
            let text = format!("it holds {}, which no snapshot does", path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        entry.unpack_in(work)?;
    }
    Ok(bytes)
}

fn is_expected(path: &Path, known: &[String]) -> bool {
    let parts: Vec<_> = path
        .components()
        .map(|part| match part {
            Component::Normal(name) => name.to_str(),
            _ => None,
        })
        .collect();
    match parts.as_slice() {
        [Some(MANIFEST | SPEC | STATE)] => true,
        [Some(STATE), Some(name)] | [Some(STATE), Some(name), Some(_)] => {
            known.iter().any(|known| known == name)
        }
        _ => false,
    }
}

fn existing(dir: &Path) -> Result<Directory, NodeError> {
    if !dir.join("chain.json").exists() {
        return Err(no_chain(dir));
    }
    Directory::open(dir)
}

fn no_chain(dir: &Path) -> NodeError {
    NodeError::NoChain {
        dir: dir.to_path_buf(),
    }
}

/// Copies a folder of files.
fn copy_dir(from: &Path, to: &Path) -> Result<(), NodeError> {
    if !from.exists() {
        return Ok(());
    }
    make_dir(to)?;
    let copy = || -> io::Result<()> {
        for entry in std::fs::read_dir(from)? {
            let entry = entry?;
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
        Ok(())
    };
    copy().map_err(|source| NodeError::File {
        what: "cannot copy",
        path: from.to_path_buf(),
        source,
    })
}
