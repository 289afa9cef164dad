// Compiles the bench's contracts and compares them with the committed bytecode.
//
//   node crates/cli/contracts/check.mjs           fails where they differ
//   node crates/cli/contracts/check.mjs --write   writes the bytecode
//
// The compiler is the one that e2e/package-lock.json pins: scripts/tools.sh installs it.

import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(new URL('../../../e2e/package.json', import.meta.url))
const solc = require('solc')

const write = process.argv.includes('--write')
let different = false

for (const name of ['Token', 'Disperse']) {
  const source = readFileSync(new URL(`${name}.sol`, import.meta.url), 'utf8')
  const input = {
    language: 'Solidity',
    sources: { [`${name}.sol`]: { content: source } },
    settings: {
      optimizer: { enabled: true, runs: 1_000_000 },
      evmVersion: 'prague',
      metadata: { bytecodeHash: 'none', appendCBOR: false },
      outputSelection: { '*': { '*': ['evm.bytecode.object'] } },
    },
  }
  const output = JSON.parse(solc.compile(JSON.stringify(input)))
  const errors = (output.errors ?? []).filter((error) => error.severity === 'error')
  if (errors.length > 0) throw new Error(errors.map((error) => error.formattedMessage).join('\n'))
  const bytecode = output.contracts[`${name}.sol`][name].evm.bytecode.object
  const path = new URL(`${name}.hex`, import.meta.url)
  if (write) {
    writeFileSync(path, `${bytecode}\n`)
  } else if (readFileSync(path, 'utf8').trim() !== bytecode) {
    console.error(`${name}.hex is not what solc ${solc.version()} makes of ${name}.sol; run with --write`)
    different = true
  }
}

console.error(`compiler: solc ${solc.version()}`)
process.exit(different ? 1 : 0)
