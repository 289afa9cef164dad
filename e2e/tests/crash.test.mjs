// Power cuts. The real process is killed at random moments under load, restarted on the same
// folder, and must still know everything that it once reported as final. At the end, replaying
// the blocks alone must give the same roots.
//
// QIANTANG_CRASH_KILLS sets how often (50), QIANTANG_CRASH_SEED repeats a run.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'node:test'
import { createPublicClient, encodeFunctionData, http, keccak256, pad, toHex } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'

import { account } from '../support/accounts.mjs'
import { compile } from '../support/compile.mjs'
import { NodeProcess, run, temporaryFolder } from '../support/node-process.mjs'
import { seeded } from '../support/random.mjs'

const KILLS = Number(process.env.QIANTANG_CRASH_KILLS ?? 50)
const SEED = Number(process.env.QIANTANG_CRASH_SEED ?? Date.now() % 2 ** 32)
const SENDERS = 8
/** Transactions that a sender has under way at once. */
const BURST = 25
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
  const senders = Array.from({ length: SENDERS }, (_, index) => new Sender(index, warehouse))
  let startKills = 0

  for (let round = 1; round <= KILLS; round += 1) {
    if (round % KILLS_PER_START_KILL === 0) {
      await killWhileStarting(dir, random() * START_KILL_MS_MAX)
      startKills += 1
      continue
    }
    const node = await NodeProcess.start({ dir })
    const before = acknowledged.size
    const load = new Load(node, senders, acknowledged)
    // A node that was cut between its vote and the certificate waits for a timeout first.
    await load.working
    await pause(WORK_KILL_MS_MIN + random() * (WORK_KILL_MS_MAX - WORK_KILL_MS_MIN))
    await node.kill()
    await load.ended
    const survivor = await NodeProcess.start({ dir })
    await checkReceipts(survivor, [...acknowledged.values()].slice(before))
    await checkState(survivor, senders)
    await survivor.kill()
  }

  const node = await NodeProcess.start({ dir })
  await checkReceipts(node, [...acknowledged.values()])
  await checkState(node, senders)
  assert.equal(await node.stop(), 0)
  const replay = await run('replay', '--dir', dir, '--json')
  assert.equal(replay.code, 0, `replay found a difference:\n${replay.stdout}${replay.stderr}`)
  t.diagnostic(`${acknowledged.size} transactions acknowledged, ${startKills} kills while starting`)
  assert.ok(acknowledged.size >= KILLS * BURST, 'the load was real')
})

/** Deploys the contract that the load writes to; returns its address. */
async function deploy(dir) {
  const node = await NodeProcess.start({ dir })
  const deployer = account(0)
  const data = bytecode + pad('0x0').slice(2)
  const signed = await sign(deployer, { nonce: 0, data, gas: 2_000_000n })
  await sendAll(node, [signed])
  const receipt = await receiptOf(node, keccak256(signed))
  assert.equal(receipt.status, '0x1')
  assert.equal(await node.stop(), 0)
  return receipt.contractAddress
}

/** An account that puts one tin at a time on a shelf of its own: its nonce counts the tins. */
class Sender {
  // Gas is free, so an account that nobody funded can send.
  account = privateKeyToAccount(generatePrivateKey())
  /** Signed transactions by nonce; after a crash the same ones are sent again. */
  signed = []
  acknowledged = 0

  constructor(index, warehouse) {
    this.warehouse = warehouse
    this.shelf = toHex(BigInt(index), { size: 32 })
    this.data = encodeFunctionData({ abi, functionName: 'store', args: [this.shelf, 1n] })
  }

  /** Sends bursts until the connection breaks; every receipt seen is an acknowledgement. */
  async keepSending(node, acknowledged, onAcknowledged) {
    let nonce = await this.nonce(node)
    for (;;) {
      const burst = await this.sign(nonce, BURST)
      const hashes = burst.map((raw) => keccak256(raw))
      await sendAll(node, burst)
      await receiptOf(node, hashes.at(-1))
      for (const receipt of await receiptsOf(node, hashes)) {
        assert.equal(receipt.status, '0x1')
        acknowledged.set(receipt.transactionHash, receipt)
      }
      nonce += BURST
      this.acknowledged = nonce
      onAcknowledged()
    }
  }

