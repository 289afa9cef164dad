//! What others rely on: the layout of the storage.

use crate::{approvals::Approvals, solc};

#[test]
fn the_storage_is_laid_out_as_a_compiler_lays_it_out() {
    let source = std::fs::read_to_string(solc::folder().join("Approvals.sol")).unwrap();
    if let Some(compiled) = solc::compile(&source) {
        assert_eq!(
            solc::described::<Approvals>(),
            solc::reported(&compiled, "Approvals")
        );
    }
}
