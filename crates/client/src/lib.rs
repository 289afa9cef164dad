//! Typed access to the public interface.
