//! What others rely on: the layout of the storage.

use crate::{approvals::Approvals, published};

#[test]
fn the_storage_is_laid_out_as_a_compiler_lays_it_out() {
    published::assert_layout::<Approvals>("Approvals");
}
