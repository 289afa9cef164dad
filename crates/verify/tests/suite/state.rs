//! State proofs taken from the engine's databases, judged by the engine and here.

use crate::database::{Accounts, Context, Family, Registry, Slots, Unordered, Word, digest, word};
use alloy_primitives::{Address, Bytes, U256};
use commonware_codec::{Decode as _, Encode as _};
use commonware_cryptography::{Hasher as _, Sha256, sha256::Digest};
use commonware_runtime::{Runner as _, deterministic};
use commonware_storage::{
    merkle::mmb,
    qmdb::{
        any::value::FixedEncoding,
        current::{ordered::proof::constant as ordered, unordered::proof::constant as unordered},
    },
};
use commonware_utils::{NZU64, sequence::FixedBytes};
use qiantang_types::{ACCOUNT_BYTES, Account, LedgerHash};
use qiantang_verify::{
    AbsenceFact, AccountFact, RegistryFact, SlotFact,
    qmdb::{
        StateProofError, account_key, slot_key, verify_account, verify_registry_absence,
        verify_registry_entry, verify_slot,
    },
};
use std::collections::BTreeMap;

type OperationProof = unordered::KeyValueProof<Family, Digest, 64>;
type EntryProof = ordered::KeyValueProof<Family, Word, Digest, 64>;
type GapProof = ordered::ExclusionProof<Family, Word, FixedEncoding<Word>, Digest, 64>;

const HASHES_MAX: usize = 122;

/// A small generator of schedules; the numbers need not be good, only repeatable.
struct Schedule(u64);

impl Schedule {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Which shapes of logs the proofs of a run had, so that a run cannot pass by missing them.
#[derive(Debug, Default)]
struct Shapes {
    proofs: u32,
    pending: u32,
    aligned: u32,
    inactive_peaks: u32,
    own_chunk_last: u32,
    own_chunk_pending: u32,
    own_chunk_grafted: u32,
}

impl Shapes {
    fn count(&mut self, proof: &OperationProof) {
        let (range, own) = (&proof.range_proof, *proof.loc / 512);
        let complete = *range.proof.leaves / 512;
        let pending = range.pending_chunk_digest.is_some();
        self.proofs += 1;
        self.pending += u32::from(pending);
        self.aligned += u32::from(range.partial_chunk_digest.is_none());
        self.inactive_peaks += u32::from(range.proof.inactive_peaks > 0);
        self.own_chunk_last += u32::from(own == complete);
        self.own_chunk_pending += u32::from(pending && own + 1 == complete);
        self.own_chunk_grafted += u32::from(own + u64::from(pending) < complete);
    }

