//! What others rely on: the layout of the storage.

use crate::{governance::Governance, solc};

#[test]
fn the_storage_is_laid_out_as_a_compiler_lays_it_out() {
    let source = std::fs::read_to_string(solc::folder().join("Governance.sol")).unwrap();
    if let Some(compiled) = solc::compile(&source) {
        assert_eq!(
            solc::described::<Governance>(),
            solc::reported(&compiled, "Governance")
        );
    }
}
