// The members replace their validators one after the other, by vote and under load, until none of
// the first is left. One validator and one follower are away all the time and come back at the end.

import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'

import { account } from '../support/accounts.mjs'
import { Sender, agree, more } from '../support/load.mjs'
import { Network, Newcomer, call, configure, until } from '../support/network.mjs'
import { run } from '../support/node-process.mjs'

/** Blocks in an epoch: a few seconds under load. */
const EPOCH = 20
/** Acknowledgements that are waited for behind the changes. */
const PHASE = 20
/** Members that vote: three of four decide. */
const VOTERS = ['dev:0', 'dev:1', 'dev:2']

test('the members replace all validators', { timeout: 600_000 }, async (t) => {
  const network = await Network.start(t, { words: ['--epoch-length', String(EPOCH)] })
  const [v0, v1, v2, v3] = network.made.validators
  const upstream = [v0, v1, v2].map((validator) => validator.rpc)
  const make = (name) => Newcomer.init(network, name, upstream)
  const [n0, n1, n2, n3, n4, follower] = await Promise.all(
    ['n0', 'n1', 'n2', 'n3', 'n4', 'follower'].map(make),
  )
  const newcomers = [n0, n1, n2, n3, n4]
  await Promise.all([...newcomers, follower].map((node) => node.start()))
  await until('the follower follows', async () => (await height(follower)) > 0)

  // From here on until the end these two are away.
  await follower.kill()
  await network.command('kill', ['3'])
  const away = network.urls.pop()
  network.urls.push(...newcomers.map((node) => node.rpc))

  const acknowledged = new Map()
  const senders = [5, 6].map((index) => new Sender(account(index), network, acknowledged))
  const load = Promise.all(senders.map((sender) => sender.run()))
  load.catch(() => {})
  const members = new Members(network, [v0, v1, v2, v3])
  try {
    await members.add(n0, 1)
    await members.remove(v0)
    await members.rotate(v1, n1)
    await members.add(n2, 2)
    await members.remove(v2)
    await members.rotate(v3, n3)
    assert.ok(![v0, v1, v2, v3].some((node) => members.has(node)), 'none of the first is left')
    await members.rotate(n0, n4)
    // One that is away, and one that follows since it was voted out.
    await members.add(v3, 4, v3.p2p)
    await members.remove(n1)
    await members.add(v0, 1, v0.p2p)
    assert.equal(members.changes, 10)
    await more('after the changes', acknowledged, load, PHASE)

    const before = performance.now()
    await Promise.all([network.command('start', ['3']), follower.start()])
    network.urls.push(away, follower.rpc)
    const target = await height(v0)
    for (const [name, node] of [['the follower', follower], ['the validator', v3]]) {
      await reaches(node, target)
      t.diagnostic(`${name} is back after ${(performance.now() - before).toFixed(0)} ms`)
    }
    await until('the validator that was away votes', () => votes(v0, v3))
    await more('with all', acknowledged, load, PHASE)
  } finally {
    for (const sender of senders) sender.stopping = true
  }
  await load

  await agree(network, senders, acknowledged)
  t.diagnostic(`${acknowledged.size} transactions acknowledged`)
  await prove(t, network, [...acknowledged.keys()].at(-1), members.changes)
})

test('one that was away finds new peers where it knows nobody', { timeout: 300_000 }, async (t) => {
  const network = await Network.start(t, { words: ['--epoch-length', '5'] })
  const [v0, v1, v2, away] = network.made.validators
  const upstream = [v0.rpc]
  const make = (name) => Newcomer.init(network, name, upstream)
  const newcomers = await Promise.all(['n0', 'n1', 'n2'].map(make))
  await Promise.all(newcomers.map((node) => node.start()))
  await Promise.all(newcomers.map((node) => reaches(node, 1)))
  await network.command('kill', ['3'])
  const last = await height(v0)

  const members = new Members(network, [v0, v1, v2, away])
  for (const [index, old] of [v0, v1, v2].entries()) {
    await members.rotate(old, newcomers[index])
    // It may be a block behind, and then would give a member a nonce that is used.
    await reaches(newcomers[index], await height({ rpc: members.rpc }))
    members.rpc = newcomers[index].rpc
  }
  await network.command('kill', ['0', '1', '2'])
  await reaches(newcomers[0], (await height(newcomers[0])) + 1)

  await configure(away.dir, [['upstream = []', `upstream = ["${newcomers[0].rpc}"]`]])
  await network.command('start', ['3'])
  const target = await height(newcomers[0])
  assert.ok(target > last)
  await reaches(away, target)
  await until('it votes', () => votes(newcomers[0], away))
})

