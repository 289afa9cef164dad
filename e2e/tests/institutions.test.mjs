// Four organisations run a chain for two years, which pass in a minute and a half: they admit a
// fifth, recover a lost key, appoint a regulator, and a monthly job keeps China's working days.

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { test } from 'node:test'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeEventLog, toHex } from 'viem'

import { account } from '../support/accounts.mjs'
import {
  Members, consent, governance, identity, policy, scheduler,
} from '../support/institutions.mjs'
import { NodeProcess } from '../support/node-process.mjs'

const [bank, tea, hospital, supervision, school, clerk, newKey] =
  [0, 1, 2, 3, 4, 5, 6].map(account)
const LATE = 4_000_000_000_000n
const DAY = 86_400_000n
const FREEZE_ACCOUNTS = 1n
const START = ['--time', '2024-12-01', '--heartbeat', '50ms', '--time-factor']

// The first working day from the first of each month on, by the State Council's notices of 12
// November 2024 and 4 November 2025: after the New Year's holidays (in 2026 a Sunday that is worked
// in exchange), the Spring Festival, Labour Day, the Dragon Boat and National Day holidays.
const PAY_DAYS = [
  '2025-01-02', '2025-02-05', '2025-03-03', '2025-04-01', '2025-05-06', '2025-06-03',
  '2025-07-01', '2025-08-01', '2025-09-01', '2025-10-09', '2025-11-03', '2025-12-01',
  '2026-01-04', '2026-02-02', '2026-03-02', '2026-04-01', '2026-05-06', '2026-06-01',
  '2026-07-01', '2026-08-03', '2026-09-01', '2026-10-08', '2026-11-02', '2026-12-01',
]

test('four organisations decide, recover, supervise, and pay on working days', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'qiantang-institutions-'))
  let node
  t.after(async () => {
    await node?.stop()
    await rm(dir, { recursive: true, force: true })
  })
  const start = async (factor) => {
    node = await NodeProcess.start({ dir, arguments: [...START, factor] })
    return new Members(node.url)
  }

  // An hour of the chain is about a fifth of a second.
  let members = await start('20000')
  await t.test('a fifth is admitted by vote, by itself', () => admits(members))
  await t.test("a member's key is recovered", () => recovers(members))
  await t.test('a regulator freezes an account until its order ends', () => supervises(members))
  const job = await monthlyPayment(members)
  assert.equal(await node.stop(), 0)

  members = await start('1000000')
  await t.test('a monthly job keeps the working days of two years', async () => {
    await members.until(async () => (await members.time()) > BigInt(Date.UTC(2027, 0, 5)))
    assert.deepEqual(await paymentDays(members, job), PAY_DAYS)
  })
})

async function admits(members) {
  assert.equal((await members.read(identity, 'organisations', [0n, 10n]))[0].length, 4)
  const args = ['Qiantang University', 4, 'CN-330100', [school.address], 'it issues degrees']
  await members.decide([bank, tea, hospital, supervision], 'proposeAdmission', args)
  const fifth = await members.read(identity, 'organisation', [5n])
  assert.equal(fifth.name, 'Qiantang University')
  assert.equal(await members.read(identity, 'organisationOf', [school.address]), 5n)
  assert.ok(await members.read(identity, 'hasPermission', [school.address, 8]), 'it votes')
}

async function recovers(members) {
  const nonce = async () => (await members.read(identity, 'account', [clerk.address])).consentNonce
  const joining = {
    organisation: 1n, account: clerk.address, nonce: await nonce(), deadline: LATE,
  }
  const joins = await consent(clerk, 'Membership', joining)
  await members.act(bank, identity, 'addAccount', [clerk.address, [2], 1, LATE, joins])
  const offer = {
    account: clerk.address, newKey: newKey.address, nonce: await nonce(), deadline: LATE,
  }
  const offers = await consent(newKey, 'NewKey', offer)
  await members.act(bank, identity, 'proposeRecovery', [
    clerk.address, newKey.address, LATE, offers,
  ])
  const { ready } = await members.read(identity, 'recovery', [clerk.address])
  await assert.rejects(members.act(tea, identity, 'finishRecovery', [clerk.address]))
  await members.until(async () => (await members.time()) > ready)
  await members.act(tea, identity, 'finishRecovery', [clerk.address])

  // The account stays and the new key speaks for it; the lost one says nothing any more.
  await assert.rejects(
    members.send(clerk, identity, 'leaveOrganisation'),
    /key/,
    'the old key is refused before the pool',
  )
  const { receipt } = await members.act(newKey, scheduler, 'createJob', [job({ kind: 2, start: 9_000_000n })])
  const created = decodeEventLog({ ...scheduler, ...receipt.logs[0] })
  assert.equal(created.args.owner, clerk.address)
}

