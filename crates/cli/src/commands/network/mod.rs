//! `qiantang network`: a whole network on this machine, each validator a process of its own.

mod layout;
mod new;
mod partition;
mod process;
mod run;
mod status;

use super::of_client;
use crate::{failure::Failure, output::Output};
use clap::Subcommand;
use layout::Layout;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Network {
    New(new::New),
    Start {
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        #[arg(value_name = "I")]
        validators: Vec<usize>,
    },
    Stop {
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        #[arg(value_name = "I")]
        validators: Vec<usize>,
    },
    Status {
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        #[arg(long)]
        watch: bool,
    },
    Kill {
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        #[arg(value_name = "I", required = true)]
        validators: Vec<usize>,
    },
    Partition {
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        #[arg(value_name = "I,J", required = true, value_delimiter = ',')]
        validators: Vec<usize>,
    },
    Heal {
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
}

/// Runs one of the commands about networks.
pub(crate) async fn run(output: Output, arguments: Network) -> Result<(), Failure> {
    let read = |dir: &PathBuf| Layout::read(output, dir);
    match arguments {
        Network::New(arguments) => new::run(output, &arguments),
        Network::Start { dir, validators } => run::start(output, &read(&dir)?, &validators).await,
        Network::Stop { dir, validators } => run::stop(output, &read(&dir)?, &validators).await,
        Network::Status { dir, watch } => status::run(output, &read(&dir)?, watch).await,
        Network::Kill { dir, validators } => run::kill(output, &read(&dir)?, &validators).await,
        Network::Partition { dir, validators } => partition::cut(output, &read(&dir)?, &validators),
        Network::Heal { dir } => partition::heal(output, &read(&dir)?),
    }
}
