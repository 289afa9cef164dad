//! What holds for every instance: it is read back as written, and nothing else is read.

use crate::instances::{
    any_b256, any_block, any_envelope, any_header, any_receipt, any_transaction, any_trust_root,
    block, eip4844, header, legacy, receipt, transactions, trust_root,
};
use alloy_consensus::TxEnvelope;
use alloy_eips::eip2718::Encodable2718 as _;
use alloy_primitives::B256;
use alloy_rlp::Decodable as _;
use proptest::{collection::vec, prelude::*};
use qiantang_types::{
    ACCOUNT_BYTES, Account, Block, Content, Fingerprint, Header, Height, MerkleProof, Receipt,
    SystemTransaction, TRANSACTION_BYTES_MAX, Transaction, TransactionError, TrustRoot, leaf_hash,
    merkle_proof, merkle_root,
};

/// A codec under test: bytes are read and, where they are accepted, written again.
type Rewrite = fn(&[u8]) -> Option<Vec<u8>>;

fn rewrite_header(bytes: &[u8]) -> Option<Vec<u8>> {
    Header::from_bytes(bytes)
        .ok()
        .map(|header| header.to_bytes())
}

fn rewrite_block(bytes: &[u8]) -> Option<Vec<u8>> {
    Block::from_bytes(bytes).ok().map(|block| block.to_bytes())
}

fn rewrite_receipt(bytes: &[u8]) -> Option<Vec<u8>> {
    Receipt::from_bytes(bytes)
        .ok()
        .map(|receipt| receipt.to_bytes())
}

fn rewrite_transaction(bytes: &[u8]) -> Option<Vec<u8>> {
    let transaction = Transaction::decode(bytes).ok()?;
    assert_eq!(transaction.encoded(), bytes);
    assert_eq!(transaction.hash(), alloy_primitives::keccak256(bytes));
    Some(match transaction.content() {
        Content::Signed(envelope) => envelope.encoded_2718(),
        Content::System(run) => Transaction::from_system(run.clone()).encoded().to_vec(),
    })
}

fn rewrite_trust_root(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let root = TrustRoot::decode(&mut bytes)
        .ok()
        .filter(|_| bytes.is_empty())?;
    Some(alloy_rlp::encode(root))
}

fn rewrite_proof(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let proof = MerkleProof::decode(&mut bytes)
        .ok()
        .filter(|_| bytes.is_empty())?;
    Some(alloy_rlp::encode(proof))
}

const REWRITES: [Rewrite; 6] = [
    rewrite_header,
    rewrite_block,
    rewrite_receipt,
    rewrite_transaction,
    rewrite_trust_root,
    rewrite_proof,
];

/// One instance of each encoding.
fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = transactions()
        .iter()
        .map(|t| t.encoded().to_vec())
        .collect();
    let trust_root = alloy_rlp::encode(trust_root());
    seeds.extend([
        header().to_bytes(),
        block().to_bytes(),
        receipt().to_bytes(),
        trust_root,
    ]);
    seeds
}

/// The bytes are read back as written; no part of them is, nor anything behind them.
fn check(bytes: &[u8], rewrite: Rewrite) {
    assert_eq!(rewrite(bytes).as_deref(), Some(bytes));
    for end in 0..bytes.len() {
        assert_eq!(
            rewrite(&bytes[..end]),
            None,
            "the first {end} of {} bytes",
            bytes.len()
        );
    }
    for tail in [0u8, 0x80, 0xc0] {
        assert_eq!(
            rewrite(&[bytes, &[tail]].concat()),
            None,
            "followed by {tail:#x}"
        );
    }
}

/// Whatever is accepted is in its one canonical form, also after an alteration.
fn check_altered(bytes: &[u8], rewrite: Rewrite) {
    let mut altered = bytes.to_vec();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            altered[at] ^= 1 << bit;
            if let Some(again) = rewrite(&altered) {
                assert_eq!(again, altered, "bit {bit} of byte {at}");
            }
            altered[at] ^= 1 << bit;
        }
    }
}

#[test]
fn no_alteration_is_read_as_a_second_form() {
    check_altered(&header().to_bytes(), rewrite_header);
    check_altered(&receipt().to_bytes(), rewrite_receipt);
    check_altered(&alloy_rlp::encode(trust_root()), rewrite_trust_root);
    for transaction in transactions() {
        check_altered(transaction.encoded(), rewrite_transaction);
    }
    let leaves: Vec<B256> = (0..9u8).map(|n| leaf_hash(&[n])).collect();
    check_altered(
        &alloy_rlp::encode(merkle_proof(&leaves, 3).unwrap()),
        rewrite_proof,
    );
}

