// Compiles the contracts of the tests with the Solidity compiler from the npm registry.

import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import solc from 'solc'

/** Returns `{ abi, bytecode }` of the only contract of a file in `contracts/`. */
export function compile(name) {
  const path = new URL(`../contracts/${name}.sol`, import.meta.url)
  const file = basename(path.pathname)
  const input = {
    language: 'Solidity',
    sources: { [file]: { content: readFileSync(path, 'utf8') } },
    settings: {
      optimizer: { enabled: true },
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
    },
  }
  const output = JSON.parse(solc.compile(JSON.stringify(input)))
  const errors = (output.errors ?? []).filter((error) => error.severity === 'error')
  if (errors.length > 0) throw new Error(errors.map((error) => error.formattedMessage).join('\n'))
  const contract = output.contracts[file][name]
  return { abi: contract.abi, bytecode: `0x${contract.evm.bytecode.object}` }
}
