import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { verify } from '#verification/verify.ts'
import { Story } from '../support/billing-stories.ts'
import { type Act, act, type Beginning, beginning } from '../support/lives/acts.ts'
import { booksOf } from '../support/lives/books.ts'
import { assertLaws } from '../support/lives/laws.ts'
import { Life } from '../support/lives/life.ts'
import { assertSimulatesItself } from '../support/simulations.ts'

// Two worlds in which the same happens. LIVES says how many lives, SEED which ones: a failure prints its seed.
let worlds: readonly [Story, Story]
before(async () => {
  worlds = [await newWorld(), await newWorld()]
})
after(() => Promise.all(worlds.map((story) => story.close())))

async function newWorld(): Promise<Story> {
  const story = await Story.on('2041-01-31')
  const { client } = story.world
  await client.features.create({ code: 'calls', name: 'Calls', type: 'usage' })
  await client.features.create({ code: 'members', name: 'Members', type: 'seats' })
  await client.features.create({ code: 'projects', name: 'Projects', type: 'quota' })
  await client.creditPacks.create({ name: 'Pack', credits: 30, price: 500 })
  await client.promoCodes.create({ code: 'SOME', discountType: 'percentage', discountValue: 2_500, durationCycles: 3 })
  return story
}

let lives = 0

async function liveTwice(given: Beginning, acts: readonly Act[]): Promise<void> {
  const number = ++lives
  const both = worlds.map((story) => new Life(story, number, given))
  // Clocks and numbers of a world are shared: one life after the other, step by step in both worlds.
  await Promise.all(both.map((life) => life.begin()))
  for (const one of acts) await Promise.all(both.map((life) => life.live(one)))
  await Promise.all(both.map((life) => life.end()))
  const [first, second] = both
  assert(first && second)
  assert.deepEqual(second.answers, first.answers)
  const [books, again] = await Promise.all(worlds.map((story) => booksOf(story.world, first.customer)))
  assert.deepEqual(again, books, 'the same story gives the same books')
  await assertLaws(worlds[0].world)
  for (const plan of ['small', 'big'] as const) {
    await assertSimulatesItself(worlds[0].world, { planCode: first.plan(plan) })
  }
  const found = (await verify(worlds[0].world.db)).flatMap(({ holds, findings }) =>
    findings.map(({ subject, found: what }) => `${holds}: ${subject}: ${what}`),
  )
  assert.deepEqual(found, [], first.answers.join(', '))
}

// The same few lives every time unless more are asked for: what a new feature breaks shows in who built it, not in who comes by.
const { LIVES, SEED = LIVES === undefined ? '7' : undefined } = process.env
const seed = SEED === undefined ? {} : { seed: Number(SEED) }

test('whatever a customer does, the books keep their laws, and the same life gives the same books', async () => {
  const all = fc.asyncProperty(beginning, fc.array(act, { minLength: 10, maxLength: 40 }), liveTwice)
  await fc.assert(all, { numRuns: Number(LIVES ?? 5), endOnFailure: true, ...seed })
})
