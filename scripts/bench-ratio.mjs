// Prints two bench reports side by side, and the ratio of their throughputs.
//
//   node scripts/bench-ratio.mjs OURS.json THEIRS.json

import { readFileSync } from 'node:fs'

const [ours, theirs] = process.argv.slice(2, 4).map((path) => JSON.parse(readFileSync(path, 'utf8')))

const rows = {
  node: (report) => report.node,
  'transfers / s': (report) => report.transactionsPerSecond,
  'server CPU µs / transfer': (report) => report.serverCpuMicrosecondsPerTransaction,
  'p50 ms to final': (report) => report.latencyP50Ms,
  'p99 ms to final': (report) => report.latencyP99Ms,
  'memory MB': (report) => Math.round(report.serverMemoryBytes / 1e6),
  'disk bytes / transfer': (report) => report.diskBytesPerTransaction,
  'gas / transfer': (report) => report.gasPerTransaction,
  blocks: (report) => report.blocks,
}

const { transactions, accounts, recipients, connections, batch, window, prefill, machine } = ours
console.log(
  `${transactions} ERC-20 transfers, ${accounts} senders, ${recipients} recipients, ${connections} connections, ` +
    `${batch} a batch, window ${window}, ${prefill} accounts before; ${machine.cores} cores, load ${machine.load}`,
)
for (const [name, value] of Object.entries(rows)) {
  const [a, b] = [ours, theirs].map((report) => String(value(report) ?? '-'))
  console.log(`${name.padEnd(26)} ${a.padEnd(28)} ${b}`)
}
const ratio = ours.transactionsPerSecond / theirs.transactionsPerSecond
console.log(`ratio of transfers / s: ${ratio.toFixed(2)}`)
