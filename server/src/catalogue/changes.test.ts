import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withChanges } from '#catalogue/changes.ts'

test('absent and undefined fields stay, null clears', () => {
  const current = { name: 'Pro', description: 'For teams', unitName: 'call' as string | null }
  const changed = withChanges<typeof current>(current, { name: undefined, unitName: null })
  assert.deepEqual(changed, { name: 'Pro', description: 'For teams', unitName: null })
})
