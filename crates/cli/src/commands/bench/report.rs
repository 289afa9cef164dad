//! The numbers, as JSON and as text.

use super::{load::Outcome, process::Machine};
use crate::{
    arguments::Transfers,
    failure::Failure,
    messages::Message,
    output::{Output, table},
};
use serde::Serialize;
use std::time::Duration;

/// What was measured beside the transfers themselves.
pub(super) struct Measured {
    pub(super) version: String,
    pub(super) machine: Machine,
    pub(super) cpu_seconds: Option<f64>,
    pub(super) memory_bytes: Option<u64>,
    pub(super) disk_bytes: Option<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    node: String,
    rpc: String,
    machine: Machine,
    transactions: u64,
    accounts: u64,
    recipients: u64,
    connections: u64,
    batch: u64,
    window: u64,
    prefill: u64,
    seconds: f64,
    transactions_per_second: f64,
    server_cpu_microseconds_per_transaction: Option<f64>,
    latency_p50_ms: f64,
    latency_p99_ms: f64,
    server_memory_bytes: Option<u64>,
    disk_bytes_per_transaction: Option<f64>,
    blocks: usize,
    gas_per_transaction: u64,
}

/// Prints the report.
pub(super) fn print(
    output: Output,
    arguments: &Transfers,
    outcome: &Outcome,
    measured: Measured,
) -> Result<(), Failure> {
    let count = arguments.transactions;
    let seconds = outcome.elapsed.as_secs_f64();
    let report = Report {
        node: measured.version,
        rpc: arguments.rpc.rpc.clone(),
        machine: measured.machine,
        transactions: count,
        accounts: arguments.accounts,
        recipients: arguments.recipients,
        connections: arguments.connections,
        batch: arguments.batch,
        window: arguments.window,
        prefill: arguments.prefill,
        seconds: round(seconds),
        transactions_per_second: round(count as f64 / seconds),
        server_cpu_microseconds_per_transaction: measured
            .cpu_seconds
            .map(|cpu| round(cpu * 1e6 / count as f64)),
        latency_p50_ms: percentile(&outcome.latencies, 50),
        latency_p99_ms: percentile(&outcome.latencies, 99),
        server_memory_bytes: measured.memory_bytes,
        disk_bytes_per_transaction: measured
            .disk_bytes
            .map(|bytes| round(bytes as f64 / count as f64)),
        blocks: outcome.samples.len(),
        gas_per_transaction: outcome.gas_per_transfer,
    };
    output.data(&report, || text(output, &report))
}

fn text(output: Output, report: &Report) -> String {
    use Message as M;
    let word = |message| output.lang.text(message);
    let optional = |message, value: Option<f64>| match value {
        Some(value) => output.say(message, &[&value]),
        None => word(M::BenchUnknown).to_owned(),
    };
    let load = report
        .machine
        .load
        .map_or_else(|| "?".to_owned(), |load| load.to_string());
    let configuration: [&dyn std::fmt::Display; 5] = [
        &report.transactions,
        &report.accounts,
        &report.connections,
        &report.batch,
        &report.window,
    ];
    let throughput: [&dyn std::fmt::Display; 2] =
        [&report.transactions_per_second, &report.seconds];
    let latency: [&dyn std::fmt::Display; 2] = [&report.latency_p50_ms, &report.latency_p99_ms];
    let blocks: [&dyn std::fmt::Display; 2] = [&report.blocks, &report.gas_per_transaction];
    let cpu = report.server_cpu_microseconds_per_transaction;
    let memory = report
        .server_memory_bytes
        .map(|bytes| round(bytes as f64 / 1e6));
    let rows = [
        (M::BenchNode, format!("{} ({})", report.node, report.rpc)),
        (
            M::BenchConfiguration,
            output.say(M::BenchConfigurationText, &configuration),
        ),
        (
            M::BenchMachine,
            output.say(M::BenchMachineText, &[&report.machine.cores, &load]),
        ),
        (
            M::BenchThroughput,
            output.say(M::BenchThroughputText, &throughput),
        ),
        (M::BenchCpu, optional(M::BenchCpuText, cpu)),
        (M::BenchLatency, output.say(M::BenchLatencyText, &latency)),
        (M::BenchMemory, optional(M::BenchMemoryText, memory)),
        (
            M::BenchDisk,
            optional(M::BenchDiskText, report.disk_bytes_per_transaction),
        ),
        (M::BenchBlocks, output.say(M::BenchBlocksText, &blocks)),
    ];
    table(
        word(M::BenchTitle),
        &rows.map(|(name, value)| (word(name), value)),
    )
}

/// The value below which `percent` of the ascending values lie, in milliseconds.
fn percentile(ascending: &[Duration], percent: usize) -> f64 {
    let last = ascending.len().saturating_sub(1);
    let index = ascending.len().saturating_mul(percent) / 100;
    let value = ascending.get(index.min(last)).copied().unwrap_or_default();
    round(value.as_secs_f64() * 1e3)
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_a_hundred_values() {
        let values: Vec<Duration> = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(
            (percentile(&values, 50), percentile(&values, 99)),
            (51.0, 100.0)
        );
        assert_eq!(percentile(&[], 99), 0.0);
    }
}
