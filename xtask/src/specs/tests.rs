use super::*;

#[test]
fn finds_what_differs() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let all = stale(root).unwrap();
    assert!(all.contains(Path::new("specs/abi/Trace.json")), "{all:?}");
    assert!(
        all.contains(Path::new("specs/solidity/ITrace.sol")),
        "{all:?}"
    );

    write(root).unwrap();
    assert!(stale(root).unwrap().is_empty());

    let edited = root.join("specs/solidity/ITrace.sol");
    std::fs::write(edited, "interface ITrace {}\n").unwrap();
    std::fs::write(root.join("specs/abi/Gone.json"), "[]\n").unwrap();
    let found: Vec<_> = stale(root).unwrap().into_iter().collect();
    assert_eq!(
        found,
        ["specs/abi/Gone.json", "specs/solidity/ITrace.sol"].map(PathBuf::from)
    );
}
