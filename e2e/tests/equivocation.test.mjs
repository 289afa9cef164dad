// A validator casts two votes in one view that contradict each other, because its operator put an
// old copy of its directory back. The others record it on chain, with the signed votes, and go on
// without it.

import assert from 'node:assert/strict'
import { ECDH, createPublicKey, verify } from 'node:crypto'
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { fromRlp, hexToBytes } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'

import { Network, until } from '../support/network.mjs'
import { run } from '../support/node-process.mjs'

/** The validator with two pasts. */
const TWO_FACED = 3
/** What a node logs when it has two votes that contradict each other. */
const NOTICED = 'a validator contradicts itself'
/** How long the second life may take to come to the view of the first one's last block. */
const SECOND_LIFE_MS_MAX = 20_000
/** The second life's heartbeat: it has time for its view, and a transaction to propose at once. */
const PATIENT = 'heartbeat = "20s"'
/** The first life may have left the view before it was held in it; then all start over. */
const TRIES = 3

test('a validator that votes twice is named on chain', { timeout: 300_000 }, async (t) => {
  const network = await Network.start(t)
  const { publicKey } = network.made.validators[TWO_FACED]
  let tries = 1
  while (!(await contradict(network))) {
    assert.ok(tries < TRIES, `no contradiction in ${tries} tries`)
    tries += 1
    // A vote for what nobody proposed is no evidence, but the others hang up on whoever casts it.
    await network.command('stop')
    await network.command('start')
  }
  t.diagnostic(`it contradicted itself at try ${tries}`)

  const [fault] = await until('the fault on chain', () => faults(network, 0))
  assert.equal(fault.key, publicKey)
  const first = await network.height(0)
  for (const index of [0, 1, 2]) {
    await until(`v${index} goes on`, async () => (await network.height(index)) > first)
    const known = await faults(network, index)
    assert.ok(known.some((other) => isDeepStrictEqual(other, fault)), `validator ${index}`)
  }
  checkOffline(fault, network.made.anchor)
})

/** Faults that a validator's ledger holds; nothing while there are none. */
async function faults(network, index) {
  const words = ['governance', 'faults', '--rpc', network.urls[index], '--json']
  const { code, stdout, stderr } = await run(...words)
  assert.equal(code, 0, stderr)
  const found = JSON.parse(stdout)
  return found.length > 0 && found
}

/** Lets one validator lead the same view in two lives; answers whether another noticed. */
async function contradict(network) {
  const dir = join(network.dir, `v${TWO_FACED}`)
  const backup = join(network.dir, 'backup')
  await network.command('stop', [String(TWO_FACED)])
  await rm(backup, { recursive: true, force: true })
  await cp(dir, backup, { recursive: true })
  await network.command('start', [String(TWO_FACED)])

  const awake = await holdWhereItLeads(network)
  await network.command('kill', [String(TWO_FACED)])
  await rm(dir, { recursive: true })
  await cp(backup, dir, { recursive: true })
  const config = join(dir, 'config.toml')
  const pace = await readFile(config, 'utf8')
  await writeFile(config, pace.replace('heartbeat = "1s"', PATIENT))
  const restarted = network.command('start', [String(TWO_FACED)])
  await until('it has a transaction', () => send(network).catch(() => false))
  const log = join(network.dir, 'v0', 'node.log')
  const noticed = async () => (await readFile(log, 'utf8')).includes(NOTICED)
  const found = await until('a contradiction', noticed, SECOND_LIFE_MS_MAX).catch(() => false)
  awake()
  await restarted
  return found
}

/** Gives the two-faced one a reason for a block. */
async function send(network) {
  const account = privateKeyToAccount(generatePrivateKey())
  const { chainId } = JSON.parse(await readFile(join(network.dir, 'chain.json'), 'utf8'))
  const transaction = { type: 'legacy', chainId, nonce: 0, to: account.address, gas: 21_000n }
  const raw = await account.signTransaction({ ...transaction, gasPrice: 0n })
  return network.ask(TWO_FACED, 'eth_sendRawTransaction', raw)
}

/**
 * Stops validators 1 and 2 in a view that the two-faced one leads, after validator 0 has its vote
 * for its own block; so the view cannot end. Answers how to go on.
 */
