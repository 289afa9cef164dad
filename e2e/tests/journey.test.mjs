// What `make run` runs: the journey of a tin of tea, from the first leaf to the sale.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'

import {
  binary, collect, repository, run, startNode, temporaryFolder,
} from '../support/node-process.mjs'
import { testData } from '../support/sample-data.mjs'

test('the journey is recorded, told, proved and checked', { timeout: 300_000 }, async (t) => {
  const folder = await temporaryFolder(t)
  const child = spawn(join(repository, 'samples/longjing/run.sh'), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      LANG: 'C',
      QIANTANG_BIN: binary,
      QIANTANG_DIR: join(folder, 'longjing'),
      QIANTANG_HTTP: '127.0.0.1:0',
      QIANTANG_ONCE: '1',
    },
  })
  const { code, stdout, stderr } = await collect(child)
  assert.equal(code, 0, stderr)
  for (const words of ['SF-20260402', 'WJS-20260402', 'LJ-20260403', 'LJ260007']) {
    assert.ok(stdout.includes(words), `the story names ${words}:\n${stdout}`)
  }

  const bundle = join(folder, 'longjing.tin-7.bundle.json')
  const anchor = /Anchor\s+(qt1\S+)/.exec(stderr)[1]
  const again = await run('proof', 'verify', bundle, '--anchor', anchor, '--json')
  assert.equal(again.code, 0, again.stderr)
  const otherAnchor = anchor.slice(0, -1) + (anchor.endsWith('q') ? 'p' : 'q')
  const typo = await run('proof', 'verify', bundle, '--anchor', otherAnchor)
  assert.notEqual(typo.code, 0, 'an anchor with a typing error is refused')
  assert.ok(JSON.parse(await readFile(bundle, 'utf8')))
})

test("GS1's worked examples go in by the same command", { timeout: 300_000 }, async (t) => {
  const folder = testData(t, 'epcis/gs1-examples')
  if (folder === undefined) return
  const names = (await readdir(folder)).filter((name) => /Example_9\.6\.\d-\w+Event\./.test(name))
  assert.ok(names.length >= 4, `${names}`)
  const node = await startNode(t)
  const files = names.map((name) => join(folder, name))
  const captured = await run('trace', 'capture', ...files, '--rpc', node.url, '--json')
  assert.equal(captured.code, 0, captured.stderr)
  const documents = JSON.parse(captured.stdout)
  assert.equal(documents.length, names.length)
  for (const { events, known, file } of documents) {
    assert.ok(events.length + known.length > 0, `${file} has events`)
  }
})
