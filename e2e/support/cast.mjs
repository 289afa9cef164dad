// Runs Foundry's cast: the binary of the npm package for Linux on x86-64, which npm installs, and
// elsewhere the one on the path. (The package `@foundry-rs/cast` is not used: its launcher ends with
// 0 whatever cast says.)

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { collect } from './node-process.mjs'

const require = createRequire(import.meta.url)

/** Path of a Foundry tool: `cast` or `anvil`. */
export function foundryTool(name) {
  try {
    const manifest = require.resolve(`@foundry-rs/${name}-linux-amd64/package.json`)
    return join(dirname(manifest), 'bin', name)
  } catch {
    return name
  }
}

/** Runs cast against a node; resolves to its exit code and what it printed. */
export async function runCast(url, words) {
  const child = spawn(foundryTool('cast'), words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ETH_RPC_URL: url, NO_COLOR: '1' },
  })
  const missing = new Promise((_, reject) => child.once('error', reject))
  return Promise.race([collect(child), missing]).catch((error) => {
    throw new Error('cast is missing; install Foundry (https://getfoundry.sh)', { cause: error })
  })
}

/** Runs cast against a node, demands success and returns what it printed. */
export async function cast(url, ...words) {
  const { code, stdout, stderr } = await runCast(url, words)
  assert.equal(code, 0, `cast ${words.join(' ')}: ${stderr}`)
  return stdout.trim()
}
