use super::*;

#[test]
fn counts_this_process() {
    let process = Process {
        pid: std::process::id(),
    };
    if !Path::new("/proc/self/stat").exists() {
        return;
    }
    assert!(process.memory_bytes().unwrap() > 1 << 20);
    assert!(process.cpu_seconds().unwrap() >= 0.0);
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("below")).unwrap();
    fs::write(folder.path().join("below/file"), vec![1; 10_000]).unwrap();
    assert!(directory_bytes(folder.path()).unwrap() >= 10_000);
}
