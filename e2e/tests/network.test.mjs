// Four validators, four processes, under load: one is killed, then all, then one is cut off. What
// was acknowledged stays, on every node, once, and all agree on every root.
//
// QIANTANG_NETWORK_SCHEME chooses the validators' signatures (p256).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keccak256 } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'

import { account } from '../support/accounts.mjs'
import { Network, until } from '../support/network.mjs'

const SCHEME = process.env.QIANTANG_NETWORK_SCHEME ?? 'p256'
/** Single transactions whose time to final is measured. */
const SINGLES = 100
/** Acknowledgements that a phase of the load waits for. */
const PHASE = 100
/** After this time without a receipt a sender asks another node. */
const PATIENCE_MS = 3_000

test('four validators keep what they acknowledged', { timeout: 600_000 }, async (t) => {
  const network = await Network.start(t, { words: ['--scheme', SCHEME] })
  await measureSingles(t, network)

  const acknowledged = new Map()
  const senders = [1, 2, 3, 4].map((index) => new Sender(account(index), network, acknowledged))
  const load = Promise.all(senders.map((sender) => sender.run()))
  load.catch(() => {})
  const work = (what) => more(what, acknowledged, load)
  try {
    await work('all four')
    await network.command('kill', ['3'])
    await work('three of four')
    await network.command('start', ['3'])
    await work('four again')
    await killAll(t, network)
    await work('after all were killed')
    await cutOff(network, 2, work)
  } finally {
    for (const sender of senders) sender.stopping = true
  }
  await load

  await agree(network, senders, acknowledged)
  t.diagnostic(`${acknowledged.size} transactions acknowledged`)
  const { ended } = await network.command('stop')
  assert.equal(ended.length, 4)
  assert.ok((await network.status()).every((validator) => !validator.running))
})

/** Prints how long single transactions take until a receipt is there, on an idle chain. */
async function measureSingles(t, network) {
  const sender = new Sender(account(5), network, new Map())
  const times = []
  for (let index = 0; index < SINGLES; index += 1) {
    const raw = await sender.sign(index)
    const before = performance.now()
    await network.ask(index % network.validators, 'eth_sendRawTransaction', raw)
    await until('a single transaction', () => sender.receipt(index % network.validators, raw))
    times.push(performance.now() - before)
  }
  times.sort((a, b) => a - b)
  const at = (part) => times[Math.min(times.length - 1, Math.floor(times.length * part))]
  const [p50, p99] = [at(0.5), at(0.99)].map((time) => time.toFixed(0))
  t.diagnostic(`finality of single transactions: p50 ${p50} ms, p99 ${p99} ms`)
}

/** A power cut of the whole network. */
async function killAll(t, network) {
  const heights = await Promise.all(network.urls.map((_, index) => network.height(index)))
  await network.command('kill', ['0', '1', '2', '3'])
  assert.ok((await network.status()).every((validator) => !validator.running))
  const before = performance.now()
  const { validators } = await network.command('start')
  const time = performance.now() - before
  t.diagnostic(`first block on every node after kill -9 of all: ${time.toFixed(0)} ms`)
  for (const { name, height } of validators) {
    assert.ok(height > Math.max(...heights) - 1, `${name} is back at block ${height}`)
  }
}

/** One validator alone makes no block; it comes after as soon as it may. */
async function cutOff(network, index, work) {
  await network.command('partition', [String(index)])
  const peers = async () => (await network.status())[index].peers
  await until('the partition', async () => (await peers()) === 0)
  const alone = await network.height(index)
  await work('one is cut off')
  const other = await network.height((index + 1) % network.validators)
  assert.ok(other > alone + 1, `the others went on: ${other}, ${alone}`)
  assert.equal(await network.height(index), alone, 'alone it finalizes nothing')
  await network.command('heal')
  await until('catching up', async () => (await network.height(index)) >= other)
  await work('healed')
}

/** Waits for more acknowledgements; fails where the load has ended. */
async function more(what, acknowledged, load) {
  const target = acknowledged.size + PHASE
  const failed = load.then(() => assert.fail(`the load ended: ${what}`))
  failed.catch(() => {})
  await Promise.race([until(what, () => acknowledged.size >= target, 120_000), failed])
}

/** The same blocks everywhere, and every acknowledged transaction once. */
async function agree(network, senders, acknowledged) {
  const nodes = network.urls.map((_, index) => index)
  const highest = Math.max(...(await Promise.all(nodes.map((index) => network.height(index)))))
  for (const index of nodes) {
    await until(`v${index} at ${highest}`, async () => (await network.height(index)) >= highest)
  }
  const height = `0x${highest.toString(16)}`
  const blocks = await Promise.all(
    nodes.map((index) => network.ask(index, 'eth_getBlockByNumber', height, false)),
  )
  for (const block of blocks) {
    assert.equal(block.hash, blocks[0].hash)
    assert.equal(block.stateRoot, blocks[0].stateRoot)
  }
  for (const index of nodes) {
    for (const [hash, expected] of acknowledged) {
      const receipt = await network.ask(index, 'eth_getTransactionReceipt', hash)
      assert.deepEqual(receipt, expected, `v${index}`)
    }
    for (const { signer, to, acknowledged: count } of senders) {
      const balance = await network.ask(index, 'eth_getBalance', to, height)
      const nonce = await network.ask(index, 'eth_getTransactionCount', signer.address, height)
      assert.equal(BigInt(balance), BigInt(nonce), 'a wei for each transaction')
      assert.equal(Number(nonce), count, 'what was acknowledged, and nothing else')
    }
  }
}

/** Sends one wei after the other to an account of its own, to any node that answers. */
class Sender {
  to = privateKeyToAccount(generatePrivateKey()).address
  acknowledged = 0
  stopping = false

  constructor(signer, network, receipts) {
    Object.assign(this, { signer, network, receipts })
  }

  async run() {
    for (let nonce = 0; !this.stopping; nonce += 1) {
      const raw = await this.sign(nonce)
      const receipt = await this.acknowledge(nonce, raw)
      assert.equal(receipt.status, '0x1')
      this.receipts.set(receipt.transactionHash, receipt)
      this.acknowledged = nonce + 1
    }
  }

  sign(nonce) {
    return this.signer.signTransaction({
      type: 'eip1559', chainId: 571571, nonce, to: this.to, value: 1n, gas: 21_000n,
      maxFeePerGas: 0n, maxPriorityFeePerGas: 0n,
    })
  }

  receipt(index, raw) {
    return this.network.ask(index, 'eth_getTransactionReceipt', keccak256(raw))
  }

  /** Hands a transaction to one node after the other until one of them has it in a block. */
  async acknowledge(nonce, raw) {
    let index = nonce % this.network.validators
    return until(`transaction ${nonce}`, async () => {
      try {
        await this.send(index, raw)
        const found = () => this.receipt(index, raw)
        return await until('a receipt', found, PATIENCE_MS)
      } catch (error) {
        // A node that refuses has a reason; one that is down or behind has none.
        if (error.code !== undefined) throw error
        index = (index + 1) % this.network.validators
        return undefined
      }
    }, 120_000)
  }

  async send(index, raw) {
    try {
      await this.network.ask(index, 'eth_sendRawTransaction', raw)
    } catch (error) {
      // It was handed to another node before, and has come here or is final.
      if (!/already known|nonce too low/i.test(error.message)) throw error
    }
  }
}
