// Runs Foundry's cast. The npm package's own launcher ends with 0 whatever cast says, so this
// calls the platform's binary that npm installed beside it.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { collect } from './node-process.mjs'

const require = createRequire(import.meta.url)

/** Path of a Foundry tool: `cast` or `anvil`. */
export function foundryTool(name) {
  const architecture = { x64: 'amd64', arm64: 'arm64' }[process.arch]
  const manifest = require.resolve(`@foundry-rs/${name}-${process.platform}-${architecture}/package.json`)
  return join(dirname(manifest), 'bin', name)
}

/** Runs cast against a node; resolves to its exit code and what it printed. */
export function runCast(url, words) {
  const child = spawn(foundryTool('cast'), words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ETH_RPC_URL: url, NO_COLOR: '1' },
  })
  return collect(child)
}

/** Runs cast against a node, demands success and returns what it printed. */
export async function cast(url, ...words) {
  const { code, stdout, stderr } = await runCast(url, words)
  assert.equal(code, 0, `cast ${words.join(' ')}: ${stderr}`)
  return stdout.trim()
}
