// Measures ERC-20 transfers on this node and on anvil, one after the other on the same machine in
// the same run, and prints both and the ratio. `make bench` runs it with a release build.
//
// QIANTANG_BENCH_TRANSACTIONS sets the number of transfers (50000), QIANTANG_BENCH_PREFILL the
// number of accounts that exist before (0).

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { foundryTool } from './support/cast.mjs'
import { NodeProcess, run } from './support/node-process.mjs'

const TRANSACTIONS = process.env.QIANTANG_BENCH_TRANSACTIONS ?? '50000'
const PREFILL = process.env.QIANTANG_BENCH_PREFILL ?? '0'
/** Gas of anvil's blocks: that of the development chain, so that both may fill theirs alike. */
const ANVIL_GAS_LIMIT = '1000000000'

const folder = await mkdtemp(join(tmpdir(), 'qiantang-bench-'))
try {
  const ours = await measureQiantang()
  const theirs = await measureAnvil()
  print('qiantang', ours)
  print('anvil --block-time 1', theirs)
  const ratio = rate(ours) / rate(theirs)
  console.log(`ratio: ${ratio.toFixed(2)} times anvil's transactions per second`)
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function measureQiantang() {
  const node = await NodeProcess.start({ dir: join(folder, 'chain') })
  try {
    return await bench(node.url, ['--dir', node.dir, '--pid', `${node.child.pid}`])
  } finally {
    await node.stop()
  }
}

async function measureAnvil() {
  const words = ['--port', '0', '--block-time', '1', '--gas-limit', ANVIL_GAS_LIMIT]
  const anvil = spawn(foundryTool('anvil'), words, { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const url = await listening(anvil)
    return await bench(url, ['--pid', `${anvil.pid}`])
  } finally {
    anvil.kill('SIGTERM')
    await once(anvil, 'exit')
  }
}

/** Resolves to anvil's address once it says it. */
async function listening(anvil) {
  for await (const line of createInterface({ input: anvil.stdout })) {
    const [, address] = /Listening on (\S+)/.exec(line) ?? []
    if (address) {
      anvil.stdout.resume()
      return `http://${address}`
    }
  }
  throw new Error('anvil ended before it listened')
}

async function bench(url, more) {
  const words = ['bench', 'transfers', '--rpc', url, '--json', '--key', 'dev:0']
  const size = ['--transactions', TRANSACTIONS, '--prefill', PREFILL]
  console.error(`load ${loadavg()[0].toFixed(2)}: qiantang ${words.join(' ')}`)
  const { code, stdout, stderr } = await run(...words, ...size, ...more)
  if (code !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

function rate(result) {
  return result.transactionsPerSecond
}

function print(name, result) {
  console.log(`${name}\n${JSON.stringify(result, null, 2)}`)
}
