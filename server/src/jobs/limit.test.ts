import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Limit } from '#jobs/limit.ts'

test('never more at once than there are places, and everything is done in the end', async () => {
  const limit = new Limit(3)
  let most = 0
  let done = 0
  for (let i = 0; i < 20; i++) {
    await limit.start(async () => {
      most = Math.max(most, limit.running)
      await new Promise((resolve) => setTimeout(resolve, 1))
      done += 1
    })
  }
  await limit.drained()
  assert.equal(done, 20)
  assert(most <= 3)
  assert.equal(limit.running, 0)
})
