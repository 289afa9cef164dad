//! The changes of the validator set: kept with their blocks, imported without them.

use crate::{
    ledger::{BOUNDARY_EVERY, Made, ledger},
    model::{open, small},
};
use alloy_primitives::Bytes;
use proptest::prelude::*;
use qiantang_state::history::{Appended, DIRECTORY, Store, StoreError};
use qiantang_types::{Boundary, Header, Height};

/// What a store that holds `made` says about the changes up to a height: them, or the height of the
/// first whose certificate it has not.
pub(crate) fn expected(made: &[Made], up_to: Height) -> Result<Vec<Boundary>, Height> {
    let blocks = made.iter().filter(|one| {
        let header = &one.block.header;
        !header.extension.is_empty() && header.height <= up_to
    });
    let boundary = |one: &Made| {
        let header = one.block.header.clone();
        let missing = header.height;
        let certificate = one.certificate.clone().ok_or(missing)?;
        Ok(Boundary {
            header,
            certificate,
        })
    };
    blocks.map(boundary).collect()
}

pub(crate) fn found(store: &Store, up_to: Height) -> Result<Vec<Boundary>, Height> {
    store.boundaries(up_to).map_err(|error| match error {
        StoreError::Uncertified { height } => height,
        other => panic!("{other}"),
    })
}

/// A ledger whose boundaries all have certificates, and these.
fn certified(seed: u64, count: u64) -> (Vec<Made>, Vec<Boundary>) {
    let mut made = ledger(seed, count, 3);
    for one in &mut made {
        let height = one.block.header.height;
        one.certificate = Some(Bytes::from(format!("of {height}").into_bytes()));
    }
    let boundaries = expected(&made, Height::new(u64::MAX)).unwrap();
    (made, boundaries)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_store_keeps_them_with_their_blocks(seed: u64, blocks in 1..60_u64, blocks_only: bool) {
        let made = ledger(seed, blocks, 2);
        let dir = tempfile::tempdir().unwrap();
        let mut store = open(dir.path());
        for (at, one) in made.iter().enumerate() {
            one.append(&store).unwrap();
            let up_to = Height::new(u64::MAX);
            prop_assert_eq!(found(&store, up_to), expected(&made[..=at], up_to));
        }
        drop(store);
        store = if blocks_only {
            Store::open_blocks(&dir.path().join(DIRECTORY), small()).unwrap()
        } else {
            open(dir.path())
        };
        for height in 0..=blocks {
            let up_to = Height::new(height);
            prop_assert_eq!(found(&store, up_to), expected(&made, up_to));
        }
    }
}

#[test]
fn a_certificate_that_comes_later_completes_them() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let (made, boundaries) = certified(4, 40);
    for one in &made {
        let mut bare = one.clone();
        bare.certificate = None;
        bare.append(&store).unwrap();
    }
    let all = Height::new(39);
    for (at, boundary) in boundaries.iter().enumerate() {
        let height = boundary.header.height;
        assert_eq!(found(&store, all), Err(height));
        let refused = store.boundaries_from(0, at + 1).unwrap_err().to_string();
        assert!(
            refused.contains(&format!("block {height}, after which")),
            "{refused}"
        );
        assert_eq!(store.boundaries_from(0, at).unwrap(), boundaries[..at]);
        match at % 3 {
            0 => store
                .put_certificate(height, &boundary.certificate)
                .unwrap(),
            1 => store
                .import_boundary(&boundary.header, &boundary.certificate)
                .unwrap(),
            _ => {
                let again = made[height.get() as usize].append(&store).unwrap();
                assert_eq!(again, Appended::AlreadyThere);
            }
        }
        let certificate = store.certificate(height).unwrap();
        assert_eq!(certificate.as_ref(), Some(&boundary.certificate));
    }
    assert!(boundaries.len() > 3);
    assert_eq!(found(&store, all), Ok(boundaries));
}

#[test]
fn a_store_without_blocks_takes_them_and_their_blocks_afterwards() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let (made, boundaries) = certified(5, 30);
    for boundary in boundaries.iter().rev() {
        for _ in 0..2 {
            store
                .import_boundary(&boundary.header, &boundary.certificate)
                .unwrap();
        }
    }
    assert_eq!(store.head(), None);
    drop(store);
    let store = open(dir.path());
    assert_eq!(store.head(), None);
    let all = Height::new(29);
    assert_eq!(found(&store, all), Ok(boundaries.clone()));
    // The blocks come without certificates, or with others, which are as good.
    for one in &made {
        let mut other = one.clone();
        let odd = one.block.header.height.get() % 2 == 1;
        other.certificate = odd.then(|| Bytes::from_static(b"another quorum"));
        other.append(&store).unwrap();
    }
    assert_eq!(found(&store, all), Ok(boundaries));
}

#[test]
fn pages_begin_at_an_epoch() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let (made, boundaries) = certified(6, 200);
    for one in &made {
        one.append(&store).unwrap();
    }
    for from in 0..=200 / BOUNDARY_EVERY {
        for limit in [0, 1, 3, usize::MAX] {
            let later = boundaries
                .iter()
                .filter(|boundary| boundary.header.context.epoch >= from);
            let expected: Vec<_> = later.take(limit).cloned().collect();
            assert_eq!(store.boundaries_from(from, limit).unwrap(), expected);
        }
    }
    assert_eq!(store.boundaries_from(u64::MAX, 9).unwrap(), []);
}

#[test]
fn what_contradicts_a_stored_one_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let (made, boundaries) = certified(7, 30);
    let [first, second, ..] = &boundaries[..] else {
        panic!("two boundaries at least")
    };
    let height = first.header.height;
    for one in &made[..=height.get() as usize] {
        one.append(&store).unwrap();
    }
    store
        .import_boundary(&second.header, &second.certificate)
        .unwrap();
    let forked = |header: &Header| {
        let other = Header {
            gas_used: 77,
            ..header.clone()
        };
        let refused = store
            .import_boundary(&other, &first.certificate)
            .unwrap_err();
        let expected = (header.height, header.hash(), other.hash());
        assert!(
            matches!(refused, StoreError::Forked { height, stored, offered, .. }
                if (height, stored, offered) == expected),
            "{refused}"
        );
    };
    forked(&first.header);
    forked(&second.header);
    // A block that is stored and changed nothing.
    let quiet = &made[height.get() as usize - 1].block.header;
    let other = Header {
        extension: Bytes::from_static(b"a set"),
        ..quiet.clone()
    };
    let refused = store.import_boundary(&other, &first.certificate);
    assert!(matches!(refused, Err(StoreError::Forked { .. })));
    for (header, certificate) in [(quiet, &first.certificate), (&first.header, &Bytes::new())] {
        let refused = store.import_boundary(header, certificate);
        assert!(matches!(refused, Err(StoreError::Unfit { .. })));
    }
    // Blocks on the way to the imported one, and then another than that.
    let last = second.header.height.get() as usize;
    for one in &made[height.get() as usize + 1..last] {
        one.append(&store).unwrap();
    }
    let mut stranger = made[last].clone();
    stranger.block.header.gas_limit += 1;
    let refused = stranger.append(&store).unwrap_err();
    assert!(matches!(refused, StoreError::Forked { .. }), "{refused}");
    made[last].append(&store).unwrap();
    assert_eq!(found(&store, Height::new(29)), Ok(boundaries[..2].to_vec()));
}
