import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Lives, lives } from '../support/lives/acts.ts'
import { liveThrough } from '../support/lives/live-through.ts'

/**
 * LIVES says how many customers live (some more, as towns have one to three), SEED which ones. Each town has a seed of its
 * own, which is told when it fails: `LIVES=1 SEED=<it>` lives through that town again, and SHRINK=1 looks for the shortest
 * story that fails. LIVES_LOG names a file that gets a line for every town. Without any, the same few live every time: what a new feature
 * breaks shows in who built it, not in who comes by.
 */
const { LIVES = '3', SEED = process.env.LIVES === undefined ? '7' : undefined, SHRINK, LIVES_LOG } = process.env
const first = Number(SEED ?? Math.floor(Math.random() * 1e9))

test('whatever customers do, the books keep their laws, and the same lives give the same books', async (t) => {
  const failures: string[] = []
  for (let lived = 0, seed = first; lived < Number(LIVES); seed++) {
    const began = performance.now()
    const [town] = fc.sample(lives, { seed, numRuns: 1 })
    assert(town)
    const failure = await failureOf(town, seed)
    lived += town.residents.length
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    const told = `seed ${seed}: ${town.residents.length} lives, ${town.acts.length} acts, ${seconds} s, ${failure ? 'FAILED' : 'ok'}`
    if (process.env.LIVES) t.diagnostic(told)
    if (LIVES_LOG) appendFileSync(LIVES_LOG, `${told}${failure ? `\n${failure}` : ''}\n`)
    if (failure) failures.push(failure)
  }
  assert.deepEqual(failures, [], failures.join('\n\n'))
})

async function failureOf(town: Lives, seed: number): Promise<string | undefined> {
  try {
    await liveThrough(town)
    return undefined
  } catch (error) {
    const shortest = SHRINK ? await shrunk(seed) : ''
    return `LIVES=1 SEED=${seed}\n${JSON.stringify(town.setting)} ${JSON.stringify(town.residents)}\n${(error as Error).stack}\n${shortest}`
  }
}

/** The shortest story that fails, as far as it is found within half an hour. */
async function shrunk(seed: number): Promise<string> {
  const found = await fc.check(fc.asyncProperty(lives, liveThrough), {
    seed,
    numRuns: 1,
    interruptAfterTimeLimit: 1_800_000,
  })
  return `${JSON.stringify(found.counterexample)}\n${found.errorInstance}`
}
