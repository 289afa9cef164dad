use super::*;
use crate::validator_key::ValidatorKey;
use alloy_primitives::{Address, keccak256};
use std::fs;

fn applicant(name: &str) -> Applicant {
    Applicant {
        name: name.to_owned(),
        kind: "bank".to_owned(),
        jurisdiction: "CN-33".to_owned(),
        administrators: ["2", "1"]
            .map(|number| Address::from_word(keccak256(format!("{name} {number}"))))
            .to_vec(),
    }
}

fn request(port: u16, organisation: Option<Applicant>) -> JoinRequest {
    let key = ValidatorKey::random(SignatureScheme::P256).unwrap();
    let address = format!("node.example:{port}").parse().unwrap();
    let time = TimestampMs::new(u64::from(port));
    JoinRequest::new(&key, &address, organisation, time)
}

fn named(requests: &[JoinRequest]) -> Vec<(PathBuf, JoinRequest)> {
    (0..)
        .zip(requests)
        .map(|(index, request)| (PathBuf::from(format!("{index}.json")), request.clone()))
        .collect()
}

fn choices() -> Choices {
    Choices {
        name: "Test".to_owned(),
        ..Choices::default()
    }
}

#[test]
fn the_same_requests_in_any_order_make_the_same_spec_and_anchor() {
    let requests = [
        request(1, Some(applicant("West Lake Bank"))),
        request(2, Some(applicant("Harbour Bank"))),
        request(3, Some(applicant("West Lake Bank"))),
        request(4, None),
    ];
    let spec = build(&named(&requests), choices()).unwrap();
    let mut turned = requests.to_vec();
    turned.reverse();
    assert_eq!(build(&named(&turned), choices()).unwrap(), spec);
    assert!(spec.validators.is_sorted());
    assert_eq!(spec.genesis_time, TimestampMs::new(4));
    assert_eq!(spec.addresses.len(), 4);
    let names: Vec<_> = spec.organisations.iter().map(|o| o.name.as_str()).collect();
    assert_eq!(names, ["Harbour Bank", "West Lake Bank"]);
    assert_eq!(spec.organisations[1].validators.len(), 2);
    assert!((1_000_000_000..2_000_000_000).contains(&spec.chain_id));
    for request in &requests {
        assert_eq!(missing(&spec, request), []);
    }
    let found = anchor(&spec).unwrap();
    assert_eq!(anchor(&spec).unwrap(), found);
    let other = ChainSpec {
        name: "Other".to_owned(),
        ..spec
    };
    assert_ne!(anchor(&other).unwrap(), found);
}

#[test]
fn a_request_is_read_again_and_a_changed_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("request.json");
    for scheme in [SignatureScheme::P256, SignatureScheme::Ed25519] {
        let key = ValidatorKey::random(scheme).unwrap();
        let address = "[2001:db8::7]:30545".parse().unwrap();
        let made = JoinRequest::new(&key, &address, Some(applicant("A")), TimestampMs::new(9));
        made.write(&path).unwrap();
        assert_eq!(JoinRequest::read(&path).unwrap(), made);
        let text = fs::read_to_string(&path).unwrap();
        let other = ValidatorKey::random(scheme)
            .unwrap()
            .public_key()
            .to_string();
        let cases = [
            ("2001:db8::7", "2001:db8::8"),
            ("\"A\"", "\"B\""),
            ("bank", "court"),
            ("CN-33", "CN-11"),
            ("\"time\": 9", "\"time\": 10"),
            ("\"version\": 1", "\"version\": 2"),
            ("[2001:db8::7]", "[2001:0db8::7]"),
            (&made.public_key.to_string(), &other),
            ("\"signature\": \"0x", "\"signature\": \"0x00"),
            ("\"time\"", "\"tame\""),
        ];
        for (from, to) in cases {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            fs::write(&path, changed).unwrap();
            let read = JoinRequest::read(&path);
            assert!(
                matches!(read, Err(FoundingError::Request { .. })),
                "{from}: {read:?}"
            );
        }
    }
}

/// Of such a key everybody makes signatures: of everything, by the neutral point and zero.
#[test]
fn a_request_whose_key_is_of_small_order_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("request.json");
    let key = ValidatorKey::random(SignatureScheme::Ed25519).unwrap();
    let address = "192.0.2.1:30545".parse().unwrap();
    let made = JoinRequest::new(&key, &address, None, TimestampMs::new(9));
    let mut request = serde_json::to_value(&made).unwrap();
    request["publicKey"] = format!("0xed01{}", "00".repeat(31)).into();
    request["signature"] = format!("0x01{}", "00".repeat(63)).into();
    fs::write(&path, request.to_string()).unwrap();
    let refused = JoinRequest::read(&path).unwrap_err().to_string();
    assert!(refused.contains("small order"), "{refused}");

    let weak: JoinRequest = serde_json::from_value(request).unwrap();
    let spec = build(&named(&[weak]), choices()).unwrap();
    let refused = anchor(&spec).unwrap_err();
    assert!(refused.to_string().contains("small order"), "{refused}");
}

#[test]
fn requests_that_contradict_each_other_are_refused_by_name() {
    let one = request(1, Some(applicant("A")));
    let refused = |second: JoinRequest| match build(&named(&[one.clone(), second]), choices()) {
        Err(FoundingError::Conflict {
            first,
            second,
            problem,
        }) => {
            assert_eq!((first, second), ("0.json".into(), "1.json".into()));
            problem
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(one.clone()), Conflict::Key);
    assert_eq!(refused(request(1, None)), Conflict::Address);
    let other = Applicant {
        kind: "court".to_owned(),
        ..applicant("A")
    };
    assert_eq!(refused(request(2, Some(other))), Conflict::Organisation);
    let other = Applicant {
        name: "B".to_owned(),
        ..applicant("A")
    };
    assert_eq!(refused(request(2, Some(other))), Conflict::Administrator);
    let key = ValidatorKey::random(SignatureScheme::Ed25519).unwrap();
    let address = "a:1".parse().unwrap();
    let edwards = JoinRequest::new(&key, &address, None, TimestampMs::new(1));
    assert_eq!(refused(edwards), Conflict::Scheme);
    assert!(matches!(build(&[], choices()), Err(FoundingError::Empty)));
}

#[test]
fn a_member_sees_what_a_spec_holds_back() {
    let asked = request(1, Some(applicant("A")));
    let spec = build(&named(std::slice::from_ref(&asked)), choices()).unwrap();
    let check = |change: &dyn Fn(&mut ChainSpec), expected: &[Missing]| {
        let mut changed = spec.clone();
        change(&mut changed);
        assert_eq!(missing(&changed, &asked), expected);
    };
    check(
        &|spec| spec.scheme = SignatureScheme::Ed25519,
        &[Missing::Scheme],
    );
    check(&|spec| spec.validators.clear(), &[Missing::Validator]);
    check(&|spec| spec.addresses.clear(), &[Missing::Address]);
    check(&|spec| spec.organisations.clear(), &[Missing::Organisation]);
    check(&|spec| spec.organisations[0].kind.clear(), &[Missing::Kind]);
    check(
        &|spec| spec.organisations[0].jurisdiction.clear(),
        &[Missing::Jurisdiction],
    );
    check(
        &|spec| spec.organisations[0].administrators.push(Address::ZERO),
        &[Missing::Administrators],
    );
    check(
        &|spec| spec.organisations[0].validators.clear(),
        &[Missing::Owner],
    );
}
