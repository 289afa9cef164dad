use super::*;
use alloy_primitives::Address;

fn raw(text: &str) -> Box<RawValue> {
    serde_json::from_str(text).unwrap()
}

#[test]
fn parameters_are_positional_and_counted() {
    let three = raw("[1,2,3]");
    assert_eq!(Args::parse(Some(&three), 2).err().unwrap().code(), -32602);
    assert_eq!(
        Args::parse(Some(&raw("{\"a\":1}")), 2)
            .err()
            .unwrap()
            .code(),
        -32602
    );
    let args = Args::parse(None, 2).unwrap();
    assert_eq!(
        args.required::<u64>(0).unwrap_err().message(),
        "missing value for required argument 0"
    );
    let some = raw("[null, 7]");
    let args = Args::parse(Some(&some), 2).unwrap();
    assert_eq!(args.optional::<u64>(0).unwrap(), None);
    assert_eq!(args.required::<u64>(1).unwrap(), 7);
    assert!(
        args.required::<Address>(1)
            .unwrap_err()
            .message()
            .starts_with("invalid argument 1")
    );
}

#[test]
fn data_needs_its_prefix_and_whole_bytes() {
    for (text, expected) in [
        ("0x", Some(&[][..])),
        ("0x0aFf", Some(&[10, 255][..])),
        ("0aff", None),
        ("0x0", None),
        ("0x0x", None),
        ("0xzz", None),
    ] {
        let found = hex_data(text, 0);
        match expected {
            Some(bytes) => assert_eq!(found.unwrap(), bytes, "{text}"),
            None => assert_eq!(found.unwrap_err().code(), -32602, "{text}"),
        }
    }
}

#[test]
fn storage_keys_are_words_of_hex() {
    for (text, expected) in [
        ("0x", Some(0)),
        ("0x1", Some(1)),
        ("10", Some(16)),
        ("0xasdf", None),
        ("0x+1", None),
        ("0x1_0", None),
    ] {
        assert_eq!(storage_key(text).ok(), expected.map(U256::from), "{text}");
    }
    let long = format!("0x{}", "0".repeat(65));
    assert!(
        storage_key(&long)
            .unwrap_err()
            .message()
            .starts_with("storage key too long")
    );
}
