//! Generate and check: specs, layering, sizes, links. People and CI run it as `cargo xtask`.
//!
//! Each rule is a pure function from text to findings, so that its tests can show it failing.
//! The rules say what the compiler cannot: which crate may import which, how long a file may grow,
//! whether a link leads anywhere. Nothing imports this crate.

mod reference;
mod scaffold;
mod specs;
mod tidy;
mod wrap;
mod zones;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::{Parser, Subcommand};

/// Check the repository.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check layering, sizes, names, links, docs, lint files, licences and sources.
    Tidy,
    /// Make a module: its folder, its rows in the tables, its generated files.
    NewModule {
        /// Name with a capital, such as `Loans`.
        name: String,
        /// Address; the one after the greatest where none is given.
        #[arg(long, value_name = "0x…")]
        address: Option<String>,
        /// Root of another copy of the repository, whose generated files are left alone.
        #[arg(long, value_name = "DIR")]
        root: Option<PathBuf>,
    },
    /// Wrap comments at the line limit.
    Wrap {
        /// Files and folders below the repository's root; everything where none is named.
        paths: Vec<PathBuf>,
    },
    /// Write what `specs/` and `docs/reference/modules/` publish about the modules.
    Specs {
        /// Write nothing; fail where a file differs from what would be written.
        #[arg(long)]
        check: bool,
    },
    /// Write the Scheduler's table of time zones, for the version of the packed IANA database.
    Zones,
}

fn main() -> Result<ExitCode> {
    match Arguments::parse().command {
        Command::Tidy => run_tidy(),
        Command::Specs { check: false } => {
            specs::write(&repository_root()?)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::NewModule {
            name,
            address,
            root,
        } => new_module(&name, address.as_deref(), root),
        Command::Wrap { paths } => {
            wrap::write(&repository_root()?, &paths)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Specs { check: true } => run_specs_check(),
        Command::Zones => {
            zones::write(&repository_root()?)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to its terminal"
)]
fn run_tidy() -> Result<ExitCode> {
    let findings = tidy::check_repository(&repository_root()?)?;
    for finding in &findings {
        println!("{finding}");
    }
    if findings.is_empty() {
        eprintln!("tidy: nothing to report");
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "tidy: {} findings; each line names the rule that it breaks",
        findings.len()
    );
    Ok(ExitCode::FAILURE)
}

#[expect(clippy::print_stdout, reason = "a command speaks to its terminal")]
fn run_specs_check() -> Result<ExitCode> {
    let stale = specs::stale(&repository_root()?)?;
    for path in &stale {
        println!(
            "{} is not what the code says; run: cargo xtask specs",
            path.display()
        );
    }
    Ok(if stale.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The folder that holds the workspace's `Cargo.toml`.
/// Writes a module's sources, then what is generated from them: by a build that has the module.
#[expect(clippy::print_stdout, reason = "a command speaks to its terminal")]
fn new_module(name: &str, address: Option<&str>, root: Option<PathBuf>) -> Result<ExitCode> {
    let is_this = root.is_none();
    let root = root.map_or_else(repository_root, Ok)?;
    let written = scaffold::write(&root, name, address)?;
    // Where lines break depends on the length of the name.
    let status = std::process::Command::new("rustfmt")
        .args(["--edition", "2024"])
        .args(
            written
                .iter()
                .filter(|path| path.extension() == Some("rs".as_ref())),
        )
        .current_dir(&root)
        .status()
        .context("cannot run rustfmt")?;
    ensure!(status.success(), "rustfmt does not take what was written");
    for path in written {
        println!("{}", path.display());
    }
    if is_this {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = std::process::Command::new(cargo)
            .args(["xtask", "specs"])
            .current_dir(&root)
            .status()
            .context("cannot run `cargo xtask specs`")?;
        ensure!(
            status.success(),
            "run `cargo xtask specs` once the module compiles"
        );
        println!(
            "specs/ and docs/reference/modules/ are written; next: docs/guides/write-a-module.md"
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn repository_root() -> Result<PathBuf> {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(PathBuf::from)
        .context("xtask lies one level below the repository's root")
}
