//! Repository rules and generators.

fn main() {}
