//! The engine's databases as the node configures them, small enough for a test.

use alloy_primitives::{Address, Bytes, U256};
use commonware_codec::Encode as _;
use commonware_cryptography::{Sha256, sha256::Digest};
use commonware_parallel::Sequential;
use commonware_runtime::{Supervisor as _, buffer::paged::CacheRef, deterministic};
use commonware_storage::{
    journal::contiguous::fixed,
    merkle::{full, mmb},
    qmdb::{
        current::{self, FixedConfig},
        floor::Proportional,
    },
    translator::EightCap,
};
use commonware_utils::{NZU16, NZU64, NZUsize, sequence::FixedBytes};
use qiantang_types::{ACCOUNT_BYTES, Account, LedgerHash};
use qiantang_verify::{
    RangeFact, RegistryFact,
    qmdb::{account_key, slot_key},
};
use std::collections::BTreeMap;

pub(crate) type Context = deterministic::Context;
pub(crate) type Family = mmb::Family;
pub(crate) type Word = FixedBytes<32>;
pub(crate) type Unordered<const N: usize> = current::unordered::fixed::Db<
    Family,
    Context,
    Digest,
    FixedBytes<N>,
    Sha256,
    EightCap,
    64,
    Sequential,
>;
pub(crate) type Ordered =
    current::ordered::fixed::Db<Family, Context, Word, Word, Sha256, EightCap, 64, Sequential>;

pub(crate) fn word(value: U256) -> Word {
    Word::new(value.to_be_bytes::<32>())
}

pub(crate) fn digest(hash: LedgerHash) -> Digest {
    Digest(hash.0)
}

fn config(name: &str) -> FixedConfig<EightCap, Sequential> {
    let page_cache = CacheRef::new(NZU16!(4096), NZUsize!(64));
    FixedConfig {
        merkle_config: full::Config {
            journal_partition: format!("{name}-nodes"),
            metadata_partition: format!("{name}-meta"),
            items_per_blob: NZU64!(4096),
            write_buffer: NZUsize!(65536),
            replay_buffer: NZUsize!(65536),
            strategy: Sequential,
            page_cache: page_cache.clone(),
        },
        journal_config: fixed::Config {
            partition: format!("{name}-log"),
            items_per_blob: NZU64!(4096),
            page_cache,
            write_buffer: NZUsize!(65536),
            replay_buffer: NZUsize!(65536),
        },
        grafted_metadata_partition: format!("{name}-graft"),
        translator: EightCap,
        init_cache: Some(NZUsize!(1024)),
        init_buffer: NZUsize!(65536),
        init_concurrency: (),
    }
}

/// A database with writes that wait for the next batch.
macro_rules! database {
    ($name:ident, $db:ty, $key:ty, $value:ty) => {
        pub(crate) struct $name {
            pub(crate) db: $db,
            writes: BTreeMap<$key, Option<$value>>,
        }

        impl $name {
            pub(crate) async fn open(context: &Context, name: &'static str) -> Self {
                let db = <$db>::init(context.child(name), config(name), None)
                    .await
                    .unwrap();
                Self {
                    db,
                    writes: BTreeMap::new(),
                }
            }

            /// Ends the batch.
            pub(crate) async fn seal(mut self) -> Self {
                let mut batch = self.db.new_batch();
                for (key, value) in std::mem::take(&mut self.writes) {
                    batch = batch.write(key, value);
                }
                let batch = batch
                    .merkleize(&self.db, None, &mut Proportional)
                    .await
                    .unwrap();
                self.db = self.db.apply_batch(batch).await.unwrap();
                self
            }

            pub(crate) fn root(&self) -> LedgerHash {
                LedgerHash::from(self.db.root().0)
            }
        }
    };
}

database!(
    Accounts,
    Unordered<ACCOUNT_BYTES>,
    Digest,
    FixedBytes<ACCOUNT_BYTES>
);
database!(Slots, Unordered<32>, Digest, Word);
database!(Registry, Ordered, Word, Word);

impl Accounts {
    pub(crate) fn put(&mut self, address: &Address, account: &Account) {
        let value = FixedBytes::new(account.to_bytes());
        self.writes
            .insert(digest(account_key(address)), Some(value));
    }

    pub(crate) async fn prove(&self, address: &Address) -> Bytes {
        self.db
            .key_value_proof(digest(account_key(address)))
            .await
            .unwrap()
            .encode()
            .into()
    }
}

impl Slots {
    pub(crate) fn operations(&self) -> u64 {
        *self.db.bounds().end
    }

    pub(crate) fn put(&mut self, address: &Address, slot: U256, value: U256) {
        self.writes
            .insert(digest(slot_key(address, &slot)), Some(word(value)));
    }

    pub(crate) fn delete(&mut self, address: &Address, slot: U256) {
        self.writes.insert(digest(slot_key(address, &slot)), None);
    }

    pub(crate) async fn prove(&self, address: &Address, slot: U256) -> Bytes {
        let key = digest(slot_key(address, &slot));
        self.db.key_value_proof(key).await.unwrap().encode().into()
    }
}

impl Registry {
    pub(crate) fn put(&mut self, slot: U256, value: Option<U256>) {
        self.writes.insert(word(slot), value.map(word));
    }

    pub(crate) async fn prove(&self, key: &Word) -> Bytes {
        self.db
            .key_value_proof(key.clone())
            .await
            .unwrap()
            .encode()
            .into()
    }

    pub(crate) async fn exclude(&self, key: &Word) -> Bytes {
        self.db.exclusion_proof(key).await.unwrap().encode().into()
    }

    pub(crate) async fn entry(&self, slot: U256, value: U256) -> RegistryFact {
        let proof = self.prove(&word(slot)).await;
        RegistryFact { slot, value, proof }
    }

    /// The range up to `last`, or up to where it would have more than `limit` entries.
    pub(crate) async fn range(&self, first: U256, last: U256, limit: usize) -> RangeFact {
        let mut fact = RangeFact {
            first,
            last,
            before: Bytes::new(),
            entries: Vec::new(),
        };
        let mut at = Some(word(first));
        if self.db.get(&word(first)).await.unwrap().is_none() {
            fact.before = self.exclude(&word(first)).await;
            at = self.db.get_next_key(&word(first)).await.unwrap();
        }
        while let Some(key) = at {
            let slot = U256::from_be_slice(key.as_ref());
            if slot > last {
                break;
            }
            if fact.entries.len() == limit {
                fact.last = slot - U256::from(1);
                break;
            }
            let value = self.db.get(&key).await.unwrap().unwrap();
            let value = U256::from_be_slice(value.as_ref());
            fact.entries.push(self.entry(slot, value).await);
            at = self.db.get_next_key(&key).await.unwrap();
        }
        fact
    }
}
