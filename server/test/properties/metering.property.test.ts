import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { Story } from '../support/billing-stories.ts'
import { type Life, life } from '../support/model/acts.ts'
import { Sequence } from '../support/model/sequence.ts'

/**
 * Random sequences of everything that may happen to what a customer uses and holds, carried out through HTTP and on a model of
 * the specification beside it. MODEL_RUNS says how many, MODEL_SEED where they start.
 */
const runs = Number(process.env.MODEL_RUNS ?? 10)
const seed = Number(process.env.MODEL_SEED ?? 1)
/** A clock that only goes forward serves so many lives. */
const livesPerWorld = 40

let story: Story
before(() => begin())
after(() => story.close())

async function begin(): Promise<void> {
  story = await Story.on('2041-01-31')
  await Sequence.prepare(story)
}

let lives = 0

async function live({ plan, acts }: Life): Promise<void> {
  if (lives++ % livesPerWorld === livesPerWorld - 1) {
    await story.close()
    await begin()
  }
  const sequence = await Sequence.begin(story, plan, `life-${lives}`)
  try {
    for (const act of acts) await sequence.carryOut(act)
  } finally {
    await sequence.end()
  }
}

test('whatever happens, counters, ledgers, answers and invoices are those of a calculation by hand', async () => {
  await fc.assert(fc.asyncProperty(life, live), {
    numRuns: runs,
    seed,
    endOnFailure: process.env.MODEL_SHRINK === undefined,
  })
})
