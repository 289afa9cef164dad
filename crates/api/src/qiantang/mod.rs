//! Our own methods: the anchor, the chain spec, changes of the validator set, proofs and status.

pub(crate) mod boundaries;
pub(crate) mod follow;
pub(crate) mod proofs;
pub(crate) mod status;
