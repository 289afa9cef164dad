//! `qiantang network status`: what every validator says of itself.

use super::{
    layout::{Layout, Member},
    process::Process,
};
use crate::{failure::Failure, messages::NetworkMessage as M, output::Output};
use console::{Term, measure_text_width, style};
use futures::future::join_all;
use qiantang_client::Client;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::{interval, timeout};

/// How long an answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);

/// How often the live table is drawn.
const DRAW_EVERY: Duration = Duration::from_secs(1);

/// Characters of a hash in the table.
const HASH_CHARS: usize = 14;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Network {
    chain_id: u64,
    name: String,
    validators: Vec<Validator>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Validator {
    name: String,
    rpc: String,
    p2p: String,
    running: bool,
    pid: Option<u32>,
    #[serde(flatten)]
    said: Said,
    /// Why there is no answer.
    error: Option<String>,
}

/// The part of `qiantang_status` that is shown.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Said {
    height: Option<u64>,
    digest: Option<String>,
    state_root: Option<String>,
    peers: Option<u64>,
    fault: Option<String>,
}

/// Shows the validators once, or again and again until Ctrl-C.
pub(super) async fn run(output: Output, layout: &Layout, watch: bool) -> Result<(), Failure> {
    if !watch {
        return show(output, layout).await;
    }
    let terminal = Term::stdout();
    let mut ticks = interval(DRAW_EVERY);
    let mut lines = 0;
    let mut signals = crate::commands::signal::Signals::catch(output)?;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = signals.stop() => return Ok(()),
        }
        let network = ask(layout).await;
        // On a terminal the table stays in its place; elsewhere tables follow each other.
        if terminal.is_term() {
            let _ = terminal.clear_last_lines(lines);
        }
        let text = table(output, layout, &network);
        lines = text.trim_end().lines().count();
        output.data(&network, || text)?;
    }
}

/// Shows the validators once.
pub(super) async fn show(output: Output, layout: &Layout) -> Result<(), Failure> {
    let network = ask(layout).await;
    output.data(&network, || table(output, layout, &network))
}

async fn ask(layout: &Layout) -> Network {
    Network {
        chain_id: layout.spec.chain_id,
        name: layout.spec.name.clone(),
        validators: join_all(layout.members.iter().map(ask_one)).await,
    }
}

async fn ask_one(member: &Member) -> Validator {
    let process = Process::of(&member.dir);
    let pid = process.as_ref().map(Process::pid);
    let answer = match pid {
        Some(_) => said(member).await,
        None => Ok(Said::default()),
    };
    let (said, error) = match answer {
        Ok(said) => (said, None),
        Err(error) => (Said::default(), Some(error)),
    };
    Validator {
        name: member.name(),
        rpc: member.url(),
        p2p: member.config.p2p.to_string(),
        running: pid.is_some(),
        pid,
        said,
        error,
    }
}

async fn said(member: &Member) -> Result<Said, String> {
    let client = Client::new(&member.url()).map_err(|error| error.to_string())?;
    let asked = client.request("qiantang_status", serde_json::json!([]));
    match timeout(ANSWER_TIMEOUT, asked).await {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(late) => Err(late.to_string()),
    }
}

fn table(output: Output, layout: &Layout, network: &Network) -> String {
    let word = |message| output.lang.text(message).to_owned();
    let head = [
        M::ColumnName,
        M::ColumnProcess,
        M::ColumnHeight,
        M::ColumnPeers,
        M::ColumnBlock,
        M::ColumnState,
        M::ColumnRpc,
    ];
    let mut rows = vec![head.map(word)];
    for one in &network.validators {
        let number = |number: Option<u64>| number.map_or("-".to_owned(), |n| n.to_string());
        let hash = |text: &Option<String>| {
            let text = text.as_deref().unwrap_or("-");
            text.chars().take(HASH_CHARS).collect::<String>()
        };
        let process = match one.pid {
            Some(pid) => pid.to_string(),
            None => word(M::Down),
        };
        rows.push([
            one.name.clone(),
            process,
            number(one.said.height),
            number(one.said.peers),
            hash(&one.said.digest),
            hash(&one.said.state_root),
            one.rpc.clone(),
        ]);
    }
    let dir = layout.dir.display();
    let title = output.say(M::Title, &[&network.name, &network.chain_id, &dir]);
    let mut text = format!("{}\n{}", style(title).bold(), columns(&rows));
    for one in &network.validators {
        for problem in [&one.error, &one.said.fault].into_iter().flatten() {
            text.push_str(&format!("  {}: {problem}\n", one.name));
        }
    }
    text
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
