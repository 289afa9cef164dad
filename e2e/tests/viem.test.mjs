// viem, as a web application uses it, against the running node.

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BaseError, ContractFunctionRevertedError, createPublicClient, createWalletClient, defineChain,
  getContract, http, parseEther, toHex,
} from 'viem'

import { account } from '../support/accounts.mjs'
import { compile } from '../support/compile.mjs'
import { NodeProcess } from '../support/node-process.mjs'

const SHELF = toHex(7n, { size: 32 })

let folder
let node
let chain
let reader

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'qiantang-viem-'))
  node = await NodeProcess.start({ dir: folder })
  chain = defineChain({
    id: 571571,
    name: 'Qiantang',
    nativeCurrency: { name: 'Qiantang', symbol: 'QT', decimals: 18 },
    rpcUrls: { default: { http: [node.url] } },
  })
  reader = createPublicClient({
    chain, transport: http(node.url, { batch: true }), pollingInterval: 50,
  })
})

after(async () => {
  const code = await node?.stop()
  await rm(folder, { recursive: true, force: true })
  assert.equal(code, 0, 'a node that is asked to stop ends well')
})

function wallet(index) {
  return createWalletClient({ account: account(index), chain, transport: http(node.url) })
}

/** Waits for the receipt and demands that the transaction did what it should. */
async function succeeded(hash) {
  const receipt = await reader.waitForTransactionReceipt({ hash })
  assert.equal(receipt.status, 'success')
  return receipt
}

async function deploy(index, initial) {
  const { abi, bytecode } = compile('Warehouse')
  const hash = await wallet(index).deployContract({ abi, bytecode, args: [initial] })
  const { contractAddress: address } = await succeeded(hash)
  return getContract({ abi, address, client: { public: reader, wallet: wallet(index) } })
}

test('viem reads the chain', async () => {
  assert.equal(await reader.getChainId(), 571571)
  assert.equal(await reader.getGasPrice(), 0n)
  const [latest, number] = await Promise.all([reader.getBlock(), reader.getBlockNumber()])
  assert.ok(number >= 0n && latest.gasLimit > 0n)
  const funded = await reader.getBalance({ address: account(9).address })
  assert.ok(funded >= parseEther('1'), `account 9 has ${funded}`)
  assert.deepEqual(await reader.getBlock({ blockHash: latest.hash }), latest)
})

test('viem sends value in every envelope', async () => {
  const to = '0x00000000000000000000000000000000005ca1ab'
  const client = wallet(0)
  const target = account(5).address
  const authorization = await wallet(5).signAuthorization({ contractAddress: target })
  const accessList = [{ address: to, storageKeys: [SHELF] }]
  let sent = 0n
  for (const [request, type] of [
    [{ type: 'legacy', gasPrice: 0n }, 'legacy'],
    [{ type: 'eip2930', gasPrice: 0n, accessList }, 'eip2930'],
    [{ type: 'eip1559' }, 'eip1559'],
    [{ type: 'eip7702', authorizationList: [authorization] }, 'eip7702'],
  ]) {
    const receipt = await succeeded(await client.sendTransaction({ to, value: 1000n, ...request }))
    sent += 1000n
    assert.equal(receipt.type, type)
    assert.equal(await reader.getBalance({ address: to }), sent)
    const transaction = await reader.getTransaction({ hash: receipt.transactionHash })
    assert.equal(transaction.type, type)
    assert.equal(transaction.from, account(0).address.toLowerCase())
    assert.equal(transaction.blockNumber, receipt.blockNumber)
  }
  const delegation = await reader.getCode({ address: target })
  assert.equal(delegation, `0xef0100${target.slice(2).toLowerCase()}`)
})

test('viem deploys a contract, calls it, reads logs and receipts', async () => {
  const warehouse = await deploy(1, 5n)
  assert.equal(await warehouse.read.total(), 5n)
  assert.equal((await warehouse.read.owner()).toLowerCase(), account(1).address.toLowerCase())

  const { result } = await warehouse.simulate.store([SHELF, 12n])
  assert.equal(result, 17n, 'a simulation sees the result and changes nothing')
  assert.equal(await warehouse.read.total(), 5n)

  const receipt = await succeeded(await warehouse.write.store([SHELF, 12n]))
  assert.equal(await warehouse.read.tinsOn([SHELF]), 12n)
  const past = await warehouse.read.total({ blockNumber: receipt.blockNumber - 1n })
  assert.equal(past, 5n, 'the past stays readable')

  const { blockNumber } = receipt
  const logs = await warehouse.getEvents.Stored({ shelf: SHELF }, { fromBlock: blockNumber })
  assert.equal(logs.length, 1)
  const { by, tins, total } = logs[0].args
  assert.deepEqual([by.toLowerCase(), tins, total], [account(1).address.toLowerCase(), 12n, 17n])
  assert.equal(logs[0].transactionHash, receipt.transactionHash)
  assert.equal(receipt.logs[0].data, logs[0].data)
  const other = await warehouse.getEvents.Stored(
    { shelf: toHex(8n, { size: 32 }) }, { fromBlock: 0n },
  )
  assert.deepEqual(other, [])
})

test('viem decodes a custom error', async () => {
  const warehouse = await deploy(2, 0n)
  const refusal = await warehouse.simulate.take([SHELF, 3n]).then(
    () => assert.fail('taking from an empty shelf must be refused'),
    (error) => error,
  )
  assert.ok(refusal instanceof BaseError, `${refusal}`)
  const reverted = refusal.walk((error) => error instanceof ContractFunctionRevertedError)
  assert.equal(reverted?.data?.errorName, 'NotEnough')
  assert.deepEqual(reverted.data.args, [SHELF, 3n, 0n])
})

test('a reverted transaction has a receipt that says so', async () => {
  const warehouse = await deploy(6, 0n)
  const hash = await warehouse.write.take([SHELF, 1n], { gas: 100_000n })
  const receipt = await reader.waitForTransactionReceipt({ hash })
  assert.equal(receipt.status, 'reverted')
  assert.deepEqual(receipt.logs, [])
  assert.equal(await warehouse.read.total(), 0n)
})

test('viem sees many transactions of one sender in order', async () => {
  const client = wallet(7)
  const to = '0x000000000000000000000000000000000000cafe'
  const nonce = await reader.getTransactionCount({ address: account(7).address })
  const hashes = await Promise.all(
    Array.from({ length: 20 }, (_, index) => client.sendTransaction({
      to, value: 1n, gas: 21_000n, nonce: nonce + 19 - index,
      maxFeePerGas: 0n, maxPriorityFeePerGas: 0n,
    })),
  )
  await Promise.all(hashes.map(succeeded))
  assert.equal(await reader.getBalance({ address: to }), 20n)
  assert.equal(await reader.getTransactionCount({ address: account(7).address }), nonce + 20)
})

test('refusals say why', async () => {
  const client = wallet(8)
  const rich = await reader.getBalance({ address: account(8).address })
  const request = { to: account(0).address, gas: 21_000n, maxFeePerGas: 0n, maxPriorityFeePerGas: 0n }
  await assert.rejects(
    client.sendTransaction({ ...request, value: rich + 1n }),
    /insufficient funds/i,
  )
  await succeeded(await client.sendTransaction({ ...request, value: 1n, nonce: 0 }))
  await assert.rejects(
    client.sendTransaction({ ...request, value: 2n, nonce: 0 }),
    /nonce/i,
  )
  await assert.rejects(
    reader.request({ method: 'eth_noSuchMethod' }),
    (error) => error.walk((cause) => cause.code === -32601) !== null,
  )
})
