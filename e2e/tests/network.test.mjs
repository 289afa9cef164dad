// Four validators, four processes, under load: one is killed, then all, then one is cut off. What
// was acknowledged stays, on every node, once, and all agree on every root.
//
// QIANTANG_NETWORK_SCHEME chooses the validators' signatures (p256).

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { account } from '../support/accounts.mjs'
import { Sender, agree, more } from '../support/load.mjs'
import { Network, until } from '../support/network.mjs'

const SCHEME = process.env.QIANTANG_NETWORK_SCHEME ?? 'p256'
/** Single transactions whose time to final is measured. */
const SINGLES = 100

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
