//! `qiantang bench transfers`: ERC-20 transfers over JSON-RPC on any Ethereum node.
//!
//! It deploys a token, gives fresh senders tokens (and ether, where gas has a price), signs all
//! transfers beforehand, sends them in batches over several connections with a bound on how many
//! are under way, and follows the blocks until all are included. Then the recipients' balances are
//! checked: a transfer that failed is no transfer.

mod contracts;
mod load;
mod process;
mod report;
mod setup;

use super::{connect, of_client};
use crate::{
    arguments::{Bench, Transfers},
    failure::Failure,
    keys,
    output::Output,
};
use process::{Process, directory_bytes};
use qiantang_client::Client;
use std::path::Path;

/// Runs the bench that was asked for.
pub(crate) async fn run(output: Output, arguments: Bench) -> Result<(), Failure> {
    match arguments {
        Bench::Transfers(arguments) => transfers(output, arguments).await,
    }
}

async fn transfers(output: Output, arguments: Transfers) -> Result<(), Failure> {
    let client = connect(output, &arguments.rpc.rpc)?;
    let account = keys::account(output, &client, &arguments.signing).await?;
    let machine = process::machine();
    let stage = setup::prepare(output, &account, &arguments).await?;
    let signed = load::sign(output, &stage, &arguments).await?;

    let server = Process::of_node(&client, arguments.pid).await;
    let disk = disk_bytes(&client, arguments.dir.as_deref()).await;
    let cpu = server.as_ref().and_then(Process::cpu_seconds);
    let mut outcome = load::drive(output, &client, signed, &arguments).await?;
    let cpu = cpu.and_then(|before| Some(server.as_ref()?.cpu_seconds()? - before));
    let memory = server.as_ref().and_then(Process::memory_bytes);
    let disk_after = disk_bytes(&client, arguments.dir.as_deref()).await;

    load::check(output, &stage, &mut outcome, arguments.transactions).await?;
    let measured = report::Measured {
        version: client
            .request("web3_clientVersion", serde_json::json!([]))
            .await
            .map_err(of_client(output))?,
        machine,
        cpu_seconds: cpu,
        memory_bytes: memory,
        disk_bytes: disk
            .zip(disk_after)
            .map(|(before, after)| after.saturating_sub(before)),
    };
    report::print(output, &arguments, &outcome, measured)
}

/// Bytes that the node keeps on disk: those of the directory that was named, or what a node of ours
/// says.
async fn disk_bytes(client: &Client, dir: Option<&Path>) -> Option<u64> {
    match dir {
        Some(dir) => directory_bytes(dir),
        None => client.status().await.ok()?.disk_bytes,
    }
}
