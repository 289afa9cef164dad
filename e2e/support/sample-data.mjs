// Sample data of others: never part of the repository, found beside it.

import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { repository } from './node-process.mjs'

/** A folder of test data, or nothing where it is missing, which only CI may not accept. */
export function testData(t, folder) {
  const root = process.env.QIANTANG_TEST_DATA ?? join(repository, '../shared/data')
  const path = join(root, folder)
  if (existsSync(path)) return path
  if (process.env.CI === 'true') throw new Error(`${path} is missing; set QIANTANG_TEST_DATA`)
  t.skip(`${path} is missing; set QIANTANG_TEST_DATA to run this test`)
  return undefined
}
