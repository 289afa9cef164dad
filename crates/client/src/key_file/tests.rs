use super::*;

#[test]
fn a_key_file_is_made_opened_and_destroyed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.json");
    let made = KeyFile::create(&path, b"record").unwrap();
    assert_eq!(made.opening.commit(b"record"), made.commitment);
    assert_eq!(KeyFile::open(&path).unwrap(), made);
    let other = KeyFile::create(&folder.path().join("other"), b"record").unwrap();
    assert_ne!(
        other.commitment, made.commitment,
        "each has a key of its own"
    );
    let again = KeyFile::create(&path, b"record");
    assert!(matches!(again, Err(KeyFileError::File(_))), "{again:?}");
    assert_eq!(
        KeyFile::open(&path).unwrap(),
        made,
        "and it is not overwritten"
    );
    assert!(!format!("{made:?}").contains(&format!("{:x}", made.opening.key)));

    // The same bytes through another name show what destroying leaves on disk.
    let link = folder.path().join("link");
    fs::hard_link(&path, &link).unwrap();
    KeyFile::destroy(&path).unwrap();
    assert!(!path.exists());
    assert!(fs::read(&link).unwrap().iter().all(|byte| *byte == 0));
    assert!(matches!(KeyFile::open(&link), Err(KeyFileError::Destroyed)));
    KeyFile::destroy(&link).unwrap();
    assert!(!link.exists());
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.json");
    KeyFile::create(&path, b"").unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn other_files_are_refused_and_never_destroyed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("thesis.txt");
    let good = folder.path().join("good");
    KeyFile::create(&good, b"").unwrap();
    let good = fs::read_to_string(good).unwrap();
    for bytes in [
        "my only copy".to_owned(),
        good.replace("\"version\": 1", "\"version\": 2"),
        good.replace("commitment-key", "commitment-keys"),
        good.replace("\"salt\"", "\"pepper\""),
        "x".repeat(5 << 10),
    ] {
        fs::write(&path, &bytes).unwrap();
        let opened = KeyFile::open(&path);
        assert!(matches!(opened, Err(KeyFileError::Format(_))), "{opened:?}");
        assert!(KeyFile::destroy(&path).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), bytes);
    }
}
