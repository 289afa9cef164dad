//! Business modules over a typed storage context.
