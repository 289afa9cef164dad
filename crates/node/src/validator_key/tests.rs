use super::*;
use std::os::unix::fs::OpenOptionsExt as _;

fn write_private(path: &Path, text: &str) {
    let _ = fs::remove_file(path);
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .unwrap();
    io::Write::write_all(&mut file, text.as_bytes()).unwrap();
}

fn plain(path: &Path) -> Result<Box<ValidatorKey>, KeyFileError> {
    match KeyFile::read(path)? {
        KeyFile::Plain(key) => Ok(key),
        KeyFile::Encrypted(_) => panic!("it is encrypted"),
    }
}

fn encrypted(path: &Path) -> Result<Box<EncryptedKey>, KeyFileError> {
    match KeyFile::read(path)? {
        KeyFile::Plain(_) => panic!("it is plain"),
        KeyFile::Encrypted(key) => Ok(key),
    }
}

const SCHEMES: [SignatureScheme; 2] = [SignatureScheme::P256, SignatureScheme::Ed25519];

#[test]
fn a_key_is_written_and_read_again_with_and_without_a_passphrase() {
    let folder = tempfile::tempdir().unwrap();
    for scheme in SCHEMES {
        let key = ValidatorKey::random(scheme).unwrap();
        assert!(scheme.has_key_form(&key.public_key()));
        let path = folder.path().join(format!("{scheme:?}.plain"));
        key.write(&path, None).unwrap();
        let read = plain(&path).unwrap();
        assert_eq!(read.public_key(), key.public_key());
        assert_eq!(read.scheme(), scheme);
        let signature = read.sign(b"test", b"message");
        let check = |namespace: &[u8], message: &[u8]| {
            qiantang_consensus::verify(&key.public_key(), namespace, message, &signature).unwrap()
        };
        assert!(check(b"test", b"message"));
        assert!(!check(b"test", b"massage"));
        assert!(!check(b"text", b"message"));
        let again = key.write(&path, None);
        assert!(matches!(again, Err(KeyFileError::File { .. })), "{again:?}");
        assert!(!format!("{key:?}").contains(&hex::encode(key.secret.as_slice())));

        let path = folder.path().join(format!("{scheme:?}.json"));
        key.write(&path, Some("river")).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains(&hex::encode(key.secret.as_slice())));
        let sealed = encrypted(&path).unwrap();
        assert_eq!(sealed.public_key(), &key.public_key());
        assert_eq!(sealed.open("river").unwrap().secret, key.secret);
        for wrong in ["", "River", "river "] {
            let opened = sealed.open(wrong);
            assert!(
                matches!(opened, Err(KeyFileError::Passphrase { .. })),
                "{wrong}"
            );
        }
        for path in fs::read_dir(folder.path()).unwrap() {
            let mode = path.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}

#[test]
fn a_file_that_others_may_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("validator.key");
    ValidatorKey::random(SignatureScheme::P256)
        .unwrap()
        .write(&path, None)
        .unwrap();
    for mode in [0o640, 0o604, 0o644, 0o620, 0o666] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = plain(&path).unwrap_err();
        assert!(matches!(error, KeyFileError::Exposed { .. }), "{error}");
        assert!(error.to_string().contains("chmod 600"), "{error}");
        assert!(read_passphrase(&path).is_err());
    }
    for mode in [0o600, 0o400] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        plain(&path).unwrap();
    }
    assert!(matches!(
        plain(&folder.path().join("none")),
        Err(KeyFileError::File { .. })
    ));
}

#[test]
fn other_texts_are_no_keys() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("validator.key");
    let digits = "11".repeat(32);
    for text in [
        "",
        "11",
        "hello",
        &"00".repeat(32),
        &"ff".repeat(32),
        &format!("{digits}11"),
        &format!("bls:{digits}"),
        "{}",
        "{\"version\": 3}",
    ] {
        write_private(&path, text);
        let read = KeyFile::read(&path).err();
        assert!(
            matches!(read, Some(KeyFileError::Damaged { .. })),
            "{text}: {read:?}"
        );
    }
    write_private(&path, &format!("  {digits}\n"));
    plain(&path).unwrap();
}

#[test]
fn a_damaged_document_is_refused_and_does_not_panic() {
    let folder = tempfile::tempdir().unwrap();
    let (good, path) = (folder.path().join("good"), folder.path().join("bad"));
    let key = ValidatorKey::random(SignatureScheme::P256).unwrap();
    key.write(&good, Some("x")).unwrap();
    let good = fs::read_to_string(good).unwrap();
    let other = ValidatorKey::random(SignatureScheme::P256).unwrap();
    for (from, to) in [
        ("\"version\": 3", "\"version\": 4".to_owned()),
        ("aes-128-ctr", "aes-256-gcm".to_owned()),
        ("\"n\": 1024", "\"n\": 1023".to_owned()),
        ("\"n\": 1024", "\"n\": 0".to_owned()),
        ("\"n\": 1024", "\"n\": 4294967296".to_owned()),
        ("\"r\": 8", "\"r\": 4096".to_owned()),
        ("\"r\": 8", "\"r\": 0".to_owned()),
        ("\"dklen\": 32", "\"dklen\": 8".to_owned()),
        ("\"iv\": \"", "\"iv\": \"00".to_owned()),
        ("\"ciphertext\": \"", "\"ciphertext\": \"00".to_owned()),
        ("\"mac\": \"", "\"mac\": \"zz".to_owned()),
    ] {
        let bad = good.replacen(from, &to, 1);
        assert_ne!(bad, good, "{from}");
        write_private(&path, &bad);
        let read = encrypted(&path).map(|_| ());
        assert!(
            matches!(read, Err(KeyFileError::Damaged { .. })),
            "{from}: {read:?}"
        );
    }
    write_private(
        &path,
        &good.replace(
            &key.public_key().to_string(),
            &other.public_key().to_string(),
        ),
    );
    let opened = encrypted(&path).unwrap().open("x");
    assert!(
        matches!(opened, Err(KeyFileError::Damaged { .. })),
        "{opened:?}"
    );
}

#[test]
fn what_another_implementation_encrypted_opens() {
    // Made with the scrypt and AES of Node's crypto and the Keccak-256 of viem.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("example.json");
    let secret = hex!("7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d");
    let expected =
        ValidatorKey::from_secret(SignatureScheme::P256, Zeroizing::new(secret)).unwrap();
    let text = format!(
        r#"{{"version": 3, "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6", "scheme": "p256",
        "publicKey": "{}", "crypto": {{
        "cipher": "aes-128-ctr",
        "cipherparams": {{"iv": "83dbcc02d8ccb40e466191a123791e0e"}},
        "ciphertext": "29864c4438f68f9cc5c8f032a790de33050b154e72434daefb04e7c429101dc4",
        "kdf": "scrypt",
        "kdfparams": {{"dklen": 32, "n": 4096, "r": 8, "p": 2,
        "salt": "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"}},
        "mac": "7ba62bbc1761d562fc0577a681018cd69b33ea6e88432488f7cbd6a08a6eed65"}}}}"#,
        expected.public_key()
    );
    write_private(&path, &text);
    let key = encrypted(&path).unwrap().open("testpassword").unwrap();
    assert_eq!(key.secret, expected.secret);
}

#[test]
fn a_passphrase_is_the_first_line_of_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("passphrase");
    write_private(&path, "钱塘 river\nnot this\n");
    assert_eq!(read_passphrase(&path).unwrap().as_str(), "钱塘 river");
}
