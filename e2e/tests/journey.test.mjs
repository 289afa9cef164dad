// What `make run` runs: the journey of a tin of tea, from the first leaf to the sale.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'

import { binary, collect, repository, run, temporaryFolder } from '../support/node-process.mjs'

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
