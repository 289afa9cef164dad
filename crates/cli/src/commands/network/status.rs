//! `qiantang network status`: what every validator says of itself, and what is wrong.

use super::{
    layout::{Layout, Member},
    process::Process,
};
use crate::{
    commands::doctor::{Known, Node, Reading, Registry, Report, ask, readings, span},
    failure::Failure,
    messages::NetworkMessage as M,
    output::Output,
};
use alloy_primitives::B256;
use console::{Term, measure_text_width, style, truncate_str};
use futures::future::try_join_all;
use serde::Serialize;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// How often the live table is drawn.
const DRAW_EVERY: Duration = Duration::from_secs(1);

/// Characters of a hash in the table.
const HASH_CHARS: usize = 10;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Network {
    chain_id: u64,
    name: String,
    validators: Vec<Validator>,
    /// What `qiantang doctor` finds.
    #[serde(flatten)]
    report: Report,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Validator {
    name: String,
    rpc: String,
    p2p: String,
    running: bool,
    pid: Option<u32>,
    height: Option<u64>,
    digest: Option<B256>,
    state_root: Option<B256>,
    peers: Option<u64>,
    #[serde(flatten)]
    reading: Reading,
    fault: Option<String>,
    /// Why there is no answer.
    error: Option<String>,
}

/// Shows the validators once, or again and again until Ctrl-C.
pub(super) async fn run(output: Output, layout: &Layout, watch: bool) -> Result<(), Failure> {
    if !watch {
        return show(output, layout).await;
    }
    let mut signals = crate::commands::signal::Signals::catch(output)?;
    tokio::select! {
        ended = draw(output, layout) => ended,
        () = signals.stop() => match Term::stdout().is_term() {
            // What the shell writes next begins a line.
            true => output.raw(b"\n"),
            false => Ok(()),
        },
    }
}

/// Draws the table until it is dropped.
async fn draw(output: Output, layout: &Layout) -> Result<(), Failure> {
    let terminal = Term::stdout();
    let mut ticks = interval(DRAW_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut lines = 0;
    loop {
        ticks.tick().await;
        let network = examine(output, layout).await?;
        if output.json || !terminal.is_term() {
            output.data(&network, || table(output, layout, &network))?;
            continue;
        }
        // On a terminal the table stays in its place, which must not be larger than the screen.
        let (rows, columns) = terminal.size();
        let text = fit(
            &table(output, layout, &network),
            rows.into(),
            columns.into(),
        );
        let _ = terminal.clear_last_lines(lines);
        lines = text.lines().count();
        output.raw(text.as_bytes())?;
    }
}

/// The first lines that a screen of this size holds, none longer than it is wide.
fn fit(text: &str, rows: usize, columns: usize) -> String {
    let lines = text.lines().take(rows.saturating_sub(1));
    let cut = lines.map(|line| format!("{}\n", truncate_str(line, columns, "…")));
    cut.collect()
}

/// Shows the validators once.
pub(super) async fn show(output: Output, layout: &Layout) -> Result<(), Failure> {
    let network = examine(output, layout).await?;
    output.data(&network, || table(output, layout, &network))
}

async fn examine(output: Output, layout: &Layout) -> Result<Network, Failure> {
    let asked = layout.members.iter().map(|member| ask_one(output, member));
    let (processes, nodes): (Vec<_>, Vec<_>) = try_join_all(asked).await?.into_iter().unzip();
    let readings = readings(&nodes);
    let mut validators = Vec::new();
    for (index, (member, node)) in layout.members.iter().zip(&nodes).enumerate() {
        let pid = processes.get(index).copied().flatten();
        let reading = readings.get(index).cloned().unwrap_or_default();
        validators.push(validator(member, pid, node, reading));
    }
    // Whose process has ended is missed by the others; that it does not answer is no news.
    let running = nodes.into_iter().zip(processes);
    let running = running.filter_map(|(node, pid)| pid.map(|_| node));
    let running: Vec<Node> = running.collect();
    let mut report = Report::of(output, &running, &registry(output, layout)?);
    report.healthy &= !running.is_empty();
    Ok(Network {
        chain_id: layout.spec.chain_id,
        name: layout.spec.name.clone(),
        validators,
        report,
    })
}

/// The validators under the names that they have here.
fn registry(output: Output, layout: &Layout) -> Result<Registry, Failure> {
    let known = layout.members.iter().map(|member| {
        let known = Known {
            name: Some(member.name()),
            organisation: None,
            address: Some(member.config.p2p.to_string()),
        };
        Ok((member.public_key(output)?, known))
    });
    known.collect()
}

async fn ask_one(output: Output, member: &Member) -> Result<(Option<u32>, Node), Failure> {
    let pid = Process::of(&member.dir).map(|process| process.pid());
    let node = match pid {
        Some(_) => ask(output, &member.url()).await?,
        None => Node {
            url: member.url(),
            seen: Err(output.lang.text(M::Down).to_owned()),
        },
    };
    Ok((pid, node))
}

fn validator(member: &Member, pid: Option<u32>, node: &Node, reading: Reading) -> Validator {
    let seen = node.seen.as_ref();
    let status = seen.ok().and_then(|seen| seen.status.as_ref());
    let error = seen.err().filter(|_| pid.is_some());
    Validator {
        name: member.name(),
        rpc: member.url(),
        p2p: member.config.p2p.to_string(),
        running: pid.is_some(),
        pid,
        height: status.map(|status| status.height),
        digest: status.map(|status| status.digest),
        state_root: status.map(|status| status.state_root),
        peers: status.map(|status| status.peers),
        reading,
        fault: status.and_then(|status| status.fault.clone()),
        error: error.cloned(),
    }
}

fn table(output: Output, layout: &Layout, network: &Network) -> String {
    let word = |message| output.lang.text(message).to_owned();
    let head = [
        M::ColumnName,
        M::ColumnProcess,
        M::ColumnHeight,
        M::ColumnPeers,
        M::ColumnVote,
        M::ColumnClock,
        M::ColumnDisk,
        M::ColumnVersion,
        M::ColumnBlock,
        M::ColumnState,
        M::ColumnRpc,
    ];
    let mut rows = vec![head.map(word)];
    rows.extend(network.validators.iter().map(|one| row(output, one)));
    let dir = layout.dir.display();
    let title = output.say(M::Title, &[&network.name, &network.chain_id, &dir]);
    format!(
        "{}\n{}{}",
        style(title).bold(),
        columns(&rows),
        network.report.text(output)
    )
}

fn row(output: Output, one: &Validator) -> [String; 11] {
    let number = |number: Option<u64>| number.map_or("-".to_owned(), |n| n.to_string());
    let hash = |hash: Option<B256>| {
        let text = hash.map_or("-".to_owned(), |hash| hash.to_string());
        text.chars().take(HASH_CHARS).collect::<String>()
    };
    let process = match one.pid {
        Some(pid) => pid.to_string(),
        None => output.lang.text(M::Down).to_owned(),
    };
    let (reading, or) = (&one.reading, "-".to_owned());
    let milliseconds = |text: String| format!("{text} ms");
    [
        one.name.clone(),
        process,
        number(one.height),
        number(one.peers),
        reading.vote_age_ms.map_or(or.clone(), span),
        reading
            .clock_ahead_ms
            .map_or(or.clone(), |ahead| milliseconds(format!("{ahead:+}"))),
        reading
            .disk_ms
            .map_or(or.clone(), |took| milliseconds(took.to_string())),
        reading.version.clone().unwrap_or(or),
        hash(one.digest),
        hash(one.state_root),
        one.rpc.clone(),
    ]
}

/// Rows in columns; Chinese characters are two columns wide.
fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(measure_text_width(cell));
        }
    }
    let mut text = String::new();
    for row in rows {
        for (width, cell) in widths.iter().zip(row) {
            let gap = width.saturating_sub(measure_text_width(cell));
            text.push_str(&format!("  {cell}{}", " ".repeat(gap)));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_holds_what_fits() {
        assert_eq!(fit("abc\ndef\nghi", 3, 2), "a…\nd…\n");
        assert_eq!(fit("区块高度", 9, 5), "区块…\n");
        assert_eq!(fit("a", 0, 0), "");
    }

    #[test]
    fn columns_are_as_wide_as_they_look() {
        let rows = [["高度", "x"], ["1", "y"]].map(|row| row.map(str::to_owned));
        assert_eq!(columns(&rows), "  高度  x\n  1     y\n");
    }
}
