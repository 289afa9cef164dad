// Why there is no block: validators of a running network are killed and cut off, and the doctor says
// who is missing, since when, which connections are down and what to do, until all is well again.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Network, until } from '../support/network.mjs'
import { run } from '../support/node-process.mjs'

const HEALTHY = ['moves', 'votes']

/** Whose votes are missing because nobody hears it. */
const SILENT = 'missing silent'

test('the doctor says why there is no block', { timeout: 300_000 }, async (t) => {
  const network = await Network.start(t)
  const all = [0, 1, 2, 3]

  await t.test('all is well', async () => {
    await acquainted(network)
    const { code, findings } = await settle(network, all, HEALTHY)
    assert.equal(code, 0)
    assert.deepEqual(votes(findings), [4, 4, 3])
  })

  await t.test('one of four is killed', () => oneKilled(network))
  await t.test('two of four are killed', () => twoKilled(network))

  await t.test('both are started again', async () => {
    await network.command('start', ['2', '3'])
    await acquainted(network)
    const { code, healthy } = await settle(network, all, HEALTHY)
    assert.deepEqual([code, healthy], [0, true])
  })

  await t.test('one is cut off', () => oneCutOff(network))
  await t.test('two are cut off from the other two', () => halves(network))

  await t.test('all are joined again', async () => {
    await network.command('heal')
    const { code, healthy } = await settle(network, all, HEALTHY)
    assert.deepEqual([code, healthy], [0, true])
    const status = apartFromDisks(await network.command('status'))
    assert.equal(status.healthy, true)
    assert.deepEqual(kinds(status), HEALTHY)
    for (const { name, voteAgeMs, clockAheadMs, diskMs, version } of status.validators) {
      assert.ok(voteAgeMs < 10_000 && Math.abs(clockAheadMs) < 1_000 && diskMs >= 0, name)
      assert.match(version, /^\d+\.\d+\.\d+/)
    }
  })

  await t.test('none runs', async () => {
    await network.command('stop')
    const { code, findings } = await examine(network, [0, 1])
    assert.equal(code, 2)
    assert.deepEqual(findings.map(({ kind, url }) => [kind, url]), [
      ['unreachable', network.urls[0]], ['unreachable', network.urls[1]],
    ])
    assert.equal((await network.command('status')).healthy, false)
  })
})

/** Waits until each heard the others and saw their votes: who never was is named in other words. */
function acquainted(network) {
  return until('each heard the others and saw their votes', async () => {
    const views = network.urls.map((_, index) => network.ask(index, 'qiantang_health'))
    return (await Promise.all(views)).every(({ validators }) =>
      validators.every(({ me, heard, vote }) => me || (heard && vote)))
  })
}

/** Blocks go on; who is missing is named, with how long and what to do. */
async function oneKilled(network) {
  await network.command('kill', ['3'])
  const first = await settle(network, [0], ['moves', 'votes', SILENT])
  assert.deepEqual([first.code, first.healthy], [0, true])
  assert.deepEqual(votes(first.findings), [3, 4, 3])
  const [moves, few, missing] = first.findings
  assert.match(moves.text, /^the chain makes blocks: block \d+ came [\d.]+ s ago$/)
  assert.equal(few.hint, 'if one more stops voting, the chain stands')
  assertKilled(network, 3, missing, 'warning')
  const height = await network.height(0)
  await until('blocks go on', async () => (await network.height(0)) > height + 2)
  const later = await examine(network, [0])
  assert.ok(later.findings[2].ageMs > missing.ageMs, 'since when grows')
  const { stdout } = await ask(network, [0], '--lang', 'zh')
  assert.match(stdout, /^说明：链在出块：区块 \d+，.* 前$/m)
  assert.match(stdout, /^警告：没有 .+ 的投票：已失联 /m)
  const { healthy, findings, validators } = await network.command('status')
  assert.deepEqual([healthy, validators[3].running], [true, false])
  const [local, ...others] = findings.filter(({ kind }) => kind === 'missing')
  assert.deepEqual([local.who.name, others], ['v3', []])
  assert.match(local.hint, /`qiantang network start DIR`/)
}

