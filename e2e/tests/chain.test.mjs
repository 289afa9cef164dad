// The rhythm of the chain: a transaction is final at once, and an idle chain is quiet.

import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'node:test'
import { createPublicClient, createWalletClient, http } from 'viem'

import { account } from '../support/accounts.mjs'
import { run, startNode } from '../support/node-process.mjs'

const HEARTBEAT_MS = 5_000
const TRANSACTIONS = 6
/** Long enough for a block that nobody asked for to show, short beside the heartbeat. */
const QUIET_MS = 200

test('a transaction makes one block, and an idle chain none before its heartbeat', async (t) => {
  const node = await startNode(t, '--heartbeat', `${HEARTBEAT_MS}ms`)
  const transport = http(node.url)
  const reader = createPublicClient({ transport, pollingInterval: 10 })
  const sender = createWalletClient({ account: account(0), transport })
  const start = Date.now()
  for (let count = 0; count < TRANSACTIONS; count += 1) {
    const hash = await sender.sendTransaction({ to: account(1).address, value: 1n, chain: null })
    await reader.waitForTransactionReceipt({ hash })
    await pause(QUIET_MS)
  }
  const heartbeats = BigInt(Math.floor((Date.now() - start) / HEARTBEAT_MS) + 1)
  const height = await reader.getBlockNumber()
  assert.ok(height <= BigInt(TRANSACTIONS) + heartbeats, `${height} blocks`)
})

test('a second process on the same directory is refused by name', async (t) => {
  const { dir } = await startNode(t)
  const second = await run('dev', '--dir', dir, '--http', '127.0.0.1:0', '--lang', 'en')
  assert.equal(second.code, 1)
  assert.ok(second.stderr.includes(dir) && /in use/.test(second.stderr), second.stderr)
})
