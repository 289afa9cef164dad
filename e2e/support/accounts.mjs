// The first accounts of the mnemonic that every Ethereum development chain funds. Their keys are
// public knowledge; nobody keeps value there.

import { mnemonicToAccount } from 'viem/accounts'
import { toHex } from 'viem'

const MNEMONIC = 'test test test test test test test test test test test junk'

/** Account by index, as viem knows it. */
export function account(addressIndex) {
  return mnemonicToAccount(MNEMONIC, { addressIndex })
}

/** Its private key, for tools that want one. */
export function privateKey(addressIndex) {
  return toHex(account(addressIndex).getHdKey().privateKey)
}
