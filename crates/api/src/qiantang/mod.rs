//! Our own methods: the anchor, the chain spec, proofs and status.

pub(crate) mod proofs;
pub(crate) mod status;
