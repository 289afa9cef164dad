//! Assemble the crates into a running node.
