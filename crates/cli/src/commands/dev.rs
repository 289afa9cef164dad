//! `qiantang dev`: a development chain on this machine.

use super::signal::Signals;
use crate::{
    arguments::Dev,
    failure::Failure,
    messages::Message,
    output::{Output, table},
};
use qiantang_client::dev_signer;
use qiantang_node::{Config, DEV_ACCOUNTS, NodeError, Running, Time};
use serde::Serialize;

/// Ether that each account has at genesis.
const DEV_ETHER: u64 = 10_000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ready {
    /// The address of JSON-RPC.
    rpc: String,
    chain_id: u64,
    anchor: String,
    dir: Option<String>,
    pid: u32,
    accounts: Vec<DevAccount>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DevAccount {
    address: String,
    private_key: String,
}

/// Runs until a signal or a failure ends it.
pub(crate) async fn run(output: Output, arguments: Dev) -> Result<(), Failure> {
    if arguments.fresh && arguments.dir.is_none() {
        return Err(output.failure(Message::FreshNeedsDir, &[]));
    }
    let config = Config {
        dir: arguments.dir,
        http: arguments.http,
        heartbeat: arguments.heartbeat,
        fresh: arguments.fresh,
        trace_strict: arguments.trace_strict,
        time: Time {
            start: arguments.time,
            factor: arguments.time_factor,
        },
    };
    // Before the node starts, so that a signal during the start ends it in order as well.
    let mut signals = Signals::catch(output)?;
    let of_node = |error: NodeError| Failure::of_node(output.lang, Message::NodeFailed, &error);
    let running = qiantang_node::dev(config).await.map_err(of_node)?;
    announce(output, &running)?;
    tokio::select! {
        () = signals.stop() => output.talk(output.lang.text(Message::DevStopping)),
        () = running.failed() => {}
    }
    let of_node = |error: NodeError| Failure::of_node(output.lang, Message::NodeStopped, &error);
    running.stop().await.map_err(of_node)?;
    output.talk(output.lang.text(Message::DevStopped));
    Ok(())
}

fn announce(output: Output, running: &Running) -> Result<(), Failure> {
    let mut accounts = Vec::new();
    for (index, address) in (0..).zip(DEV_ACCOUNTS) {
        let signer = dev_signer(index).map_err(super::of_client(output))?;
        accounts.push(DevAccount {
            address: address.to_string(),
            private_key: signer.to_bytes().to_string(),
        });
    }
    let dir = running.dir().display().to_string();
    let ready = Ready {
        rpc: format!("http://{}", running.rpc),
        chain_id: running.spec.chain_id,
        anchor: running.anchor.to_string(),
        dir: (!running.is_temporary()).then(|| dir.clone()),
        pid: std::process::id(),
        accounts,
    };
    output.data(&ready, || text(output, &ready, dir))?;
    if !output.json {
        output.talk(output.lang.text(Message::DevTry));
        output.talk(output.lang.text(Message::DevStop));
    }
    Ok(())
}

fn text(output: Output, ready: &Ready, mut dir: String) -> String {
    let word = |message| output.lang.text(message);
    if ready.dir.is_none() {
        dir = format!("{dir} ({})", word(Message::DevMemory));
    }
    let title = output.say(Message::DevReady, &[&ready.chain_id]);
    let rows = [
        (word(Message::DevUrl), ready.rpc.clone()),
        (word(Message::DevAnchor), ready.anchor.clone()),
        (word(Message::DevDirectory), dir),
    ];
    let mut text = table(&title, &rows);
    let title = output.say(Message::DevAccounts, &[&DEV_ETHER]);
    let names: Vec<String> = (0..ready.accounts.len())
        .map(|i| format!("dev:{i}"))
        .collect();
    let rows: Vec<(&str, String)> = names
        .iter()
        .zip(&ready.accounts)
        .map(|(name, account)| {
            (
                name.as_str(),
                format!("{}  {}", account.address, account.private_key),
            )
        })
        .collect();
    text.push_str(&table(&title, &rows));
    text
}