async function holdWhereItLeads(network) {
  const others = (await network.status()).slice(1, 3).map((validator) => validator.pid)
  const signal = (name) => others.forEach((pid) => process.kill(pid, name))
  for (;;) {
    const view = await until('its turn', viewBeforeItsTurn(network))
    signal('SIGSTOP')
    const held = await until('its vote', async () => {
      const health = await network.ask(0, 'qiantang_health')
      if (health.view > view + 1) return 'late'
      return voteOf(network, health)?.view === view + 1 && 'held'
    })
    if (held === 'held') return () => signal('SIGCONT')
    signal('SIGCONT')
  }
}

/** The view of the block that just became final, where the two-faced one leads the next. */
function viewBeforeItsTurn(network) {
  let height
  return async () => {
    const health = await network.ask(0, 'qiantang_health')
    const isNew = height !== undefined && health.height > height
    height = health.height
    const { epoch, view, validators } = health
    // The engine's order: the validators by their keys, one after the other.
    const next = validators[(epoch + view + 1) % validators.length]
    return isNew && next.key === network.made.validators[TWO_FACED].publicKey && view
  }
}

function voteOf(network, health) {
  const { publicKey } = network.made.validators[TWO_FACED]
  return health.validators.find((validator) => validator.key === publicKey).vote
}

/** Kinds of evidence by their number: name, and the suffixes under which the votes are signed. */
const KINDS = {
  1: ['two-notarize-votes', '_NOTARIZE', '_NOTARIZE'],
  2: ['two-finalize-votes', '_FINALIZE', '_FINALIZE'],
  3: ['nullify-and-finalize-votes', '_NULLIFY', '_FINALIZE'],
}

/**
 * Checks evidence with nothing but the anchor, as crates/modules/src/governance/faults/evidence.rs
 * documents it: both votes are signed with the key, in one view, and contradict each other. Which
 * kind it is depends on how far each of the two lives came in the view.
 */
function checkOffline(fault, anchor) {
  const bytes = hexToBytes(fault.evidence)
  assert.equal(bytes[0], 1, 'format')
  const [kind, ...suffixes] = KINDS[bytes[1]]
  assert.equal(fault.kind, kind)
  const [epoch, view, key, ...votes] = fromRlp(bytes.slice(2), 'bytes')
  assert.deepEqual(key, hexToBytes(fault.key))
  assert.equal(number(view), fault.view)
  const publicKey = publicKeyOf(key)
  const subjects = votes.map((vote, index) => {
    const [parent, payload] = vote.slice(0, -1)
    const proposal = parent ? [varint(number(parent)), payload] : []
    const namespace = Buffer.concat([fingerprint(anchor), Buffer.from(suffixes[index])])
    const round = [varint(namespace.length), namespace, varint(number(epoch)), varint(number(view))]
    const message = Buffer.concat([...round, ...proposal])
    const from = { key: publicKey, dsaEncoding: 'ieee-p1363' }
    assert.ok(verify('sha256', message, from, vote.at(-1)), 'the validator signed it')
    assert.ok(!verify('sha256', message.subarray(1), from, vote.at(-1)), 'and nothing else')
    return message
  })
  assert.notDeepEqual(subjects[0], subjects[1], 'two votes')
}

function publicKeyOf(compressed) {
  const point = ECDH.convertKey(Buffer.from(compressed), 'prime256v1')
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((c) => c.toString('base64url'))
  return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
}

/** The 32 bytes in an anchor: five bits for each letter, six letters of checksum behind them. */
function fingerprint(anchor) {
  const letters = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
  const data = [...anchor.slice(3, -6)].map((letter) => letters.indexOf(letter))
  const bits = data.map((five) => five.toString(2).padStart(5, '0')).join('')
  const bytes = bits.match(/.{8}/g).map((eight) => Number.parseInt(eight, 2))
  assert.equal(bytes.length, 32)
  return Buffer.from(bytes)
}

const number = (bytes) => bytes.reduce((value, byte) => value * 256 + byte, 0)

/** LEB128. */
function varint(value) {
  const bytes = []
  for (; value > 0x7f; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80)
  return Buffer.from([...bytes, value])
}
