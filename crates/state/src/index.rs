//! How the registry's index in memory orders keys.
//!
//! The engine's own translators keep the first eight bytes of a key and scan the keys that share
//! them, which is right for hashes. Registry keys begin with a domain and a subject, so all entries
//! of one subject would share one place of the index, and each access would read all of them.

use commonware_storage::translator::{OrderedTranslator, Translator};
use std::hash::{BuildHasher, DefaultHasher};

/// Bytes of a registry key.
const KEY_BYTES: usize = 32;

/// Indexes a key by all its 32 bytes, so that no two keys share a place.
#[derive(Clone, Debug, Default)]
pub struct WholeWord;

impl Translator for WholeWord {
    type Key = [u8; KEY_BYTES];

    fn transform(&self, key: &[u8]) -> Self::Key {
        let mut whole = [0; KEY_BYTES];
        for (to, from) in whole.iter_mut().zip(key) {
            *to = *from;
        }
        whole
    }
}

/// Keys of one length keep their order.
impl OrderedTranslator for WholeWord {}

/// Asked for by the trait; an ordered index hashes nothing.
impl BuildHasher for WholeWord {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> Self::Hasher {
        DefaultHasher::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_of_one_subject_have_places_of_their_own() {
        let key = |n: u8| {
            let mut key = [7; KEY_BYTES];
            key[KEY_BYTES - 1] = n;
            WholeWord.transform(&key)
        };
        let places: std::collections::BTreeSet<_> = (0..=255).map(key).collect();
        assert_eq!(places.len(), 256);
    }

    proptest! {
        #[test]
        fn order_is_kept(a: [u8; KEY_BYTES], b: [u8; KEY_BYTES]) {
            let places = WholeWord.transform(&a).cmp(&WholeWord.transform(&b));
            prop_assert_eq!(places, a.cmp(&b));
        }
    }
}
