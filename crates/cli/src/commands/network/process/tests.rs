use super::*;
use std::{fs, fs::File, process::Command};

#[test]
fn a_stranger_with_the_remembered_number_is_not_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let lock = folder.path().join("LOCK");
    File::create(&lock).unwrap();
    assert!(Process::of(folder.path()).is_none(), "no number");
    fs::write(folder.path().join("pid"), std::process::id().to_string()).unwrap();
    assert!(Process::of(folder.path()).is_none(), "the lock is not open");
    let held = File::open(&lock).unwrap();
    let found = Process::of(folder.path()).unwrap();
    assert_eq!(found.pid(), std::process::id());
    drop(held);
    assert!(Process::of(folder.path()).is_none(), "it is closed again");
    for text in ["", "0", "-1", "1 2", "99999999999", "4194305"] {
        fs::write(folder.path().join("pid"), text).unwrap();
        assert!(Process::of(folder.path()).is_none(), "{text}");
    }
}

#[tokio::test]
async fn the_end_of_a_process_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let lock = folder.path().join("LOCK");
    let mut child = Command::new("cat")
        .stdin(std::process::Stdio::piped())
        .stdout(File::create(&lock).unwrap())
        .spawn()
        .unwrap();
    fs::write(folder.path().join("pid"), child.id().to_string()).unwrap();
    let process = Process::of(folder.path()).unwrap();
    let again = Process::of(folder.path()).unwrap();
    assert!(!again.ended(Duration::ZERO).await.unwrap());
    process.signal(Signal::Terminate).unwrap();
    assert!(process.ended(Duration::from_secs(60)).await.unwrap());
    assert!(!child.wait().unwrap().success());
    assert!(Process::of(folder.path()).is_none());
}
