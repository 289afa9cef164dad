use super::*;
use crate::messages::Lang;
use alloy_primitives::b256;

const QUIET: Output = Output {
    lang: Lang::En,
    json: true,
};

fn hashed(paths: &[PathBuf], unreadable: Unreadable) -> Result<Hashed, Failure> {
    hash(QUIET, paths, Algorithm::Sha256, unreadable)
}

fn names(hashed: &Hashed) -> Vec<&str> {
    let names = hashed.entries.iter().map(|entry| entry.name.as_str());
    names.collect()
}

#[test]
fn a_folder_is_a_list_in_the_order_of_names() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("案卷");
    for name in ["b/z.txt", "b/a.txt", "a.txt", "b.txt", "空 格.txt"] {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "abc").unwrap();
    }
    fs::create_dir(root.join("empty")).unwrap();
    let found = hashed(std::slice::from_ref(&root), Unreadable::Refuse).unwrap();
    let expected = [
        "案卷/a.txt",
        "案卷/b.txt",
        "案卷/b/a.txt",
        "案卷/b/z.txt",
        "案卷/空 格.txt",
    ];
    assert_eq!(names(&found), expected);
    assert_eq!((found.bytes, found.is_single), (15, false));
    let abc = b256!("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert!(found.entries.iter().all(|entry| entry.digest == abc));

    let one = hashed(&[root.join("a.txt")], Unreadable::Refuse).unwrap();
    assert_eq!((names(&one), one.is_single), (vec!["a.txt"], true));
    let here = hashed(&[root.join("b/..")], Unreadable::Refuse).unwrap();
    assert_eq!(names(&here)[0], "a.txt", "`..` has no name");
    let nothing = hashed(&[root.join("empty")], Unreadable::Refuse);
    assert!(nothing.err().unwrap().message.contains("there is no file"));
}

#[cfg(unix)]
#[test]
fn what_is_not_hashed_is_named() {
    use std::os::unix::{ffi::OsStringExt as _, fs::symlink, net::UnixListener};
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("case");
    fs::create_dir(&root).unwrap();
    fs::write(root.join("good"), "abc").unwrap();
    symlink(folder.path(), root.join("loop")).unwrap();
    symlink("/etc/passwd", root.join("link")).unwrap();
    let only_links = hashed(std::slice::from_ref(&root), Unreadable::Refuse).unwrap();
    assert_eq!(names(&only_links), ["case/good"], "links are no failure");

    let _socket = UnixListener::bind(root.join("socket")).unwrap();
    let odd = std::ffi::OsString::from_vec(b"odd\xff".to_vec());
    fs::write(root.join(odd), "abc").unwrap();
    let paths = [root.clone(), root.join("absent")];
    let refused = hashed(&paths, Unreadable::Refuse).err().unwrap();
    for part in ["3 of the files", "socket: neither", "absent: ", "not UTF-8"] {
        assert!(refused.message.contains(part), "{}", refused.message);
    }
    let rest = hashed(&paths, Unreadable::LeaveOut).unwrap();
    assert_eq!(names(&rest), ["case/good"]);
}

#[test]
fn texts_for_people_do_not_act_on_the_terminal() {
    assert_eq!(plain("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\u{a}");
    assert_eq!(plain("合同\u{202e}fdp.exe"), "合同\\u{202e}fdp.exe");
}
