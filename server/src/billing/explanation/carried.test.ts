import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchCarried } from '#billing/explanation/carried.ts'
import { line } from '#invoicing/invoice-draft.ts'
import { currency } from '#money/currency.ts'
import { units } from '#money/quantity.ts'

const overage = (windowNumber: number, amount: bigint) =>
  line({ lineType: 'feature_overage', description: 'Calls', quantity: units(1), unitAmount: 0n, amount, windowNumber })
const on = (day: string) => Temporal.Instant.from(`${day}T00:00:00Z`)

test('each line that waited is found once, with all that waited by then', () => {
  const waiting = [
    { line: overage(1, 20n), carriedAt: on('2041-02-01') },
    { line: overage(2, 20n), carriedAt: on('2041-03-01') },
  ]
  const lines = [overage(4, 20n), overage(1, 20n), overage(2, 20n), overage(3, 20n), overage(2, 20n)]
  const found = matchCarried(lines, waiting, currency('usd'))
  assert.deepEqual(
    found.map((one) => one && [one.since.toString(), one.together, one.minimum]),
    [null, ['2041-02-01T00:00:00Z', 20n, 50n], ['2041-03-01T00:00:00Z', 40n, 50n], null, null],
  )
})