const ask = (node, method, ...params) => call(node.rpc, method, params)
const height = async (node) => Number(await ask(node, 'eth_blockNumber'))
const reaches = (node, target) =>
  until(`${node.rpc} at ${target}`, async () => (await height(node)) >= target)

/** Whether a node sees that another votes. */
async function votes(node, other) {
  const { validators } = await ask(node, 'qiantang_health')
  const found = validators.find((validator) => validator.key === other.publicKey)
  return found?.vote !== undefined
}

/** A proof made now leads a stranger who knows the anchor only through all changes. */
async function prove(t, network, hash, changes) {
  for (const [name, words] of [['proof.json', []], ['proof.qtb', ['--binary']]]) {
    const file = join(network.dir, name)
    const wanted = ['--tx', hash, '-o', file, '--rpc', network.urls[0], '--json', ...words]
    const got = await run('proof', 'get', ...wanted)
    assert.equal(got.code, 0, got.stderr)
    const { anchor } = network.made
    const checked = await run('proof', 'verify', file, '--anchor', anchor, '--json')
    assert.equal(checked.code, 0, checked.stdout)
    const verdict = JSON.parse(checked.stdout)
    assert.equal(verdict.verified, true)
    assert.equal(verdict.setChanges, changes)
    t.diagnostic(`${name} across ${changes} changes: ${(await stat(file)).size} bytes`)
  }
}

/** The member organisations, and the validators that they decided. */
class Members {
  changes = 0

  constructor(network, validators) {
    this.network = network
    this.keys = new Set(validators.map((validator) => validator.publicKey))
    this.rpc = network.urls[0]
  }

  has(node) {
    return this.keys.has(node.publicKey)
  }

  /** Votes a validator in, for an organisation. */
  add(node, organisation, address = node.address) {
    this.keys.add(node.publicKey)
    const words = [String(organisation), node.publicKey, '--address', address]
    return this.decide('validator', words)
  }

  remove(node) {
    this.keys.delete(node.publicKey)
    return this.decide('validator-removal', [node.publicKey])
  }

  rotate(node, next) {
    this.keys.delete(node.publicKey)
    this.keys.add(next.publicKey)
    const words = [node.publicKey, next.publicKey, '--address', next.address]
    return this.decide('validator-rotation', words)
  }

  /** Proposes, votes, and waits until the new set decides. */
  async decide(what, words) {
    const reason = ['--reason', 'a machine is replaced']
    const { number } = await this.act('dev:0', 'propose', what, ...words, ...reason)
    // All at the same time, so that none of them knows that it decides.
    await Promise.all(VOTERS.map((key) => this.act(key, 'vote', String(number), 'yes')))
    const expected = [...this.keys].sort()
    await until(`${what} of ${words[0]}`, async () => {
      const { validators } = await call(this.rpc, 'qiantang_health', [])
      const keys = validators.map((validator) => validator.key)
      return JSON.stringify(keys) === JSON.stringify(expected)
    })
    this.changes += 1
  }

  /** What a member's administrator types. */
  async act(key, ...words) {
    const who = ['--key', key, '--rpc', this.rpc, '--yes', '--json']
    const { code, stdout, stderr } = await run('governance', ...words, ...who)
    assert.equal(code, 0, `governance ${words.join(' ')}: ${stderr}`)
    return JSON.parse(stdout)
  }
}
