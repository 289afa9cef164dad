// Clients that send transactions all the time, to any node that answers, and remember what was
// acknowledged.

import assert from 'node:assert/strict'
import { keccak256 } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'

import { until } from './network.mjs'

/** Acknowledgements that a phase of the load waits for. */
const PHASE = 100
/** After this time without a receipt a sender asks another node. */
const PATIENCE_MS = 3_000

/** Waits for more acknowledgements; fails where the load has ended. */
export async function more(what, acknowledged, load, count = PHASE) {
  const target = acknowledged.size + count
  const failed = load.then(() => assert.fail(`the load ended: ${what}`))
  failed.catch(() => {})
  await Promise.race([until(what, () => acknowledged.size >= target, 120_000), failed])
}

/** The same blocks everywhere, and every acknowledged transaction once. */
export async function agree(network, senders, acknowledged) {
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
export class Sender {
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
    let index = nonce % this.network.urls.length
    return until(`transaction ${nonce}`, async () => {
      try {
        await this.send(index, raw)
        const found = () => this.receipt(index, raw)
        return await until('a receipt', found, PATIENCE_MS)
      } catch (error) {
        // A node that refuses has a reason; one that is down or behind has none.
        if (error.code !== undefined || this.network.ended) throw error
        index = (index + 1) % this.network.urls.length
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
