//! `qiantang snapshot`: a verified state by file.

use crate::{
    failure::Failure,
    messages::{Message, OperateMessage as M},
    output::{Output, table},
};
use clap::Subcommand;
use qiantang_node::{NodeError, SnapshotReport, export_snapshot, import_snapshot};
use serde::Serialize;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Snapshot {
    Export {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
    },
    Import {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    height: u64,
    anchor: String,
    bytes: u64,
}

impl From<SnapshotReport> for Report {
    fn from(report: SnapshotReport) -> Self {
        Self {
            height: report.height.get(),
            anchor: report.anchor.to_string(),
            bytes: report.bytes,
        }
    }
}

/// Exports or imports, and says what.
pub(crate) fn run(output: Output, command: &Snapshot) -> Result<(), Failure> {
    let (working, done) = match command {
        Snapshot::Export { .. } => (M::SnapshotExporting, M::SnapshotExported),
        Snapshot::Import { .. } => (M::SnapshotImporting, M::SnapshotImported),
    };
    let spinner = output.spinner(working);
    let report = match command {
        Snapshot::Export { file, dir } => export_snapshot(dir, file),
        Snapshot::Import { file, dir } => import_snapshot(file, dir),
    };
    spinner.finish_and_clear();
    let failed = |error: NodeError| super::of_node(output, &error);
    let report = Report::from(report.map_err(failed)?);
    output.data(&report, || {
        let rows = [
            (output.lang.text(Message::DevAnchor), report.anchor.clone()),
            (
                output.lang.text(M::SnapshotHeight),
                report.height.to_string(),
            ),
            (output.lang.text(M::SnapshotBytes), report.bytes.to_string()),
        ];
        table(output.lang.text(done), &rows)
    })
}
