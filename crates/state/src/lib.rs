//! Keep the authenticated state, its history and its proofs.
