//! Flips bytes in the store's files: a read gives the right value or an error, never another value.
