// The native modules as viem sees them, for tests that play several organisations.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  createPublicClient, createWalletClient, decodeErrorResult, defineChain, http,
} from 'viem'

import { repository } from './node-process.mjs'

const module = (name, address) => ({
  address,
  abi: JSON.parse(readFileSync(join(repository, 'specs', 'abi', `${name}.json`), 'utf8')),
})

export const identity = module('Identity', '0x7174000000000000000000000000000000000011')
export const policy = module('Policy', '0x7174000000000000000000000000000000000012')
export const scheduler = module('Scheduler', '0x7174000000000000000000000000000000000013')
export const governance = module('Governance', '0x7174000000000000000000000000000000000014')

// Numbers of Governance's choices and states.
const YES = 1
const VOTING = 1
const EXECUTED = 3

/** A chain as its members use it: sends calls, waits for receipts, reads. */
export class Members {
  constructor(url) {
    this.chain = defineChain({
      id: 571571,
      name: 'Qiantang',
      nativeCurrency: { name: 'Qiantang', symbol: 'QT', decimals: 18 },
      rpcUrls: { default: { http: [url] } },
    })
    this.transport = http(url)
    this.reader = createPublicClient({
      chain: this.chain, transport: this.transport, pollingInterval: 20, cacheTime: 0,
    })
  }

  /** Asks a module. */
  read(module, functionName, args = []) {
    return this.reader.readContract({ ...module, functionName, args })
  }

  /** Sends a call without asking whether it will succeed; resolves to its receipt. */
  async send(account, module, functionName, args = [], more = {}) {
    const wallet = createWalletClient({ account, chain: this.chain, transport: this.transport })
    const hash = await wallet.writeContract({
      ...module, functionName, args, gas: 20_000_000n, ...more,
    })
    return this.reader.waitForTransactionReceipt({ hash })
  }

  /** As send, and the call must succeed; where it does not, the error says why. */
  async act(account, module, functionName, args = [], more = {}) {
    const { result } = await this.reader.simulateContract({
      ...module, functionName, args, account, gas: 20_000_000n,
    })
    const receipt = await this.send(account, module, functionName, args, more)
    if (receipt.status !== 'success') throw new Error(`${functionName} failed`)
    return { result, receipt }
  }

  /** Proposes as the first account, lets the others vote yes, and waits until it took effect. */
  async decide([proposer, ...voters], functionName, args) {
    const { result: id } = await this.act(proposer, governance, functionName, args)
    const state = async () => (await this.read(governance, 'proposal', [id])).summary.state
    for (const account of [proposer, ...voters]) {
      if ((await state()) !== VOTING) break
      await this.act(account, governance, 'vote', [id, YES])
    }
    await this.until(async () => (await state()) === EXECUTED)
    return id
  }

  /** The chain's time in milliseconds. */
  async time() {
    const block = await this.reader.request({
      method: 'eth_getBlockByNumber', params: ['latest', false],
    })
    return BigInt(block.timestampMs)
  }

  /** Resolves as soon as a finalized block makes the condition true. */
  async until(condition, milliseconds = 120_000) {
    const end = Date.now() + milliseconds
    for (;;) {
      const height = await this.reader.getBlockNumber()
      if (await condition()) return
      while ((await this.reader.getBlockNumber()) === height) {
        if (Date.now() > end) throw new Error(`not within ${milliseconds} ms: ${condition}`)
        await new Promise((wake) => setTimeout(wake, 20))
      }
    }
  }
}

/** The name of the custom error that a refused call carries. */
export function refusal(error, module) {
  const data = error.walk?.((cause) => cause.data !== undefined)?.data
  const raw = data?.errorName ? data : decodeErrorResult({ abi: module.abi, data })
  return raw.errorName
}

/** What a key signs for Identity (EIP-712). */
export function consent(account, primaryType, message) {
  const types = {
    Membership: [
      { name: 'organisation', type: 'uint64' },
      { name: 'account', type: 'address' },
      { name: 'nonce', type: 'uint64' },
      { name: 'deadline', type: 'uint64' },
    ],
    NewKey: [
      { name: 'account', type: 'address' },
      { name: 'newKey', type: 'address' },
      { name: 'nonce', type: 'uint64' },
      { name: 'deadline', type: 'uint64' },
    ],
  }
  return account.signTypedData({
    domain: {
      name: 'Qiantang Identity', version: '1', chainId: 571571, verifyingContract: identity.address,
    },
    types: { [primaryType]: types[primaryType] },
    primaryType,
    message,
  })
}
