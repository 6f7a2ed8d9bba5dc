import assert from 'node:assert/strict'
import { verify } from '#verification/verify.ts'
import { Story } from '../billing-stories.ts'
import { assertSimulatesItself } from '../simulations.ts'
import type { Act, Lives } from './acts.ts'
import { Asking } from './asking.ts'
import { booksOf } from './books.ts'
import { Catalogue } from './catalogue.ts'
import { assertExplained, assertLaws } from './laws.ts'
import { Life } from './life.ts'

/** A world of its own with a few customers, who live side by side under one clock. */
export class Town {
  readonly #story: Story
  readonly #asking: Asking
  readonly #catalogue: Catalogue
  readonly #lives: readonly Life[]
  #now: Temporal.Instant
  /** What each act came to: what two worlds are compared by, and what a failure tells. */
  readonly outcomes: string[] = []

  static async open({ setting, residents }: Lives): Promise<Town> {
    const day = Temporal.PlainDate.from('2041-01-01').add({ days: setting.day })
    const noon = day.toZonedDateTime({ timeZone: 'UTC', plainTime: '12:00' }).toInstant()
    const town = new Town(await Story.on(day.toString()), noon, { setting, residents, acts: [] })
    await town.#catalogue.make()
    for (const life of town.#lives) town.outcomes.push(`${life.customer} begins: ${await life.begin()}`)
    return town
  }

  private constructor(story: Story, now: Temporal.Instant, { setting, residents }: Lives) {
    this.#story = story
    this.#now = now
    this.#asking = new Asking(story.world)
    this.#catalogue = new Catalogue(this.#asking, setting)
    this.#lives = residents.map((one, place) => new Life(this.#asking, this.#catalogue, one, place + 1))
  }

  async live(act: Act): Promise<void> {
    const { kind, ...told } = act
    const what = `${kind === 'wait' ? kind : ''}${JSON.stringify(told)}`
    const number = this.outcomes.push(what) - 1
    this.outcomes[number] = `${what}: ${await this.#carryOut(act)}`
  }

  async #carryOut(act: Act): Promise<string> {
    switch (act.kind) {
      case 'wait': {
        const { now } = await this.#asking.must('POST', '/test-clock', { advanceDays: act.days })
        this.#now = Temporal.Instant.from(now)
        if (act.isBilled) await this.#bill()
        return String(now).slice(0, 10)
      }
      case 'catalogue':
        return this.#catalogue.edit(act.act)
      case 'personal': {
        const life = this.#lives[act.who % this.#lives.length]
        assert(life, 'somebody lives here')
        return life.live(act.act, this.#now)
      }
      default:
        return act satisfies never
    }
  }

  /** Runs what is due until nothing is, and looks whether everything adds up. */
  async end(): Promise<void> {
    await this.#bill()
    const { world } = this.#story
    await assertLaws(world)
    for (const { customer } of this.#lives) await assertExplained(world, customer)
    for (const planCode of ['small', 'big', 'once', 'more']) await this.#assertSimulated(planCode)
  }

  /** Everything that was left behind, in words that do not depend on the world. */
  async books(): Promise<string[]> {
    const books = await Promise.all(this.#lives.map(({ customer }) => booksOf(this.#story.world, customer)))
    return [...this.outcomes, ...books.flat()]
  }

  /** What is wrong here by `halley verify`. */
  async findings(): Promise<string[]> {
    const results = await verify(this.#story.world.db)
    return results.flatMap(({ name, findings }) =>
      findings.map(({ subject, found }) => `${name}: ${subject}: ${found}`),
    )
  }

  /** Closes the world, which verifies it as a whole and reads the payload of every event. */
  close(): Promise<void> {
    return this.#story.close()
  }

  async #assertSimulated(planCode: string): Promise<void> {
    const { status } = await this.#asking.ask('GET', `/plans/${planCode}`)
    // A plan that was deleted is not simulated.
    if (status === 200) await assertSimulatesItself(this.#story.world, { planCode })
  }

  async #bill(): Promise<void> {
    for (;;) {
      const { customersFound, failed } = await this.#asking.must('POST', '/test-clock/process-billing', {})
      assert.equal(failed, 0)
      if (customersFound === 0) return
    }
  }
}
