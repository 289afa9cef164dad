//! `qiantang network start`, `stop` and `kill`: the processes of a network.

use super::{
    layout::{Layout, Member, config_file},
    process::{Process, Signal},
    status,
};
use crate::{failure::Failure, messages::NetworkMessage as M, output::Output};
use futures::future::{join_all, try_join_all};
use qiantang_client::Client;
use std::{
    fs,
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
    process::Stdio,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::{Instant, MissedTickBehavior, interval, timeout},
};

/// How long a node may take until it serves; a new one writes genesis first.
const READY_TIMEOUT: Duration = Duration::from_secs(120);

/// How long the first block may take once all serve.
const BLOCK_TIMEOUT: Duration = Duration::from_secs(60);

/// How often is asked whether there is a block.
const ASK_EVERY: Duration = Duration::from_millis(20);

/// How long a node may take to end.
const STOP_TIMEOUT: Duration = Duration::from_secs(60);

/// Bytes of a log's end that are shown where a node does not start.
const LOG_BYTES_SHOWN: u64 = 2000;

/// Starts validators, or all, and waits until they serve and the chain makes blocks.
pub(super) async fn start(
    output: Output,
    layout: &Layout,
    indexes: &[usize],
) -> Result<(), Failure> {
    let chosen = layout.choose(output, indexes)?;
    let down = chosen
        .iter()
        .filter(|member| Process::of(&member.dir).is_none());
    let started: Vec<&Member> = down.collect();
    let mut children = Vec::new();
    for member in &started {
        children.push(spawn(output, member)?);
    }
    let waits = children
        .into_iter()
        .zip(&started)
        .map(|(child, member)| ready(output, child, member));
    // All are waited for, so that none is left half started behind the failure of another.
    for outcome in join_all(waits).await {
        outcome?;
    }
    let running = layout
        .members
        .iter()
        .filter(|member| Process::of(&member.dir).is_some());
    if !started.is_empty() && running.count() >= layout.quorum() {
        first_block(output, &started).await?;
    }
    status::show(output, layout).await
}

/// Starts the process of a validator, in a group of its own so that Ctrl-C does not reach it.
fn spawn(output: Output, member: &Member) -> Result<Child, Failure> {
    let log = member.log();
    let failed = |error: io::Error| Failure::write(output.lang, &log, &error);
    let file = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&log)
        .map_err(failed)?;
    let program = std::env::current_exe()
        .map_err(|error| output.failure(M::NotStarted, &[&member.name(), &error]))?;
    Command::new(program)
        .args(["start", "--json", "--config"])
        .arg(config_file(&member.dir))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(file)
        .process_group(0)
        .spawn()
        .map_err(|error| output.failure(M::NotStarted, &[&member.name(), &error]))
}

/// Waits until a new process says that it serves.
async fn ready(output: Output, mut child: Child, member: &Member) -> Result<(), Failure> {
    let mut line = String::new();
    let read = async {
        match child.stdout.take() {
            Some(stdout) => BufReader::new(stdout).read_line(&mut line).await,
            None => Ok(0),
        }
    };
    let outcome = timeout(READY_TIMEOUT, read).await;
    let fail = |reason: String| {
        let log = member.log();
        Failure {
            hint: Some(output.say(M::SeeLog, &[&log.display()])),
            ..output.failure(M::NotStarted, &[&member.name(), &reason])
        }
    };
    match outcome {
        // The line belongs to the log as well.
        Ok(Ok(1..)) => append(&member.log(), &line).map_err(|error| fail(error.to_string())),
        Ok(Ok(_)) => {
            let _ = child.wait().await;
            Err(fail(tail(&member.log()).unwrap_or_default()))
        }
        Ok(Err(error)) => Err(fail(error.to_string())),
        Err(_) => {
            let seconds = READY_TIMEOUT.as_secs();
            Err(fail(output.say(M::Slow, &[&seconds])))
        }
    }
}

fn append(log: &Path, line: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().append(true).open(log)?;
    file.write_all(line.as_bytes())
}

/// The last lines of a log.
fn tail(log: &Path) -> Option<String> {
    let mut file = fs::File::open(log).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LOG_BYTES_SHOWN)))
        .ok()?;
    let mut bytes = Vec::new();
    file.take(LOG_BYTES_SHOWN).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().rev().take(5).collect();
    Some(lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
}

/// Waits until every one of these has a block that it did not have when it began to serve.
async fn first_block(output: Output, members: &[&Member]) -> Result<(), Failure> {
    let waits = members.iter().map(|member| async {
        let client = Client::new(&member.url()).map_err(super::of_client(output))?;
        let before = client.height().await.map_err(super::of_client(output))?;
        let end = Instant::now() + BLOCK_TIMEOUT;
        let mut ticks = interval(ASK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let height = client.height().await.map_err(super::of_client(output))?;
            if height > before {
                return Ok(());
            }
            if Instant::now() >= end {
                let seconds = BLOCK_TIMEOUT.as_secs();
                return Err(output
                    .failure(M::NoBlock, &[&member.name(), &height, &seconds])
                    .hint(output.lang, M::NoBlockHint));
            }
        }
    });
    try_join_all(waits).await.map(|_| ())
}

/// Ends validators, or all, in order, and waits until they have ended.
pub(super) async fn stop(
    output: Output,
    layout: &Layout,
    indexes: &[usize],
) -> Result<(), Failure> {
    end(output, layout, indexes, Signal::Terminate).await
}

/// Ends validators as a power cut does.
pub(super) async fn kill(
    output: Output,
    layout: &Layout,
    indexes: &[usize],
) -> Result<(), Failure> {
    end(output, layout, indexes, Signal::Kill).await
}

async fn end(
    output: Output,
    layout: &Layout,
    indexes: &[usize],
    signal: Signal,
) -> Result<(), Failure> {
    let chosen = layout.choose(output, indexes)?;
    let mut processes = Vec::new();
    for member in &chosen {
        if let Some(process) = Process::of(&member.dir) {
            tell(output, member, &process, signal)?;
            processes.push((member, process));
        }
    }
    let mut ended = Vec::new();
    let waits = processes.into_iter().map(|(member, process)| async move {
        let pid = process.pid();
        (member, pid, process.ended(STOP_TIMEOUT).await)
    });
    for (member, pid, outcome) in join_all(waits).await {
        match outcome {
            Ok(true) => ended.push(member.name()),
            Err(error) => {
                return Err(output.failure(M::NotSignalled, &[&member.name(), &pid, &error]));
            }
            Ok(false) => {
                let seconds = STOP_TIMEOUT.as_secs();
                return Err(output
                    .failure(M::NotEnded, &[&member.name(), &pid, &seconds])
                    .hint(output.lang, M::NotEndedHint));
            }
        }
    }
    let what = serde_json::json!({ "ended": ended });
    output.data(&what, || match ended.as_slice() {
        [] => output.lang.text(M::NoneRuns).to_owned(),
        names => output.say(M::Ended, &[&names.join(", ")]),
    })
}

/// Sends a signal; one that has ended in between is fine.
pub(super) fn tell(
    output: Output,
    member: &Member,
    process: &Process,
    signal: Signal,
) -> Result<(), Failure> {
    match process.signal(signal) {
        Err(error) if Process::of(&member.dir).is_some() => {
            let (name, pid) = (member.name(), process.pid());
            Err(output.failure(M::NotSignalled, &[&name, &pid, &error]))
        }
        _ => Ok(()),
    }
}