    fn assert_varied(&self) {
        let seen = [
            self.pending,
            self.inactive_peaks,
            self.own_chunk_last,
            self.own_chunk_pending,
            self.own_chunk_grafted,
        ];
        assert!(
            seen.iter().all(|count| *count > 0),
            "a shape never occurred: {self:?}"
        );
    }
}

fn holder(n: u64) -> Address {
    Address::left_padding_from(&n.to_be_bytes())
}

fn engine_accepts_slot(fact: &SlotFact, root: &LedgerHash) -> bool {
    let key = digest(slot_key(&fact.address, &fact.slot));
    OperationProof::decode_cfg(fact.proof.0.clone(), &HASHES_MAX).is_ok_and(|proof| {
        Unordered::<32>::verify_key_value_proof(key, word(fact.value), &proof, &digest(*root))
    })
}

fn engine_accepts_account(fact: &AccountFact, root: &LedgerHash) -> bool {
    let key = digest(account_key(&fact.address));
    let value = FixedBytes::new(fact.account().to_bytes());
    OperationProof::decode_cfg(fact.proof.0.clone(), &HASHES_MAX).is_ok_and(|proof| {
        Unordered::<ACCOUNT_BYTES>::verify_key_value_proof(key, value, &proof, &digest(*root))
    })
}

fn engine_accepts_entry(fact: &RegistryFact, root: &LedgerHash) -> bool {
    let (key, value) = (word(fact.slot), word(fact.value));
    EntryProof::decode_cfg(fact.proof.0.clone(), &(HASHES_MAX, ()))
        .is_ok_and(|proof| proof.verify::<Sha256, FixedEncoding<Word>>(key, value, &digest(*root)))
}

fn engine_accepts_absence(fact: &AbsenceFact, root: &LedgerHash) -> bool {
    GapProof::decode_cfg(fact.proof.0.clone(), &(HASHES_MAX, (), ()))
        .is_ok_and(|proof| proof.verify::<Sha256>(&word(fact.slot), &digest(*root)))
}

/// Compares one slot's proof, and a wrong value's, and notes the shape.
async fn compare_slot(slots: &Slots, n: u64, value: U256, shapes: &mut Shapes) {
    let (root, address, slot) = (slots.root(), holder(n), U256::from(n));
    let fact = SlotFact {
        address,
        slot,
        value,
        proof: slots.prove(&address, slot).await,
    };
    assert!(engine_accepts_slot(&fact, &root));
    assert_eq!(
        verify_slot(&root, &fact),
        Ok(()),
        "{} operations",
        slots.operations()
    );
    shapes.count(&OperationProof::decode_cfg(fact.proof.0.clone(), &HASHES_MAX).unwrap());
    let wrong = SlotFact {
        value: value + U256::from(1),
        ..fact
    };
    assert!(matches!(
        verify_slot(&root, &wrong),
        Err(StateProofError::Root { .. })
    ));
}

/// Slots in batches of all sizes with updates and deletions; after every batch some proofs.
async fn compare_batches(context: Context) -> Shapes {
    let (mut shapes, mut schedule) = (Shapes::default(), Schedule(1));
    let mut slots = Slots::open(&context, "slots").await;
    let mut model: BTreeMap<u64, U256> = BTreeMap::new();
    while slots.operations() < 6000 {
        let universe = 1 + slots.operations() / 2;
        for _ in 0..1 + schedule.below(1 + slots.operations().min(60)) {
            let (n, value) = (
                schedule.below(universe),
                U256::from(1 + schedule.below(1 << 30)),
            );
            if schedule.below(5) == 0 {
                model.remove(&n);
                slots.delete(&holder(n), U256::from(n));
            } else {
                model.insert(n, value);
                slots.put(&holder(n), U256::from(n), value);
            }
        }
        slots = slots.seal().await;
        for pick in [0, model.len() / 2, model.len().saturating_sub(1)] {
            if let Some((n, value)) = model.iter().nth(pick) {
                compare_slot(&slots, *n, *value, &mut shapes).await;
            }
        }
    }
    shapes
}

#[test]
fn slots_agree_with_the_engine_through_thousands_of_operations() {
    let shapes = deterministic::Runner::default().start(compare_batches);
    assert!(shapes.proofs > 300, "{shapes:?}");
    shapes.assert_varied();
}

/// A log that grows by the smallest steps, past several chunks; after every step one proof.
async fn compare_steps(context: Context) -> Shapes {
    let (mut shapes, mut schedule) = (Shapes::default(), Schedule(3));
    let mut slots = Slots::open(&context, "slots").await;
    let mut model: Vec<U256> = Vec::new();
    while slots.operations() < 9000 {
        let value = U256::from(1 + schedule.below(1 << 30));
        let len = model.len() as u64;
        let n = if schedule.below(3) > 0 {
            len
        } else {
            schedule.below(len + 1)
        };
        match model.get_mut(n as usize) {
            Some(old) => *old = value,
            None => model.push(value),
        }
        slots.put(&holder(n), U256::from(n), value);
        slots = slots.seal().await;
        let pick = schedule.below(model.len() as u64);
        compare_slot(&slots, pick, model[pick as usize], &mut shapes).await;
    }
    shapes
}

#[test]
fn slots_agree_with_the_engine_at_every_size_of_the_log() {
    let shapes = deterministic::Runner::default().start(compare_steps);
    assert!(shapes.proofs > 1000 && shapes.aligned > 0, "{shapes:?}");
    shapes.assert_varied();
}

/// A registry, what it must hold, and how many proofs of it were compared.
struct ComparedRegistry {
    registry: Registry,
    model: BTreeMap<U256, U256>,
    schedule: Schedule,
    entries: u32,
    gaps: u32,
    empties: u32,
}

impl ComparedRegistry {
    async fn compare_entry(&mut self) {
        let root = self.registry.root();
        let pick = self.schedule.below(1 + self.model.len() as u64) as usize;
        let Some((slot, value)) = self.model.iter().nth(pick) else {
            return;
        };
        let proof = self.registry.prove(&word(*slot)).await;
        let fact = RegistryFact {
            slot: *slot,
            value: *value,
            proof,
        };
        assert!(engine_accepts_entry(&fact, &root));
        assert_eq!(verify_registry_entry(&root, &fact), Ok(()));
        let wrong = RegistryFact {
            value: *value + U256::from(1),
            ..fact
        };
        assert!(verify_registry_entry(&root, &wrong).is_err());
        self.entries += 1;
    }

