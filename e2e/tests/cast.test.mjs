// Foundry's cast, as a developer uses it at a terminal, against the running node.

import assert from 'node:assert/strict'
import { before, after, test } from 'node:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { account, privateKey } from '../support/accounts.mjs'
import { cast as castAt, runCast } from '../support/cast.mjs'
import { compile } from '../support/compile.mjs'
import { NodeProcess } from '../support/node-process.mjs'

const SHELF = `0x${'07'.repeat(32)}`

let folder
let node

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'qiantang-cast-'))
  node = await NodeProcess.start({ dir: folder })
})

after(async () => {
  const code = await node?.stop()
  await rm(folder, { recursive: true, force: true })
  assert.equal(code, 0, 'a node that is asked to stop ends well')
})

const cast = (...words) => castAt(node.url, ...words)

test('cast reads the chain', async () => {
  assert.equal(await cast('chain-id'), '571571')
  assert.match(await cast('client'), /qiantang/i)
  assert.equal(await cast('gas-price'), '0')
  const block = JSON.parse(await cast('block', 'latest', '--json'))
  assert.equal(BigInt(block.number) >= 0n, true)
  assert.match(block.hash, /^0x[0-9a-f]{64}$/)
})

test('cast sends value', async () => {
  const to = '0x00000000000000000000000000000000005ca1ab'
  const sender = account(0).address
  const nonce = Number(await cast('nonce', sender))
  const receipt = JSON.parse(
    await cast('send', to, '--value', '1234567', '--private-key', privateKey(0), '--json'),
  )
  assert.equal(receipt.status, '0x1')
  assert.equal(receipt.gasUsed, '0x5208')
  assert.equal(await cast('balance', to), '1234567')
  assert.equal(Number(await cast('nonce', sender)), nonce + 1)
  const before = `${BigInt(receipt.blockNumber) - 1n}`
  assert.equal(await cast('balance', to, '--block', before), '0', 'the past stays readable')
})

test('cast sends legacy, fee market and delegating transactions', async () => {
  const to = account(1).address
  for (const [flags, type] of [
    [['--legacy'], '0x0'],
    [[], '0x2'],
    [['--auth', account(2).address], '0x4'],
  ]) {
    const words = ['send', to, '--value', '1', '--private-key', privateKey(3), '--json', ...flags]
    const receipt = JSON.parse(await cast(...words))
    assert.equal(receipt.status, '0x1', `${flags}`)
    assert.equal(receipt.type, type, `${flags}`)
  }
})

test('cast deploys a contract, calls it, reads logs and receipts', async () => {
  const { bytecode } = compile('Warehouse')
  const key = ['--private-key', privateKey(1)]
  const argument = '5'.padStart(64, '0')
  const deployed = JSON.parse(await cast('send', ...key, '--json', '--create', bytecode + argument))
  assert.equal(deployed.status, '0x1')
  const at = deployed.contractAddress
  assert.ok((await cast('code', at)).length > 100)
  assert.equal(await cast('call', at, 'total()(uint256)'), '5')

  const stored = JSON.parse(
    await cast('send', at, 'store(bytes32,uint256)', SHELF, '12', ...key, '--json'),
  )
  assert.equal(stored.status, '0x1')
  assert.equal(stored.logs.length, 1)
  assert.equal(await cast('call', at, 'tinsOn(bytes32)(uint256)', SHELF), '12')
  assert.equal(await cast('storage', at, '1'), `0x${'11'.padStart(64, '0')}`)

  const signature = 'Stored(address,bytes32,uint256,uint256)'
  const from = `${BigInt(stored.blockNumber)}`
  const logs = JSON.parse(
    await cast('logs', signature, '--address', at, '--from-block', from, '--json'),
  )
  assert.equal(logs.length, 1)
  assert.equal(logs[0].transactionHash, stored.transactionHash)
  assert.equal(logs[0].topics[2], SHELF)

  const receipt = JSON.parse(await cast('receipt', stored.transactionHash, '--json'))
  assert.deepEqual(receipt.logs, stored.logs)
  const transaction = JSON.parse(await cast('tx', stored.transactionHash, '--json'))
  assert.equal(transaction.blockHash, stored.blockHash)
})

test('cast shows why a call is refused', async () => {
  const { bytecode } = compile('Warehouse')
  const key = ['--private-key', privateKey(4)]
  const argument = '0'.padStart(64, '0')
  const { contractAddress } = JSON.parse(
    await cast('send', ...key, '--json', '--create', bytecode + argument),
  )
  const refused = await runCast(
    node.url, ['call', contractAddress, 'take(bytes32,uint256)', SHELF, '1'],
  )
  assert.notEqual(refused.code, 0)
  assert.match(refused.stderr, /revert/i)
})