/** No block; both that are missing are named, and how many are needed back. */
async function twoKilled(network) {
  await network.command('kill', ['2'])
  const { code, healthy, findings } = await settle(
    network, [0], ['stands', 'votes', SILENT, SILENT],
  )
  assert.deepEqual([code, healthy], [1, false])
  const [stands, short, ...missing] = findings
  assert.match(stands.text, /^the chain stands: no block since \d{4}-\d\d-\d\dT\S+ \(.+\); the last one is block \d+$/)
  assert.ok(stands.ageMs >= 7_000)
  assert.deepEqual(votes(findings), [2, 4, 3])
  assert.equal(short.hint, 'bring 1 more of the validators named here back')
  const byKey = new Map(missing.map((finding) => [finding.who.key, finding]))
  for (const index of [2, 3]) assertKilled(network, index, byKey.get(key(network, index)), 'stop')
  const chinese = await ask(network, [0], '--lang', 'zh')
  assert.match(chinese.stdout, /4 个验证者中有 2 个在投票，出块需要 3 个/)
  const status = await network.command('status')
  assert.equal(status.healthy, false)
  assert.deepEqual(
    status.findings.filter(({ kind }) => kind === 'missing').map(({ who }) => who.name).sort(),
    ['v2', 'v3'],
  )
}

function assertKilled(network, index, { who, why, severity, ageMs, text, hint }, expected) {
  const { publicKey, p2p } = network.made.validators[index]
  assert.deepEqual([who.key, who.address, why, severity], [publicKey, p2p, 'silent', expected])
  assert.ok(who.organisation && text.includes(who.organisation), text)
  assert.ok(ageMs >= 5_000)
  assert.match(text, /silent for \S+/)
  assert.ok(hint.includes('qiantang start') && hint.includes(p2p), hint)
}

/** The chain goes on; the one that is cut off is named by the others and by itself. */
async function oneCutOff(network) {
  await network.command('partition', ['3'])
  const both = await settle(network, [0, 3],
    ['moves', 'nodeStands', 'votes', SILENT, 'isolated'])
  assert.equal(both.code, 1, 'a node that was asked stands')
  const [, stuck, , missing, isolated] = both.findings
  for (const { who } of [stuck, missing, isolated]) assert.equal(who.key, key(network, 3))
  const alone = await settle(network, [3],
    ['stands', 'votes', SILENT, SILENT, SILENT, 'isolated'])
  assert.equal(alone.code, 1)
  await network.command('heal')
  await settle(network, [0, 1, 2, 3], HEALTHY)
}

/** No block though all are there: the connections that are down are named. */
async function halves(network) {
  await network.command('partition', ['2,3'])
  const { code, findings } = await settle(network, [0, 1, 2, 3], ['stands', 'votesSplit',
    ...Array(8).fill('connectionDown'), 'votes'])
  assert.equal(code, 1)
  assert.match(findings[1].text, /no node that was asked gets the votes of more than 2, and a block needs 3$/)
  const down = findings.filter(({ kind }) => kind === 'connectionDown')
  const expected = [[0, 2], [0, 3], [1, 2], [1, 3], [2, 0], [2, 1], [3, 0], [3, 1]]
  assert.deepEqual(
    down.map(({ from, to }) => [from.key, to.key]).sort(),
    expected.map(([from, to]) => [key(network, from), key(network, to)]).sort(),
  )
  for (const { silentMs, text, hint } of down) {
    assert.ok(silentMs >= 5_000, text)
    assert.match(hint, /addresses and firewalls/)
  }
}

/** The report of some nodes as soon as it has just these findings. */
async function settle(network, indices, expected) {
  let last
  try {
    return await until('the findings', async () => {
      last = await examine(network, indices)
      return JSON.stringify(kinds(last)) === JSON.stringify(expected) && last
    })
  } catch (error) {
    const texts = last.findings.map(({ kind, text }) => `${kind}: ${text}`)
    throw new Error(`${error.message}, but ${texts.join('\n')}`)
  }
}

async function examine(network, indices) {
  const { code, stdout } = await ask(network, indices, '--json')
  return apartFromDisks({ code, ...JSON.parse(stdout) })
}

/** Whether the disk of this machine is nearly full, or slow, is not what is tested. */
function apartFromDisks(report) {
  const findings = report.findings.filter(({ kind }) => !['diskFull', 'slowDisk'].includes(kind))
  return { ...report, findings }
}

function ask(network, indices, ...words) {
  return run('doctor', ...indices.flatMap((index) => ['--rpc', network.urls[index]]), ...words)
}

const key = (network, index) => network.made.validators[index].publicKey
const kinds = ({ findings }) => findings.map(({ kind, why }) => (why ? `${kind} ${why}` : kind))

function votes(findings) {
  const { voting, validators, needed } = findings.find(({ kind }) => kind === 'votes')
  return [voting, validators, needed]
}