    async fn compare_absence(&mut self, slot: U256) {
        if self.model.contains_key(&slot) {
            return;
        }
        let root = self.registry.root();
        let fact = AbsenceFact {
            slot,
            proof: self.registry.exclude(&word(slot)).await,
        };
        assert!(engine_accepts_absence(&fact, &root));
        assert_eq!(verify_registry_absence(&root, &fact), Ok(()));
        self.gaps += u32::from(!self.model.is_empty());
        self.empties += u32::from(self.model.is_empty());
        for present in self.model.keys().take(1).chain(self.model.keys().last()) {
            let wrong = AbsenceFact {
                slot: *present,
                ..fact.clone()
            };
            assert!(verify_registry_absence(&root, &wrong).is_err());
            assert!(!engine_accepts_absence(&wrong, &root));
        }
    }

    fn write(&mut self) {
        let slot = U256::from(self.schedule.below(100_000) * 7);
        let value = (self.schedule.below(4) > 0).then(|| U256::from(1 + self.schedule.below(999)));
        self.registry.put(slot, value);
        match value {
            Some(value) => self.model.insert(slot, value),
            None => self.model.remove(&slot),
        };
    }

    fn clear(&mut self) {
        for slot in std::mem::take(&mut self.model).into_keys() {
            self.registry.put(slot, None);
        }
    }
}

/// The registry, batch by batch, down to empty and up again.
async fn compare_registry(context: Context) -> (u32, u32, u32) {
    let mut compared = ComparedRegistry {
        registry: Registry::open(&context, "registry").await,
        model: BTreeMap::new(),
        schedule: Schedule(2),
        entries: 0,
        gaps: 0,
        empties: 0,
    };
    for round in 0..160u64 {
        compared.compare_entry().await;
        let random = U256::from(compared.schedule.below(100_000) * 7 + 1);
        for slot in [U256::ZERO, U256::MAX, random] {
            compared.compare_absence(slot).await;
        }
        if round % 40 == 39 {
            compared.clear();
        } else {
            (0..1 + compared.schedule.below(25)).for_each(|_| compared.write());
        }
        compared.registry = compared.registry.seal().await;
    }
    (compared.entries, compared.gaps, compared.empties)
}

#[test]
fn the_registry_agrees_with_the_engine_on_presence_and_absence() {
    let (entries, gaps, empties) = deterministic::Runner::default().start(compare_registry);
    assert!(
        entries > 100 && gaps > 300 && empties > 8,
        "{entries} {gaps} {empties}"
    );
}

async fn compare_accounts(context: Context) {
    let mut accounts = Accounts::open(&context, "accounts").await;
    for round in 0..30u64 {
        for n in 0..=round * 3 {
            let balance = U256::from(n) << 100;
            accounts.put(
                &holder(n),
                &Account {
                    nonce: round,
                    balance,
                    ..Account::default()
                },
            );
        }
        accounts = accounts.seal().await;
        let root = accounts.root();
        for n in [0, round, round * 3] {
            let fact = AccountFact {
                address: holder(n),
                nonce: round,
                balance: U256::from(n) << 100,
                code_hash: Account::default().code_hash,
                proof: accounts.prove(&holder(n)).await,
            };
            assert!(engine_accepts_account(&fact, &root));
            assert_eq!(verify_account(&root, &fact), Ok(()));
            let older = AccountFact {
                nonce: round + 1,
                ..fact
            };
            assert!(verify_account(&root, &older).is_err());
        }
    }
}

#[test]
fn accounts_agree_with_the_engine() {
    deterministic::Runner::default().start(compare_accounts);
}

/// Every bit of a proof of each kind is altered; neither side may accept.
async fn compare_altered(context: Context) {
    let mut slots = Slots::open(&context, "slots").await;
    let mut registry = Registry::open(&context, "registry").await;
    for n in 0..1100u64 {
        slots.put(&holder(n), U256::from(n), U256::from(n + 1));
        registry.put(U256::from(n * 2), Some(U256::from(n + 1)));
    }
    let (slots, registry) = (slots.seal().await, registry.seal().await);
    let (root, registry_root) = (slots.root(), registry.root());
    let (address, slot, value) = (holder(9), U256::from(9), U256::from(10));
    let fact = SlotFact {
        address,
        slot,
        value,
        proof: slots.prove(&address, slot).await,
    };
    assert_eq!(verify_slot(&root, &fact), Ok(()));
    for proof in altered(&fact.proof) {
        let fact = SlotFact {
            proof,
            ..fact.clone()
        };
        assert!(verify_slot(&root, &fact).is_err() && !engine_accepts_slot(&fact, &root));
    }
    let (slot, value) = (U256::from(8), U256::from(5));
    let fact = RegistryFact {
        slot,
        value,
        proof: registry.prove(&word(slot)).await,
    };
    assert_eq!(verify_registry_entry(&registry_root, &fact), Ok(()));
    for proof in altered(&fact.proof) {
        let fact = RegistryFact {
            proof,
            ..fact.clone()
        };
        assert!(verify_registry_entry(&registry_root, &fact).is_err());
        assert!(!engine_accepts_entry(&fact, &registry_root));
    }
    let slot = U256::from(9);
    let fact = AbsenceFact {
        slot,
        proof: registry.exclude(&word(slot)).await,
    };
    assert_eq!(verify_registry_absence(&registry_root, &fact), Ok(()));
    for proof in altered(&fact.proof) {
        let fact = AbsenceFact {
            proof,
            ..fact.clone()
        };
        assert!(verify_registry_absence(&registry_root, &fact).is_err());
        assert!(!engine_accepts_absence(&fact, &registry_root));
    }
}

/// All single-bit changes, all truncations, one byte more.
fn altered(proof: &Bytes) -> impl Iterator<Item = Bytes> {
    let flips = (0..proof.len() * 8).map(|at| {
        let mut bytes = proof.to_vec();
        bytes[at / 8] ^= 1 << (at % 8);
        bytes.into()
    });
    let cuts = (0..proof.len()).map(|end| proof.slice(..end));
    flips
        .chain(cuts)
        .chain(std::iter::once([proof.as_ref(), &[0]].concat().into()))
}

#[test]
fn no_altered_state_proof_is_accepted() {
    deterministic::Runner::default().start(compare_altered);
}

#[test]
fn a_proof_of_a_replaced_value_is_refused() {
    deterministic::Runner::default().start(|context| async move {
        let mut slots = Slots::open(&context, "slots").await;
        let (address, slot) = (holder(1), U256::from(1));
        slots.put(&address, slot, U256::from(5));
        slots = slots.seal().await;
        let proof = slots.prove(&address, slot).await;
        let old = SlotFact {
            address,
            slot,
            value: U256::from(5),
            proof,
        };
        assert_eq!(verify_slot(&slots.root(), &old), Ok(()));
        slots.put(&address, slot, U256::from(6));
        slots = slots.seal().await;
        assert!(verify_slot(&slots.root(), &old).is_err());
    });
}

/// The log keeps what was replaced, so its place can be proved; only the bitmap tells.
#[test]
fn an_operation_that_is_no_longer_current_is_refused() {
    deterministic::Runner::default().start(|context| async move {
        let mut slots = Slots::open(&context, "slots").await;
        let (address, slot) = (holder(1), U256::from(1));
        for value in [5, 6] {
            slots.put(&address, slot, U256::from(value));
            slots = slots.seal().await;
        }
        let root = slots.root();
        // Operation 0 opens the log, the first batch's only update is operation 1.
        let (loc, one) = (mmb::Location::new(1), NZU64!(1));
        let (range_proof, operations, chunks) = slots.db.range_proof(loc, one).await.unwrap();
        let honest = OperationProof {
            loc,
            chunk: chunks[0],
            range_proof,
        };
        assert!(honest.range_proof.verify::<Sha256, _, 64>(
            loc,
            &operations,
            &chunks,
            &digest(root)
        ));
        let fact = |proof: &OperationProof| SlotFact {
            address,
            slot,
            value: U256::from(5),
            proof: proof.encode().into(),
        };
        assert_eq!(
            verify_slot(&root, &fact(&honest)),
            Err(StateProofError::Inactive(1))
        );
        let mut forged = honest;
        forged.chunk[0] |= 1 << 1;
        assert_eq!(
            verify_slot(&root, &fact(&forged)),
            Err(StateProofError::Chunk("last"))
        );
        forged.range_proof.partial_chunk_digest = Some(Sha256::hash(&[&forged.chunk]));
        assert!(matches!(
            verify_slot(&root, &fact(&forged)),
            Err(StateProofError::Root { .. })
        ));
    });
}
