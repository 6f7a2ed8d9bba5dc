import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { checkUsage } from '#metering/actions/check-usage.ts'
import { sweepReservations } from '#metering/actions/sweep-reservations.ts'
import { createMetering } from '#metering/metering.ts'
import { units } from '#money/quantity.ts'
import type { Context, Org } from '#organisations/org.ts'
import { cloneDatabase } from '../support/database.ts'
import { newFundedCustomers } from '../support/ledgers.ts'
import { newMeteredCustomers } from '../support/metering.ts'
import { contextAt, newOrganisation, noon } from '../support/organisations.ts'
import { commit, type Done, release, reserve, unbalancedPools } from '../support/reservations.ts'
import { report } from '../support/usage.ts'

const runs = Number(process.env.RESERVATION_RUNS ?? 25)
const database = await cloneDatabase({ max: 8 })
const { db } = database
const metering = createMetering({ db, address: database.url, machineNow: () => noon })
after(async () => {
  await metering.close()
  await database.drop()
})

type Act =
  | { readonly kind: 'reserve'; readonly quantity: number; readonly seconds: number }
  | { readonly kind: 'commit'; readonly of: number; readonly quantity: number }
  | { readonly kind: 'release'; readonly of: number }
  | { readonly kind: 'track'; readonly quantity: number }
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'sweep' }

const quantity = fc.integer({ min: 1, max: 12 })
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant('reserve' as const), quantity, seconds: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ kind: fc.constant('commit' as const), of: fc.nat(9), quantity }),
  fc.record({ kind: fc.constant('release' as const), of: fc.nat(9) }),
  fc.record({ kind: fc.constant('track' as const), quantity }),
  fc.record({ kind: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('sweep' as const) }),
)

/** What 30 units come to, by hand: units used, and holds by the number they were made with. */
class Model {
  readonly limit = 30
  used = 0
  now = 0
  readonly holds: { quantity: number; until: number; state: 'open' | 'committed' | 'given back' }[] = []

  get left(): number {
    const held = this.holds.filter((hold) => this.isOpen(hold)).reduce((sum, hold) => sum + hold.quantity, 0)
    return this.limit - this.used - held
  }

  isOpen({ state, until }: Model['holds'][number]): boolean {
    return state === 'open' && until > this.now
  }

  reserve(size: number, seconds: number, full: string): string {
    if (size > this.left) return full
    this.holds.push({ quantity: size, until: this.now + seconds, state: 'open' })
    return 'done'
  }

  commit(index: number, size: number, full: string): string {
    const hold = this.holds[index]
    if (!hold) return 'not_found'
    if (hold.state === 'committed') return 'duplicate'
    if (!this.isOpen(hold)) return 'invalid_subscription_status'
    if (size > this.left + hold.quantity) return full
    hold.state = 'committed'
    this.used += size
    return 'done'
  }

  release(index: number): string {
    const hold = this.holds[index]
    if (!hold) return 'not_found'
    if (hold.state === 'committed') return 'invalid_subscription_status'
    hold.state = 'given back'
    return 'done'
  }

  track(size: number, full: string): string {
    if (size > this.left) return full
    this.used += size
    return 'done'
  }
}

const kinds = {
  metered: { full: 'included_limit_reached' },
  credits: { full: 'insufficient_credits' },
  balance: { full: 'insufficient_balance' },
} as const
type Kind = keyof typeof kinds

// 30 units on each: included, at 2 credits of 60, or at $0.02 of $0.60.
async function begin(kind: Kind, org: Org) {
  if (kind === 'metered') return newMeteredCustomers(db, org, { included: 30 })
  return kind === 'credits'
    ? newFundedCustomers(db, org, { credits: 24, purchased: 36 }, { model: kind, creditsPerUnit: 2 })
    : newFundedCustomers(db, org, { balance: 6_000 }, { model: kind, unitPrice: 200 })
}

for (const kind of ['metered', 'credits', 'balance'] as const) {
  test(`${kind}: whatever is reserved, committed, released, used and waited for, the answers are those of a calculation by hand`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 30 }), async (acts) => {
        const org = (await newOrganisation(db)).sandbox
        const { feature, customers } = await begin(kind, org)
        const customerId = customers[0]?.ownId ?? ''
        const model = new Model()
        const ids: string[] = []
        const { full } = kinds[kind]
        const carryOut = async (one: Act, at: Context): Promise<[string, string]> => {
          const of = 'of' in one ? one.of : 0
          const id = ids[of] ?? 'rsv_none'
          switch (one.kind) {
            case 'reserve': {
              const hold = { customerId, featureCode: feature, quantity: units(one.quantity) }
              const done = await reserve(metering, at, { ...hold, expiresInSeconds: one.seconds })
              if ('id' in done) ids.push(done.id)
              return [codeOf(done), model.reserve(one.quantity, one.seconds, full)]
            }
            case 'commit':
              return [codeOf(await commit(metering, at, id, units(one.quantity))), model.commit(of, one.quantity, full)]
            case 'release':
              return [codeOf(await release(metering, at, id)), model.release(of)]
            case 'track': {
              const done = await report(metering, at, { customerId, feature, value: units(one.quantity) })
              return [codeOf(done), model.track(one.quantity, full)]
            }
            case 'wait':
              model.now += one.seconds
              return ['done', 'done']
            case 'sweep':
              await sweepReservations({ db, machineNow: () => at.now }, 100)
              return ['done', 'done']
            default:
              return one satisfies never
          }
        }
        for (const one of acts) {
          const at = contextAt(org, noon.add({ seconds: model.now }))
          const [answer, expected] = await carryOut(one, at)
          assert.equal(answer, expected, JSON.stringify(one))
          assert.deepEqual(await unbalancedPools(db, org), [])
        }
        const at = contextAt(org, noon.add({ seconds: model.now }))
        for (const [asked, isAllowed] of [
          [model.left, true],
          [model.left + 1, false],
        ] as const) {
          const question = { customerId, featureCode: feature, quantity: units(asked) }
          assert.equal((await checkUsage(metering, at, question)).isAllowed, isAllowed, `${asked} more`)
        }
        assert(model.left >= 0)
      }),
      { numRuns: runs },
    )
  })
}

const codeOf = (done: Done) => ('refused' in done ? done.refused : 'done')
