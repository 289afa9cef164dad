//! The sample journey is one that the Trace module accepts: every document, in order, with custody
//! moving between the four parties, down to the leaves from which a tin was made.

#![expect(clippy::unwrap_used, reason = "a failing helper fails its test")]

use std::path::{Path, PathBuf};

use alloy_primitives::{Address, Bytes};
use alloy_sol_types::SolCall;
use qiantang_modules::testing::MapContext;
use qiantang_modules::trace::ITrace;
use qiantang_modules::{MODULES, Module};

const TIN_7: &str = "https://id.gs1.org/01/09521102002026/21/LJ260007";
const LEAVES: [&str; 2] = [
    "https://id.gs1.org/01/09521101001013/10/SF-20260402",
    "https://id.gs1.org/01/09521101001013/10/WJS-20260402",
];

/// The parties by the word in the file names, with the global location number of each.
const PARTIES: [(&str, &str); 4] = [
    ("garden", "https://id.gs1.org/417/9521101000009"),
    ("factory", "https://id.gs1.org/417/9521102000008"),
    ("carrier", "https://id.gs1.org/417/9521103000007"),
    ("shop", "https://id.gs1.org/417/9521104000006"),
];

struct Chain {
    module: &'static Module,
    context: MapContext,
}

impl Chain {
    fn new() -> Self {
        let module = MODULES
            .iter()
            .find(|module| module.name == "Trace")
            .unwrap();
        let mut chain = Self {
            module,
            context: MapContext::new(module.address),
        };
        for (party, id) in PARTIES {
            let register = ITrace::registerPartyCall {
                partyId: id.to_owned(),
            };
            chain.call(party, &register).unwrap();
        }
        chain
    }

    fn call<C: SolCall>(&mut self, party: &str, call: &C) -> Result<C::Return, String> {
        self.context.caller = account(party);
        let answer = self
            .context
            .call(self.module, &call.abi_encode())
            .map_err(|halt| format!("{halt:?}"))?;
        Ok(C::abi_decode_returns(&answer).unwrap())
    }

    fn capture(&mut self, party: &str, document: &[u8]) -> Result<usize, String> {
        let document = Bytes::copy_from_slice(document);
        Ok(self.call(party, &ITrace::captureCall { document })?.len())
    }
}

fn account(party: &str) -> Address {
    let index = PARTIES.iter().position(|(name, _)| *name == party).unwrap();
    Address::with_last_byte(u8::try_from(index).unwrap() + 1)
}

/// The documents in their order, with the word of the party that captures each.
fn documents() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/longjing");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "jsonld"))
        .collect();
    paths.sort();
    let party = |path: &PathBuf| {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        stem.split('-').nth(1).unwrap().to_owned()
    };
    paths
        .iter()
        .map(|path| (path.clone(), party(path)))
        .collect()
}

fn after_all() -> Chain {
    let mut chain = Chain::new();
    let mut events = 0;
    for (path, party) in documents() {
        let document = std::fs::read(&path).unwrap();
        events += chain
            .capture(&party, &document)
            .unwrap_or_else(|halt| panic!("{}: {halt}", path.display()));
    }
    assert_eq!((documents().len(), events), (15, 26));
    chain
}

#[test]
fn every_document_is_accepted_and_custody_ends_at_the_shop() {
    let mut chain = after_all();
    let tin = chain
        .call(
            "shop",
            &ITrace::itemCall {
                id: TIN_7.to_owned(),
            },
        )
        .unwrap();
    assert_eq!(tin.custodian, account("shop"));
    assert_eq!(tin.commissioner, account("factory"));
    assert_eq!(tin.status, ITrace::Status::Active);
    assert!(
        tin.originVerified && tin.complete && !tin.recalled,
        "{tin:?}"
    );
    assert!(tin.container.is_empty(), "{tin:?}");
}

#[test]
fn a_tin_knows_its_leaves_and_a_recall_of_them_reaches_it() {
    let mut chain = after_all();
    let ancestors = ITrace::ancestorsCall {
        id: TIN_7.to_owned(),
        cursor: Default::default(),
        limit: Default::default(),
    };
    let found: Vec<_> = chain
        .call("shop", &ancestors)
        .unwrap()
        .relatives
        .into_iter()
        .map(|relative| relative.id)
        .collect();
    for leaves in LEAVES {
        assert!(
            found.iter().any(|id| id == leaves),
            "{leaves} is not in {found:?}"
        );
    }
    let recall = ITrace::recallCall {
        id: LEAVES[0].to_owned(),
        reason: "residue".to_owned(),
    };
    assert!(
        chain.call("shop", &recall).is_err(),
        "only the garden may recall its leaves"
    );
    chain.call("garden", &recall).unwrap();
    let tin = chain
        .call(
            "shop",
            &ITrace::itemCall {
                id: TIN_7.to_owned(),
            },
        )
        .unwrap();
    assert!(tin.recalled && tin.recalledId == LEAVES[0], "{tin:?}");
}

#[test]
fn nobody_else_can_submit_a_step() {
    for (wrong_index, (path, party)) in documents().iter().enumerate() {
        let other = if party == "shop" { "garden" } else { "shop" };
        let mut chain = Chain::new();
        for (path, party) in &documents()[..wrong_index] {
            chain.capture(party, &std::fs::read(path).unwrap()).unwrap();
        }
        // The first document brings new lots into being, which anybody may do with their own.
        let refused = chain.capture(other, &std::fs::read(path).unwrap()).is_err();
        assert_eq!(refused, wrong_index > 0, "{}", path.display());
    }
}
