import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeyTakenMeanwhile } from '#metering/record-events.store.ts'
import { UsageBatches, type WriteBatch } from '#metering/usage-batches.ts'
import type { Candidate, Outcome } from '#metering/usage-event.ts'
import { units } from '#money/quantity.ts'

const noon = Temporal.Instant.from('2026-06-16T12:00:00Z')
const recorded: Outcome = { kind: 'recorded', exhausts: null }

function candidate(id: string, idempotencyKey: string | null = null): Candidate {
  return {
    event: {
      id,
      customerId: 'c',
      feature: 'f',
      value: units(1),
      idempotencyKey,
      timestamp: noon,
      properties: [],
      createdAt: noon,
    },
    customerId: 'cus_1',
    subscriptionId: 'sub_1',
    featureId: 'ftr_1',
    windowNumber: 1,
    isLate: false,
    ceiling: null,
    draw: null,
    quota: null,
    tokens: null,
    version: 1n,
    epoch: 1n,
    request: null,
  }
}

/** A database that notes every batch and answers as it is told. */
function batchesWith(
  answer: (ids: readonly string[], batch: number) => readonly Outcome[] | Promise<readonly Outcome[]>,
) {
  const written: string[][] = []
  const write: WriteBatch = async (_, candidates) => {
    const ids = candidates.map(({ event }) => event.id)
    return answer(ids, written.push(ids) - 1)
  }
  return { written, batches: new UsageBatches(write) }
}

const submitAll = (batches: UsageBatches, candidates: readonly Candidate[]) =>
  Promise.all(
    candidates.map((one) =>
      batches.submit('org_1', one).then(
        ({ kind }) => kind,
        (error: Error) => error.message,
      ),
    ),
  )

test('events that arrive together are written together, at most 200 at once', async () => {
  const { written, batches } = batchesWith((ids) => ids.map(() => recorded))
  const outcomes = await submitAll(
    batches,
    Array.from({ length: 450 }, (_, index) => candidate(`evt_${index}`)),
  )
  assert.deepEqual(written.map((ids) => ids.length).sort(), [200, 200, 50])
  assert.equal(
    outcomes.every((kind) => kind === 'recorded'),
    true,
  )
})

test('two events with one key are never in one batch; once it is used up the others share one', async () => {
  const { written, batches } = batchesWith((ids, batch) =>
    ids.map(() => (batch === 0 ? recorded : { kind: 'duplicate' })),
  )
  const outcomes = await submitAll(
    batches,
    ['a', 'b', 'c', 'd'].map((id) => candidate(id, 'order-1')),
  )
  assert.deepEqual(written, [['a'], ['b', 'c', 'd']])
  assert.deepEqual(outcomes, ['recorded', 'duplicate', 'duplicate', 'duplicate'])
})

test('when the first with a key is refused, the next one has its own turn', async () => {
  const { written, batches } = batchesWith((ids, batch) =>
    ids.map(() => (batch === 0 ? { kind: 'refused', used: 0n } : recorded)),
  )
  await submitAll(
    batches,
    ['a', 'b', 'c'].map((id) => candidate(id, 'order-1')),
  )
  assert.deepEqual(written, [['a'], ['b'], ['c']])
})

test('an undecided event is tried again before those that came later', async () => {
  const { written, batches } = batchesWith((ids, batch) =>
    ids.map((id) => (batch === 0 && id === 'b' ? { kind: 'undecided' } : recorded)),
  )
  const outcomes = await submitAll(
    batches,
    ['a', 'b'].map((id) => candidate(id)),
  )
  assert.deepEqual(written, [['a', 'b'], ['b']])
  assert.deepEqual(outcomes, ['recorded', 'recorded'])
})

test('a batch that lost a race for a key is written again', async () => {
  const { written, batches } = batchesWith((ids, batch) => {
    if (batch === 0) throw new KeyTakenMeanwhile()
    return ids.map(() => recorded)
  })
  assert.deepEqual(await submitAll(batches, [candidate('a'), candidate('b')]), ['recorded', 'recorded'])
  assert.deepEqual(written, [
    ['a', 'b'],
    ['a', 'b'],
  ])
})

test('an event that the database cannot take does not take its neighbours with it', async () => {
  const { batches } = batchesWith((ids) => {
    if (ids.includes('bad')) throw Object.assign(new Error('out of range'), { code: '22003' })
    return ids.map(() => recorded)
  })
  assert.deepEqual(
    await submitAll(
      batches,
      ['a', 'bad', 'c'].map((id) => candidate(id)),
    ),
    ['recorded', 'out of range', 'recorded'],
  )
})

test('when the connection is lost everybody of the batch is told, and the next batch is written', async () => {
  const { batches } = batchesWith((ids, batch) => {
    if (batch === 0) throw new Error('Connection terminated unexpectedly')
    return ids.map(() => recorded)
  })
  const lost = 'Connection terminated unexpectedly'
  assert.deepEqual(await submitAll(batches, [candidate('a', 'order-1'), candidate('b')]), [lost, lost])
  assert.deepEqual(await submitAll(batches, [candidate('c', 'order-1')]), ['recorded'])
})

test('flushing waits for everything that was submitted', async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>()
  const { batches } = batchesWith(async (ids) => {
    await gate
    return ids.map(() => recorded)
  })
  const order: string[] = []
  const submitted = batches.submit('org_1', candidate('a')).then(() => order.push('recorded'))
  const flushed = batches.flush().then(() => order.push('flushed'))
  setTimeout(open, 5)
  await Promise.all([submitted, flushed])
  assert.deepEqual(order, ['recorded', 'flushed'])
})