async function supervises(members) {
  await members.act(supervision, identity, 'grantRole', [supervision.address, 4])
  const now = await members.time()
  await members.decide([bank, tea, hospital, supervision], 'proposeRegulator', [
    4n, 'CN-33', FREEZE_ACCOUNTS, now + 700n * DAY, 'it supervises the market of the province',
  ])
  const end = (await members.time()) + 4n * DAY
  const order = {
    kind: 1,
    target: tea.address,
    token: '0x0000000000000000000000000000000000000000',
    to: '0x0000000000000000000000000000000000000000',
    amount: 0n,
    until: end,
    documentHash: toHex(1n, { size: 32 }),
    legalBasis: 'Product Quality Law, article 18; decision 2024-17',
  }
  await members.act(supervision, policy, 'issueOrder', [1n, order])
  const send = () => members.send(tea, identity, 'setLevel', [tea.address, 1])
  await assert.rejects(send(), /frozen/i)
  const [allowed, , reason] = await members.read(policy, 'mayAct', [
    tea.address, identity.address, '0x00000001', 100_000n, 100n,
  ])
  assert.equal(allowed, false)
  assert.match(reason, /frozen/i)
  // A power that was not given is refused.
  const contract = { ...order, kind: 2, target: '0x4e59b44847b379578588920cA78FbF26c0B4956C' }
  await assert.rejects(members.act(supervision, policy, 'issueOrder', [1n, contract]))
  await members.until(async () => (await members.time()) > end)
  assert.equal((await send()).status, 'success')
}

/** A job with the parts that matter. */
function job({ kind, start = 0n, ...schedule }) {
  return {
    target: identity.address,
    input: '0x',
    gasLimit: 100_000n,
    schedule: {
      kind, start, every: 0n, timeOfDay: 0, day: 0, zone: '', calendar: '', adjustment: 0,
      until: 0n, count: 0, ...schedule,
    },
    attempts: 1,
    retryAfter: 0n,
    skipMissed: false,
  }
}

/** At nine in the morning of Hangzhou on the first of each month, or the next working day. */
async function monthlyPayment(members) {
  const schedule = {
    kind: 7,
    start: BigInt(Date.UTC(2025, 0, 1)),
    timeOfDay: 9 * 3_600_000,
    day: 1,
    zone: 'Asia/Shanghai',
    calendar: 'CN',
    adjustment: 1,
    until: BigInt(Date.UTC(2026, 11, 31)),
  }
  const pay = job(schedule)
  // Any call that succeeds: what runs here is when, not what.
  pay.target = account(7).address
  const { result } = await members.act(bank, scheduler, 'createJob', [pay])
  return result
}

async function paymentDays(members, job) {
  const logs = await members.reader.getContractEvents({
    ...scheduler, eventName: 'JobRan', args: { job }, fromBlock: 0n, toBlock: 'latest',
  })
  for (const log of logs) {
    assert.ok(log.args.success)
    const run = await members.reader.request({
      method: 'eth_getTransactionByHash', params: [log.transactionHash],
    })
    assert.equal(run.type, '0x71')
    assert.equal(BigInt(run.due), log.args.due)
  }
  const hangzhou = (due) => new Date(Number(due) + 8 * 3_600_000).toISOString()
  const due = logs.map((log) => hangzhou(log.args.due))
  assert.ok(due.every((time) => time.endsWith('T09:00:00.000Z')), due.join())
  return due.map((time) => time.slice(0, 10))
}