  async nonce(node) {
    const [count] = await batch(node, [['eth_getTransactionCount', this.account.address, 'latest']])
    return Number(count)
  }

  async sign(start, count) {
    for (let nonce = this.signed.length; nonce < start + count; nonce += 1) {
      const { data, warehouse: to } = this
      this.signed.push(await sign(this.account, { nonce, to, data, gas: 200_000n }))
    }
    return this.signed.slice(start, start + count)
  }
}

/** Keeps the node busy until its connections break. */
class Load {
  constructor(node, senders, acknowledged) {
    this.ended = Promise.allSettled(
      senders.map((sender) => sender.keepSending(node, acknowledged, () => this.begin())),
    ).then(throwFaults)
    /** Resolves with the first acknowledgement; fails where the load ends without one. */
    this.working = Promise.race([
      new Promise((begin) => (this.begin = begin)),
      this.ended.then(() => assert.fail('the load ended before anything was acknowledged')),
    ])
    this.working.catch(() => {})
  }
}

/** `fetch` reports a broken connection as TypeError; anything else is the node's fault. */
function throwFaults(ends) {
  for (const { reason } of ends) if (!(reason instanceof TypeError)) throw reason
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
    const found = await receiptsOf(node, expected.map((receipt) => receipt.transactionHash))
    assert.deepEqual(found, expected)
  }
}

/** State agrees with itself and with what was acknowledged. */
async function checkState(node, senders) {
  const reader = createPublicClient({ transport: http(node.url) })
  for (const { account: { address }, acknowledged, shelf, warehouse } of senders) {
    // One block for all reads: transactions of the journal may still be going in.
    const blockNumber = await reader.getBlockNumber()
    const args = { abi, address: warehouse, blockNumber }
    const tins = await reader.readContract({ ...args, functionName: 'tinsOn', args: [shelf] })
    const nonce = await reader.getTransactionCount({ address, blockNumber })
    assert.equal(tins, BigInt(nonce), 'a tin for each transaction')
    assert.ok(nonce >= acknowledged, `${acknowledged} were acknowledged, ${nonce} are there`)
  }
}

async function sign(signer, transaction) {
  const fees = { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n }
  return signer.signTransaction({
    type: 'eip1559', chainId: 571571, value: 0n, ...fees, ...transaction,
  })
}

/** Sends signed transactions; those that the node's journal brought back are known already. */
async function sendAll(node, signed) {
  for (const { error } of await ask(node, signed.map((raw) => ['eth_sendRawTransaction', raw]))) {
    const isKnown = /already known/i.test(error?.message ?? 'already known')
    // What a journal brought back may be final by now.
    const isFinal = /nonce too low/i.test(error?.message ?? '')
    assert.ok(isKnown || isFinal, error?.message)
  }
}

async function receiptOf(node, hash) {
  for (;;) {
    const [receipt] = await batch(node, [['eth_getTransactionReceipt', hash]])
    if (receipt !== null) return receipt
    await pause(5)
  }
}

async function receiptsOf(node, hashes) {
  return batch(node, hashes.map((hash) => ['eth_getTransactionReceipt', hash]))
}

/** One batch of calls that must succeed; the results in their order. */
async function batch(node, calls) {
  const answers = await ask(node, calls)
  return answers.map(({ result, error }, index) => {
    assert.equal(error, undefined, `${calls[index][0]}: ${error?.message}`)
    return result
  })
}

/** One batch of calls; the answers in their order. */
async function ask(node, calls) {
  const body = calls.map(([method, ...params], id) => ({ jsonrpc: '2.0', id, method, params }))
  const response = await fetch(node.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answers = await response.json()
  return answers.sort((a, b) => a.id - b.id)
}
