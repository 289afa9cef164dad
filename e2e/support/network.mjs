// A network of real processes, made and run by the command line as an operator does.

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import { run } from './node-process.mjs'

const UNTIL_MS_MAX = 60_000

/** All validators of a chain on this machine; they end with the test. */
export class Network {
  /** Makes and starts a network on ports that are free. */
  static async start(t, { validators = 4, words = [] } = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'qiantang-e2e-'))
    const network = new Network(join(folder, 'net'), validators)
    t.after(() => network.end(folder))
    const more = ['--validators', String(validators), '--base-port', '0', ...words]
    network.made = await network.command('new', more)
    network.urls = network.made.validators.map((validator) => validator.rpc)
    await network.command('start')
    return network
  }

  constructor(dir, validators) {
    this.dir = dir
    this.validators = validators
  }

  /** Ends what still runs, then removes the folder. */
  async end(folder) {
    if (this.urls) await this.command('kill', [...this.urls.keys()].map(String))
    await rm(folder, { recursive: true, force: true })
  }

  /** Runs a command about this network, which must succeed; returns its JSON. */
  async command(name, words = []) {
    const { code, stdout, stderr } = await run('network', name, this.dir, ...words, '--json')
    assert.equal(code, 0, `network ${name} ${words.join(' ')}: ${stderr}`)
    return JSON.parse(stdout)
  }

  /** What every validator says of itself. */
  async status() {
    return (await this.command('status')).validators
  }

  /** One call to one validator. */
  async ask(index, method, ...params) {
    return call(this.urls[index], method, params)
  }

  async height(index) {
    return Number(await this.ask(index, 'eth_blockNumber'))
  }
}

/** One JSON-RPC call; an error that the node names has a `code`, a broken connection has none. */
export async function call(url, method, params) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const { result, error } = await response.json()
  if (error) throw Object.assign(new Error(`${method}: ${error.message}`), { code: error.code })
  return result
}

/** Resolves to the first answer that is true; asks again until then. */
export async function until(what, condition, milliseconds = UNTIL_MS_MAX) {
  const end = Date.now() + milliseconds
  for (;;) {
    const answer = await condition()
    if (answer) return answer
    if (Date.now() > end) throw new Error(`${what}: not so after ${milliseconds} ms`)
    await pause(10)
  }
}
