import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { methodsNotBuiltYet } from './not-built-yet.ts'

const contract: { endpoints: { sdk: string[] }[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'contract.json'), 'utf8'),
)
const tests = globSync('*.test.ts', { cwd: import.meta.dirname })
  .map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'))
  .join('\n')

test('every built method of the public client has a test of its name', () => {
  const named = new Set([...tests.matchAll(/^test\(\s*'([A-Z]\w+\.\w+)'/gm)].map(([, name]) => name))
  const untested = contract.endpoints
    .flatMap(({ sdk }) => sdk)
    .filter((method) => !methodsNotBuiltYet.includes(method) && !named.has(method))
  assert.deepEqual(untested, [])
})
