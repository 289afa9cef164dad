// Starts and stops the real binary. Tests own their node: a fresh folder, a port that the system
// chooses, no state shared with any other test.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const repository = fileURLToPath(new URL('../../', import.meta.url))

const START_MS_MAX = 60_000
const STOP_MS_MAX = 30_000

/** The binary under test: QIANTANG_BIN, or what `cargo build` made. */
export const binary = findBinary()

function findBinary() {
  const target = resolve(repository, process.env.CARGO_TARGET_DIR ?? 'target')
  const path = process.env.QIANTANG_BIN ?? join(target, 'debug', 'qiantang')
  if (!existsSync(path)) {
    throw new Error(`${path} does not exist; run: cargo build -p qiantang-cli`)
  }
  return path
}

/** A folder that lives as long as the test: registers its own removal. */
export async function temporaryFolder(t) {
  const folder = await mkdtemp(join(tmpdir(), 'qiantang-e2e-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A node for one test, with a folder of its own; both end with the test. */
export async function startNode(t, ...words) {
  const dir = await mkdtemp(join(tmpdir(), 'qiantang-e2e-'))
  const node = await NodeProcess.start({ dir, arguments: words })
  t.after(async () => {
    await node.stop()
    await rm(dir, { recursive: true, force: true })
  })
  return node
}

/** A running `qiantang dev` or `qiantang start`. */
export class NodeProcess {
  /** Starts the process; `ready` says when it serves. */
  static spawn({ dir, arguments: more = [] }) {
    const words = ['dev', '--dir', dir, '--http', '127.0.0.1:0', '--json', ...more]
    return new NodeProcess(spawn(binary, words, { stdio: ['ignore', 'pipe', 'pipe'] }), dir)
  }

  /** Resolves to a node that has printed where it listens. */
  static async start(options) {
    const node = NodeProcess.spawn(options)
    await node.ready()
    return node
  }

  /** As start, for the `qiantang start` of a directory that `qiantang init` made. */
  static async startMember(dir) {
    const words = ['start', '--config', join(dir, 'config.toml'), '--json']
    const node = new NodeProcess(spawn(binary, words, { stdio: ['ignore', 'pipe', 'pipe'] }), dir)
    await node.ready()
    return node
  }

  constructor(child, dir) {
    this.child = child
    this.dir = dir
    this.talk = ''
    child.stderr.setEncoding('utf8').on('data', (text) => {
      this.talk = (this.talk + text).slice(-20_000)
    })
    this.lines = createInterface({ input: child.stdout })
    this.exited = once(child, 'exit')
  }

  /** Resolves when the node has printed where it listens; fails where it ends before. */
  async ready() {
    const started = new Promise((found) => {
      this.lines.on('line', (line) => {
        const said = parse(line)
        if (said?.rpc) found(said)
      })
    })
    const late = deadline(START_MS_MAX, 'the node did not say where it listens')
    const died = this.exited.then(([code, signal]) => {
      throw new Error(`the node ended early (${code ?? signal}):\n${this.talk}`)
    })
    try {
      const said = await Promise.race([started, died, late.promise])
      Object.assign(this, { said, url: said.rpc, anchor: said.anchor })
    } catch (error) {
      this.child.kill('SIGKILL')
      throw error
    } finally {
      late.cancel()
      died.catch(() => {})
    }
  }

  /** Ends the node as an operator does, and returns its exit code. */
  async stop() {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGTERM')
    const late = deadline(STOP_MS_MAX, 'the node did not stop')
    try {
      const [code] = await Promise.race([this.exited, late.promise])
      return code
    } finally {
      late.cancel()
    }
  }

  /** Ends the node as a power cut does. */
  async kill() {
    this.child.kill('SIGKILL')
    await this.exited
  }
}

/** Runs the binary to its end; returns what it printed and its exit code. */
export async function run(...words) {
  const child = spawn(binary, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  return collect(child)
}

/** Collects what a process prints until it ends. */
export async function collect(child) {
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text))
  const [code] = await once(child, 'close')
  return { code, stdout, stderr }
}

function deadline(milliseconds, message) {
  let timer
  const promise = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(message)), milliseconds)
  })
  promise.catch(() => {})
  return { promise, cancel: () => clearTimeout(timer) }
}

function parse(line) {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
