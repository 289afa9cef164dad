//! What a follower signs when it asks to be let in: nobody takes a place with the key of another.
//!
//! ```text
//! signed       namespace "qiantang follow request",
//!              then anchor (32 bytes), key (33 bytes), time (8 bytes)
//! ```
//!
//! The time is in milliseconds since 1970, most significant byte first. Whoever overhears a request
//! can repeat it for a minute, which lets nobody else in: connections are authenticated by the key.

use alloy_primitives::Bytes;
use qiantang_api::FollowRequest;
use qiantang_consensus::{PrivateKey, verify};
use qiantang_types::{Fingerprint, TimestampMs};

/// What keeps the signature from meaning something else elsewhere.
const NAMESPACE: &[u8] = b"qiantang follow request";

/// How far the clocks of two nodes may be apart, in milliseconds.
const APART_MS_MAX: u64 = 60_000;

/// A request of this key.
pub(super) fn sign(key: &PrivateKey, anchor: &Fingerprint, now: TimestampMs) -> FollowRequest {
    let mut request = FollowRequest {
        key: key.public_bytes(),
        time: now.get(),
        signature: Bytes::new(),
    };
    request.signature = key.sign(NAMESPACE, &signed(&request, anchor)).into();
    request
}

/// Whether a request is of its key, for this chain and of now; what is wrong with it otherwise.
pub(super) fn check(
    request: &FollowRequest,
    anchor: &Fingerprint,
    now: TimestampMs,
) -> Result<(), String> {
    let apart = request.time.abs_diff(now.get());
    if apart > APART_MS_MAX {
        let side = match request.time > now.get() {
            true => "ahead of",
            false => "behind",
        };
        return Err(format!(
            "`time` is {apart} ms {side} this node's clock, more than {APART_MS_MAX}; set the \
             clocks of both by NTP"
        ));
    }
    let length = request.signature.len();
    let signature = <[u8; 64]>::try_from(request.signature.as_ref())
        .map_err(|_| format!("`signature` has {length} bytes, not 64"))?;
    match verify(
        &request.key,
        NAMESPACE,
        &signed(request, anchor),
        &signature,
    ) {
        Ok(true) => Ok(()),
        Ok(false) => Err(
            "`signature` is not of `key` over this chain's anchor, the key and the time; does the \
             follower have the same chain.json?"
                .to_owned(),
        ),
        Err(error) => Err(format!("`key`: {error}")),
    }
}

fn signed(request: &FollowRequest, anchor: &Fingerprint) -> Vec<u8> {
    [
        anchor.as_bytes(),
        request.key.as_ref(),
        &request.time.to_be_bytes(),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use qiantang_types::SignatureScheme;

    const NOW: TimestampMs = TimestampMs::new(1_800_000_000_000);

    fn anchor() -> Fingerprint {
        Fingerprint::from_bytes([7; 32])
    }

    fn key(seed: u8) -> PrivateKey {
        PrivateKey::from_bytes(SignatureScheme::P256, &[seed; 32]).unwrap()
    }

    #[test]
    fn a_request_holds_for_its_key_its_chain_and_a_minute() {
        for scheme in SignatureScheme::ALL {
            let key = PrivateKey::from_bytes(scheme, &[3; 32]).unwrap();
            for time in [NOW.get() - 60_000, NOW.get(), NOW.get() + 60_000] {
                let request = sign(&key, &anchor(), TimestampMs::new(time));
                assert_eq!(check(&request, &anchor(), NOW), Ok(()));
            }
            for (time, side) in [
                (NOW.get() - 60_001, "60001 ms behind"),
                (NOW.get() + 60_001, "60001 ms ahead"),
                (0, "ms behind"),
                (u64::MAX, "ms ahead"),
            ] {
                let request = sign(&key, &anchor(), TimestampMs::new(time));
                let refused = check(&request, &anchor(), NOW).unwrap_err();
                assert!(refused.contains(side), "{refused}");
            }
        }
    }

    #[test]
    fn nobody_asks_with_the_key_of_another() {
        let whole = sign(&key(3), &anchor(), NOW);
        let refused = |change: fn(&mut FollowRequest), anchor: Fingerprint, reason: &str| {
            let mut request = whole.clone();
            change(&mut request);
            let refused = check(&request, &anchor, NOW).unwrap_err();
            assert!(refused.contains(reason), "{refused}");
        };
        let other_chain = Fingerprint::from_bytes([8; 32]);
        refused(|_| {}, other_chain, "is not of `key`");
        refused(|request| request.time += 1, anchor(), "is not of `key`");
        refused(
            |request| request.key = key(4).public_bytes(),
            anchor(),
            "is not of `key`",
        );
        refused(
            |request| request.signature = sign(&key(4), &anchor(), NOW).signature,
            anchor(),
            "is not of `key`",
        );
        refused(
            |request| request.signature = Bytes::from(vec![1; 63]),
            anchor(),
            "has 63 bytes, not 64",
        );
        refused(
            |request| request.key = vec![5; 33].into(),
            anchor(),
            "`key`: ",
        );
        refused(|request| request.key = Bytes::new(), anchor(), "`key`: ");
        // A point of small order and what signs everything with it.
        refused(
            |request| {
                request.key = [vec![0xed, 1], vec![0; 31]].concat().into();
                request.signature = [vec![1], vec![0; 63]].concat().into();
            },
            anchor(),
            "small order",
        );
    }
}
