//! Damaged files, a directory that cannot be written, a full disk: a clear error, never silent
//! damage.

use super::{
    call, config,
    folder::{copy, files},
    height, reach,
};
use qiantang_consensus::EngineError;
use qiantang_node::{NodeError, Running, dev, replay};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A chain that cannot start in `dir` says where.
async fn assert_refused_by_name(dir: &Path) {
    let started = dev(config(dir)).await;
    let error = started.map(|_| ()).unwrap_err().to_string();
    assert!(error.contains(&dir.display().to_string()), "{error}");
}

async fn chain(dir: &Path) -> u64 {
    let running = dev(config(dir)).await.unwrap();
    let reached = reach(&running, 8).await;
    running.stop().await.unwrap();
    reached
}

/// The state root that a header has: what a stranger would compare.
fn state_root(running: &Running, at: u64) -> String {
    let answer = call(
        running.rpc,
        "eth_getBlockByNumber",
        &format!("[\"{at:#x}\",false]"),
    );
    answer.split("\"stateRoot\":\"").nth(1).unwrap()[..66].to_owned()
}

/// Files of the authenticated state, which a replay rebuilds.
fn is_state(file: &Path) -> bool {
    let name = file.to_string_lossy().into_owned();
    ["accounts", "slots", "registry", "code"]
        .iter()
        .any(|db| name.contains(&format!("chain-{db}-")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flipped_byte_in_any_file_of_the_engine_is_an_error_or_harmless() {
    let dir = tempfile::tempdir().unwrap();
    let whole = dir.path().join("whole");
    let reached = chain(&whole).await;
    let running = dev(config(&whole)).await.unwrap();
    let honest = state_root(&running, reached);
    running.stop().await.unwrap();
    let mut all = files(&whole.join("engine"));
    all.retain(|file| fs::metadata(file).unwrap().len() > 0);
    let (mut refused, mut repaired) = (0, 0);
    for (index, file) in all.iter().enumerate().step_by(3) {
        let damaged = dir.path().join(format!("damaged-{index}"));
        copy(&whole, &damaged);
        let victim = damaged.join(file.strip_prefix(&whole).unwrap());
        let mut bytes = fs::read(&victim).unwrap();
        let at = bytes.len() * (index % 7) / 7;
        bytes[at] ^= 0x10;
        fs::write(&victim, bytes).unwrap();
        let error = match dev(config(&damaged)).await {
            Ok(running) => {
                assert_eq!(state_root(&running, reached), honest);
                assert!(height(running.rpc) >= reached);
                running.stop().await.unwrap();
                continue;
            }
            Err(error) => error,
        };
        refused += 1;
        let text = error.to_string();
        assert!(text.contains(&damaged.display().to_string()), "{text}");
        assert!(text.contains("qiantang replay"), "{text}");
        if let NodeError::Engine(EngineError::Damaged { file, .. }) = &error {
            assert_eq!(file, &victim, "the damaged file is named");
        }
        if is_state(&victim) {
            let path = damaged.clone();
            let report = tokio::task::spawn_blocking(move || replay(&path, true, |_, _| {})).await;
            assert!(report.unwrap().unwrap().repaired);
            let running = dev(config(&damaged)).await.unwrap();
            assert_eq!(state_root(&running, reached), honest);
            running.stop().await.unwrap();
            repaired += 1;
        }
        fs::remove_dir_all(&damaged).unwrap();
    }
    assert!(refused > 5, "only {refused} of the damages were noticed");
    assert!(repaired > 2, "only {repaired} of the damages were repaired");
}

/// A file system of its own, unmounted at the end.
struct Mount(PathBuf);

impl Mount {
    /// `None` where this process may not mount, which is said.
    fn new(at: PathBuf, megabytes: u32) -> Option<Self> {
        fs::create_dir_all(&at).unwrap();
        let size = format!("size={megabytes}m");
        let mounted = run(&["mount", "-t", "tmpfs", "-o", &size, "tmpfs"], &at);
        if !mounted {
            eprintln!("skipped: this process may not mount a file system");
            assert!(
                std::env::var_os("CI").is_none(),
                "CI must be able to mount a file system"
            );
            return None;
        }
        Some(Self(at))
    }

    fn remount(&self, option: &str) {
        assert!(run(&["mount", "-o", &format!("remount,{option}")], &self.0));
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        run(&["umount", "-l"], &self.0);
    }
}

fn run(command: &[&str], at: &Path) -> bool {
    let status = std::process::Command::new(command[0])
        .args(&command[1..])
        .arg(at)
        .status();
    status.is_ok_and(|status| status.success())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_stops_the_node_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let Some(mount) = Mount::new(dir.path().join("small"), 400) else {
        return;
    };
    let path = mount.0.join("chain");
    let running = dev(config(&path)).await.unwrap();
    let reached = reach(&running, 3).await;
    let ballast = mount.0.join("ballast");
    fs::write(&ballast, vec![1; 200 << 20]).unwrap();
    running.failed().await;
    let error = running.stop().await.unwrap_err().to_string();
    assert!(error.contains("free"), "{error}");
    assert!(error.contains(&path.display().to_string()), "{error}");
    fs::remove_file(&ballast).unwrap();
    let running = dev(config(&path)).await.unwrap();
    assert!(height(running.rpc) >= reached);
    reach(&running, reached.saturating_add(3)).await;
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_directory_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let Some(mount) = Mount::new(dir.path().join("frozen"), 400) else {
        return;
    };
    let path = mount.0.join("chain");
    mount.remount("ro");
    assert_refused_by_name(&path).await;
    mount.remount("rw");
    chain(&path).await;
    mount.remount("ro");
    assert_refused_by_name(&path).await;
}
