//! `qiantang start`: a node of a network, as its configuration says.

use super::{
    config, node_key,
    signal::{Asked, Signals},
};
use crate::{
    failure::Failure,
    messages::{Message, OperateMessage as M},
    output::{Output, table},
};
use clap::Args;
use indicatif::ProgressBar;
use qiantang_node::{NodeError, Observer, Running, config::NodeConfig};
use serde::Serialize;
use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
};

#[derive(Debug, Args)]
pub(crate) struct Start {
    #[arg(long, value_name = "FILE", default_value = "config.toml")]
    config: PathBuf,
}

/// What a node says as soon as it serves.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ready {
    /// The address of JSON-RPC.
    rpc: String,
    /// Where peers connect.
    p2p: String,
    chain_id: u64,
    anchor: String,
    /// `validator` or `follower`.
    role: &'static str,
    public_key: String,
    dir: String,
    pid: u32,
}

/// Runs until a signal or a failure ends it.
pub(crate) async fn run(output: Output, arguments: Start) -> Result<(), Failure> {
    let config = config::load(output, &arguments.config)?;
    let key = node_key::open(output, &config)?;
    // Before the node starts, so that a signal during the start ends it in order as well.
    let mut signals = Signals::catch(output)?;
    let failed = |error: NodeError| super::of_node(output, &error);
    let running = tokio::select! {
        running = qiantang_node::start(&config, key, progress(output)) => running.map_err(failed)?,
        _ = signals.next() => {
            output.talk(output.lang.text(Message::DevStopped));
            return Ok(());
        }
    };
    announce(output, &config, &running)?;
    serve(output, &mut signals, &running).await;
    let failed = |error: NodeError| Failure::of_node(output.lang, Message::NodeStopped, &error);
    running.stop().await.map_err(failed)?;
    output.talk(output.lang.text(Message::DevStopped));
    Ok(())
}

/// Shows how far the node is with taking over the newest state, if it does.
fn progress(output: Output) -> Observer {
    let bar = OnceLock::<ProgressBar>::new();
    Arc::new(move |progress| {
        let bar = bar.get_or_init(|| output.progress(M::Joining, progress.total));
        bar.set_length(progress.total);
        bar.set_position(progress.done);
    })
}

async fn serve(output: Output, signals: &mut Signals, running: &Running) {
    loop {
        let asked = tokio::select! {
            asked = signals.next() => asked,
            () = running.failed() => return,
        };
        if asked == Asked::Reload && running.injects_faults() {
            match running.partition() {
                Ok(peers) => output.talk(output.say(M::Partitioned, &[&peers])),
                Err(error) => output.fail(&super::of_node(output, &error)),
            }
            continue;
        }
        output.talk(output.lang.text(Message::DevStopping));
        return;
    }
}

fn announce(output: Output, config: &NodeConfig, running: &Running) -> Result<(), Failure> {
    let (role, word) = match running.is_validator() {
        true => ("validator", M::RoleValidator),
        false => ("follower", M::RoleFollower),
    };
    let ready = Ready {
        rpc: format!("http://{}", running.rpc),
        p2p: config.p2p.to_string(),
        chain_id: running.spec.chain_id,
        anchor: running.anchor.to_string(),
        role,
        public_key: running.public_key.to_string(),
        dir: running.dir().display().to_string(),
        pid: std::process::id(),
    };
    output.data(&ready, || {
        let title = output.say(M::StartReady, &[&output.lang.text(word), &ready.chain_id]);
        let word = |message| output.lang.text(message);
        let rows = [
            (word(Message::DevUrl), ready.rpc.clone()),
            (output.lang.text(M::StartP2p), ready.p2p.clone()),
            (word(Message::DevAnchor), ready.anchor.clone()),
            (output.lang.text(M::InitPublicKey), ready.public_key.clone()),
            (word(Message::DevDirectory), ready.dir.clone()),
        ];
        table(&title, &rows)
    })?;
    if !output.json {
        output.talk(output.lang.text(Message::DevStop));
    }
    Ok(())
}
