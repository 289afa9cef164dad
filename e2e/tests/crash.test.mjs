// Power cuts. The real process is killed at random moments under load, restarted on the same
// folder, and must still know everything that it once reported as final. At the end, replaying
// the blocks alone must give the same roots.
//
// QIANTANG_CRASH_KILLS sets how often (50), QIANTANG_CRASH_SEED repeats a run.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'node:test'
import { createPublicClient, encodeFunctionData, http, pad, toHex } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'

import { account } from '../support/accounts.mjs'
import { compile } from '../support/compile.mjs'
import { NodeProcess, run, temporaryFolder } from '../support/node-process.mjs'
import { seeded } from '../support/random.mjs'

const KILLS = Number(process.env.QIANTANG_CRASH_KILLS ?? 50)
const SEED = Number(process.env.QIANTANG_CRASH_SEED ?? Date.now() % 2 ** 32)
const SENDERS = 8
/** Every fourth kill hits the start itself, the others the node at work. */
const KILLS_PER_START_KILL = 4
const START_KILL_MS_MAX = 400
const WORK_KILL_MS_MIN = 30
const WORK_KILL_MS_MAX = 900
const RECEIPTS_PER_BATCH = 100

const { abi, bytecode } = compile('Warehouse')

test(`nothing final is lost in ${KILLS} power cuts`, { timeout: 1_800_000 }, async (t) => {
  t.diagnostic(`QIANTANG_CRASH_SEED=${SEED}`)
  const random = seeded(SEED)
  const dir = await temporaryFolder(t)
  /** Receipts as reported, by transaction hash: what must never be lost. */
  const acknowledged = new Map()
  const warehouse = await deploy(dir)
  let startKills = 0

  for (let round = 1; round <= KILLS; round += 1) {
    if (round % KILLS_PER_START_KILL === 0) {
      await killWhileStarting(dir, random() * START_KILL_MS_MAX)
      startKills += 1
      continue
    }
    const node = await NodeProcess.start({ dir })
    const before = acknowledged.size
    const load = startLoad(node, warehouse, round, acknowledged)
    await pause(WORK_KILL_MS_MIN + random() * (WORK_KILL_MS_MAX - WORK_KILL_MS_MIN))
    await node.kill()
    await load
    const survivor = await NodeProcess.start({ dir })
    await checkReceipts(survivor, [...acknowledged.values()].slice(before))
    await checkShelf(survivor, warehouse, round, acknowledged.size - before)
    await survivor.kill()
  }

  const node = await NodeProcess.start({ dir })
  await checkReceipts(node, [...acknowledged.values()])
  await checkTotal(node, warehouse)
  assert.equal(await node.stop(), 0)
  const replay = await run('replay', '--dir', dir, '--json')
  assert.equal(replay.code, 0, `replay found a difference:\n${replay.stdout}${replay.stderr}`)
  t.diagnostic(`${acknowledged.size} transactions acknowledged, ${startKills} kills while starting`)
  assert.ok(acknowledged.size >= KILLS, 'the load was real')
})

/** Deploys the contract that the load writes to; returns its address. */
async function deploy(dir) {
  const node = await NodeProcess.start({ dir })
  const deployer = account(0)
  const data = bytecode + pad('0x0').slice(2)
  const hash = await send(node, deployer, { nonce: 0, data, gas: 2_000_000n })
  const receipt = await receiptOf(node, hash)
  assert.equal(receipt.status, '0x1')
  assert.equal(await node.stop(), 0)
  return receipt.contractAddress
}

/** Keeps the node busy until its connections break; every receipt seen is an acknowledgement. */
async function startLoad(node, to, round, acknowledged) {
  const data = encodeFunctionData({ abi, functionName: 'store', args: [shelfOf(round), 1n] })
  const sendInTurn = async () => {
    // Gas is free, so an account that nobody funded can send.
    const sender = privateKeyToAccount(generatePrivateKey())
    for (let nonce = 0; ; nonce += 1) {
      const hash = await send(node, sender, { nonce, to, data, gas: 200_000n })
      const receipt = await receiptOf(node, hash)
      assert.equal(receipt.status, '0x1')
      acknowledged.set(hash, receipt)
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: SENDERS }, sendInTurn))
  for (const { reason } of ends) {
    // `fetch` reports a broken connection as TypeError; anything else is the node's fault.
    if (!(reason instanceof TypeError)) throw reason
  }
}

async function killWhileStarting(dir, milliseconds) {
  const node = NodeProcess.spawn({ dir })
  await Promise.race([pause(milliseconds), once(node.child, 'exit')])
  assert.equal(node.child.exitCode, null, `the node ended by itself:\n${node.talk}`)
  await node.kill()
}

/** Every acknowledged receipt is there again, in the same block. */
async function checkReceipts(node, receipts) {
  for (let start = 0; start < receipts.length; start += RECEIPTS_PER_BATCH) {
    const expected = receipts.slice(start, start + RECEIPTS_PER_BATCH)
    const calls = expected.map((receipt) => ['eth_getTransactionReceipt', receipt.transactionHash])
    const found = await batch(node, calls)
    assert.deepEqual(found, expected)
  }
}

/** State agrees with the receipts: a shelf holds what was acknowledged, or more. */
async function checkShelf(node, warehouse, round, stored) {
  const tins = await read(node, warehouse, 'tinsOn', [shelfOf(round)])
  assert.ok(tins >= BigInt(stored), `shelf ${round} holds ${tins}, ${stored} were acknowledged`)
}

/** State agrees with itself: the total is the sum of the shelves. */
async function checkTotal(node, warehouse) {
  const rounds = Array.from({ length: KILLS }, (_, index) => index + 1)
  const shelves = await Promise.all(
    rounds.map((round) => read(node, warehouse, 'tinsOn', [shelfOf(round)])),
  )
  const sum = shelves.reduce((total, tins) => total + tins, 0n)
  assert.equal(await read(node, warehouse, 'total', []), sum)
}

function read(node, address, functionName, args) {
  const reader = createPublicClient({ transport: http(node.url) })
  return reader.readContract({ abi, address, functionName, args })
}

function shelfOf(round) {
  return toHex(BigInt(round), { size: 32 })
}

async function send(node, sender, transaction) {
  const fees = { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n }
  const raw = await sender.signTransaction({
    type: 'eip1559', chainId: 571571, value: 0n, ...fees, ...transaction,
  })
  const [hash] = await batch(node, [['eth_sendRawTransaction', raw]])
  return hash
}

async function receiptOf(node, hash) {
  for (;;) {
    const [receipt] = await batch(node, [['eth_getTransactionReceipt', hash]])
    if (receipt !== null) return receipt
    await pause(5)
  }
}

/** One batch of calls; the results in their order. */
async function batch(node, calls) {
  const body = calls.map(([method, ...params], id) => ({ jsonrpc: '2.0', id, method, params }))
  const response = await fetch(node.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answers = await response.json()
  const results = new Array(calls.length)
  for (const { id, result, error } of answers) {
    assert.equal(error, undefined, `${calls[id][0]}: ${error?.message}`)
    results[id] = result
  }
  return results
}