/// A block commits to its transactions, so altering those is found; its header has other guards.
#[test]
fn an_altered_block_is_refused_or_another_block() {
    let bytes = block().to_bytes();
    check_altered(&bytes, rewrite_block);
    let body = bytes.len()
        - transactions()
            .iter()
            .map(|t| t.encoded().len())
            .sum::<usize>();
    for at in body..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        assert!(Block::from_bytes(&altered).is_err(), "byte {at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn headers_round_trip(header in any_header()) {
        prop_assert_eq!(&Header::from_bytes(&header.to_bytes()), &Ok(header.clone()));
        check(&header.to_bytes(), rewrite_header);
    }

    #[test]
    fn receipts_round_trip(receipt in any_receipt()) {
        prop_assert_eq!(&Receipt::from_bytes(&receipt.to_bytes()), &Ok(receipt.clone()));
        check(&receipt.to_bytes(), rewrite_receipt);
    }

    #[test]
    fn transactions_round_trip(envelope in any_envelope()) {
        let transaction = Transaction::from_envelope(envelope.clone()).unwrap();
        let read = Transaction::decode(transaction.encoded()).unwrap();
        prop_assert_eq!(read.signed(), Some(&envelope));
        prop_assert_eq!(read.hash(), *envelope.tx_hash());
        check(transaction.encoded(), rewrite_transaction);
    }

    #[test]
    fn runs_of_jobs_round_trip(
        (job, due, gas) in any::<(u64, u64, u64)>(),
        (attempt, height) in any::<(u32, u64)>(),
        (caller, target) in any::<([u8; 20], [u8; 20])>(),
        input in vec(any::<u8>(), 0..200),
    ) {
        let run = SystemTransaction {
            job,
            due,
            attempt,
            height: Height::new(height),
            caller: caller.into(),
            target: target.into(),
            input: input.into(),
            gas,
        };
        let transaction = Transaction::from_system(run.clone());
        let read = Transaction::decode(transaction.encoded()).unwrap();
        prop_assert_eq!(read.system(), Some(&run));
        prop_assert_eq!(read.sender(), Ok(run.caller));
        prop_assert_eq!(read.hash(), transaction.hash());
        check(transaction.encoded(), rewrite_transaction);
    }

    #[test]
    fn blocks_round_trip(block in any_block()) {
        let bytes = block.to_bytes();
        prop_assert_eq!(&Block::from_bytes(&bytes), &Ok(block));
        check(&bytes, rewrite_block);
    }

    #[test]
    fn trust_roots_round_trip(root in any_trust_root()) {
        check(&alloy_rlp::encode(&root), rewrite_trust_root);
    }

    #[test]
    fn merkle_proofs_round_trip(index: u64, count: u64, path in vec(any_b256(), 0..5)) {
        check(&alloy_rlp::encode(MerkleProof { index, count, path }), rewrite_proof);
    }

    #[test]
    fn accounts_round_trip(bytes: [u8; 32], more: [u8; 32]) {
        let mut all = [0; ACCOUNT_BYTES];
        all[..32].copy_from_slice(&bytes);
        all[32..64].copy_from_slice(&more);
        all[64..].copy_from_slice(&bytes[..8]);
        prop_assert_eq!(Account::from_bytes(&all).to_bytes(), all);
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// Random bytes behind a plausible beginning: an error, never a panic.
    #[test]
    fn random_bytes_are_refused_or_canonical(
        mut bytes in vec(any::<u8>(), 0..300),
        head in 0usize..6,
    ) {
        let heads = [&b""[..], b"\x01", b"\x01\xf9\x01\x00", b"\x02\xf8", b"\x04\xf8", b"\xf8\x60"];
        bytes.splice(0..0, heads[head].iter().copied());
        for rewrite in REWRITES {
            if let Some(again) = rewrite(&bytes) {
                prop_assert_eq!(&again, &bytes);
            }
        }
    }

    /// Real instances cut, overwritten and lengthened: structure that random bytes never reach.
    #[test]
    fn edited_instances_are_refused_or_canonical(
        seed in 0usize..8,
        edits in vec((any::<prop::sample::Index>(), 0u8..4, any::<u8>()), 1..6),
    ) {
        let mut bytes = seeds()[seed].clone();
        for (at, kind, byte) in edits {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 if bytes.len() > 1 => drop(bytes.remove(at)),
                _ => bytes[at] = bytes[at].wrapping_add(byte % 3).wrapping_sub(1),
            }
        }
        for rewrite in REWRITES {
            if let Some(again) = rewrite(&bytes) {
                prop_assert_eq!(&again, &bytes);
            }
        }
    }

    /// Proofs with hostile numbers lead nowhere, and never to a panic.
    #[test]
    fn a_merkle_proof_of_any_shape_is_judged(
        index: u64,
        count: u64,
        shift in 0u32..64,
        path in vec(any_b256(), 0..40),
    ) {
        let leaves: Vec<B256> = (0..9u8).map(|n| leaf_hash(&[n])).collect();
        let root = merkle_root(&leaves);
        let proof = MerkleProof { index: index >> shift, count: count >> shift, path };
        prop_assert_ne!(proof.root(leaves[0]), Some(root));
    }

    #[test]
    fn a_fingerprint_is_read_back_and_typing_errors_are_not(
        root in any_trust_root(),
        at in 3usize..61,
        to in 0usize..32,
    ) {
        let fingerprint = root.fingerprint();
        let text = fingerprint.to_string();
        prop_assert_eq!(text.len(), 61);
        prop_assert_eq!(text.parse::<Fingerprint>(), Ok(fingerprint));
        let letter = char::from(b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"[to]);
        let mut altered: Vec<char> = text.chars().collect();
        altered[at] = letter;
        let altered: String = altered.into_iter().collect();
        prop_assert_eq!(altered.parse::<Fingerprint>().is_ok(), altered == text);
    }

    #[test]
    fn equal_transactions_share_a_hash(a in any_transaction(), b in any_transaction()) {
        prop_assert_eq!(a == b, a.encoded() == b.encoded());
    }
}

#[test]
fn the_largest_counts_are_judged() {
    let (leaf, index) = (leaf_hash(b"x"), 0);
    for count in [u64::MAX, u64::MAX - 1, 1 << 63, (1 << 63) + 1] {
        for path in [vec![], vec![leaf; 32], vec![leaf; 33], vec![leaf; 64]] {
            assert_eq!(
                MerkleProof {
                    index,
                    count,
                    path: path.clone()
                }
                .root(leaf),
                None
            );
            assert_eq!(
                MerkleProof {
                    index: count - 1,
                    count,
                    path
                }
                .root(leaf),
                None
            );
        }
    }
}

#[test]
fn transactions_that_no_block_holds_are_refused_by_name() {
    assert_eq!(
        Transaction::decode(&eip4844().encoded_2718()).err(),
        Some(TransactionError::Blob)
    );
    let TxEnvelope::Legacy(signed) = legacy() else {
        panic!("a legacy transaction")
    };
    let (mut tx, signature, _) = signed.into_parts();
    tx.chain_id = None;
    let unprotected = TxEnvelope::from(alloy_consensus::Signed::new_unhashed(tx, signature));
    let refusal = Transaction::decode(&unprotected.encoded_2718()).err();
    assert_eq!(refusal, Some(TransactionError::Unprotected));
    let long = vec![2; TRANSACTION_BYTES_MAX + 1];
    let refusal = Transaction::decode(&long).err();
    assert_eq!(
        refusal,
        Some(TransactionError::TooLarge(TRANSACTION_BYTES_MAX + 1))
    );
    assert!(matches!(
        Transaction::decode(&[]),
        Err(TransactionError::Malformed(_))
    ));
}

#[test]
fn an_anchor_has_one_spelling() {
    let text = trust_root().fingerprint().to_string();
    let mixed = text.replacen('q', "Q", 1);
    for wrong in [
        "",
        "qt1",
        &mixed,
        &text[..60],
        &format!("{text}q"),
        &format!(" {text}"),
    ] {
        assert!(wrong.parse::<Fingerprint>().is_err(), "{wrong}");
    }
    // The four bits that pad 32 bytes to 52 letters are zero, or there would be 16 spellings.
    let mut data: Vec<u8> = text
        .bytes()
        .map(|b| {
            b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"
                .iter()
                .position(|l| *l == b)
                .unwrap_or(0) as u8
        })
        .collect();
    data = data[3..55].to_vec();
    data[51] |= 1;
    let fields = data.into_iter().map(|n| bech32::Fe32::try_from(n).unwrap());
    let padded: String = bech32::primitives::iter::Fe32IterExt::with_checksum::<bech32::Bech32m>(
        fields,
        &bech32::Hrp::parse("qt").unwrap(),
    )
    .chars()
    .collect();
    assert_ne!(padded, text);
    assert!(padded.parse::<Fingerprint>().is_err(), "{padded}");
}
