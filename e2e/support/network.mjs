// A network of real processes, made and run by the command line as an operator does.

import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import { NodeProcess, run } from './node-process.mjs'

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
    /** Processes of nodes that joined later. */
    this.newcomers = new Set()
  }

  /** Ends what still runs, then removes the folder. */
  async end(folder) {
    this.ended = true
    await Promise.all([...this.newcomers].map((process) => process.kill()))
    if (this.made) await this.command('kill', [...this.made.validators.keys()].map(String))
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

/** A node that somebody adds to a network with `qiantang init`, and runs with `qiantang start`. */
export class Newcomer {
  /** Makes its directory in the network's folder. */
  static async init(network, name, upstream) {
    const dir = join(network.dir, name)
    const address = `127.0.0.1:${await freePort()}`
    const { code, stdout, stderr } = await run('init', dir, '--address', address, '--json')
    assert.equal(code, 0, stderr)
    const { publicKey } = JSON.parse(stdout)
    await configure(dir, [
      ['name = ""', `name = "${name}"`],
      ['chain = "chain.json"', 'chain = "../chain.json"'],
      ['listen = "127.0.0.1:8545"', 'listen = "127.0.0.1:0"'],
      ['listen = "0.0.0.0:', 'listen = "127.0.0.1:'],
      ['upstream = []', `upstream = ${JSON.stringify(upstream)}`],
    ])
    return Object.assign(new Newcomer(network, name, dir), { address, publicKey })
  }

  constructor(network, name, dir) {
    Object.assign(this, { network, name, dir })
  }

  /** Starts its process, which ends with the network. */
  async start() {
    this.process = await NodeProcess.startMember(this.dir)
    this.network.newcomers.add(this.process)
    this.rpc = this.process.url
  }

  /** Ends its process as a power cut does. */
  async kill() {
    this.network.newcomers.delete(this.process)
    await this.process.kill()
  }
}

/** Edits a node's configuration: pairs of what stands there and what shall. */
export async function configure(dir, changes) {
  const path = join(dir, 'config.toml')
  let text = await readFile(path, 'utf8')
  for (const [before, after] of changes) {
    assert.ok(text.includes(before), `${before} in ${path}`)
    text = text.replace(before, after)
  }
  await writeFile(path, text)
}

/** A port that nobody uses now, below those that the system gives to outgoing connections. */
async function freePort() {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000)
    const server = createServer().listen(port, '127.0.0.1')
    const bound = await Promise.race([
      once(server, 'listening').then(() => true),
      once(server, 'error').then(() => false),
    ])
    server.close()
    if (bound) return port
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
