//! The one binary, `qiantang`.

fn main() {}
