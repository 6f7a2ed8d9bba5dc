import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Laned, Lanes } from '#webhooks/lanes.ts'

type Numbered = Laned & { readonly number: number }

const delivery = (number: number, lane: string | null, attempts = 0): Numbered => ({
  id: `whd_${number}`,
  number,
  lane,
  attempts,
  isReplay: false,
})

test('a customer waits for the first attempt of the event before, another customer does not, nor does a retry', () => {
  const lanes = new Lanes<Numbered>()
  lanes.add([delivery(1, 'ada'), delivery(2, 'ada'), delivery(3, 'bob'), delivery(4, 'ada', 1), delivery(5, null)])
  const first = lanes.next()
  assert.deepEqual([first?.number, lanes.next()?.number, lanes.next()?.number, lanes.next()?.number], [1, 3, 4, 5])
  assert.equal(lanes.next(), undefined)
  assert(first)
  lanes.ended(first)
  assert.equal(lanes.next()?.number, 2)
})

test('what a replay tells again starts when nothing else may, whatever came first', () => {
  const lanes = new Lanes<Numbered>()
  lanes.add([1, 2, 3].map((number) => ({ ...delivery(number, `whr_1 ${number}`), isReplay: true })))
  assert.equal(lanes.next()?.number, 1)
  lanes.add([delivery(4, 'ada'), delivery(5, 'ada'), delivery(6, null, 1)])
  assert.deepEqual(
    [1, 2, 3, 4].map(() => lanes.next()?.number),
    [4, 6, 2, 3],
  )
  lanes.add([{ ...delivery(7, null), isReplay: true }])
  lanes.ended(delivery(4, 'ada'))
  assert.deepEqual([lanes.next()?.number, lanes.next()?.number], [5, 7])
})

test('whatever ends when: everything starts once, a lane in its order and one at a time', () => {
  const given = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', null), fc.nat(1), fc.nat(3)), { maxLength: 60 })
  fc.assert(
    fc.property(given, fc.infiniteStream(fc.nat(9)), (shapes, choices) => {
      const lanes = new Lanes<Numbered>()
      const all = shapes.map(([lane, attempts], number) => delivery(number, lane, attempts))
      const started: Numbered[] = []
      const running: Numbered[] = []
      const startAll = () => {
        for (let next = lanes.next(); next; next = lanes.next()) {
          const { lane, attempts } = next
          assert(lane === null || attempts > 0 || !running.some((one) => one.lane === lane && one.attempts === 0))
          running.push(next)
          started.push(next)
        }
      }
      const endOne = () => {
        const [one] = running.splice((choices.next().value ?? 0) % running.length, 1)
        if (one) lanes.ended(one)
      }
      for (const [index, one] of all.entries()) {
        lanes.add([one])
        startAll()
        for (let ends = shapes[index]?.[2] ?? 0; ends > 0 && running.length > 0; ends--) endOne()
        startAll()
      }
      while (running.length > 0) {
        endOne()
        startAll()
      }
      assert.deepEqual(
        started.map(({ number }) => number).toSorted((a, b) => a - b),
        all.map(({ number }) => number),
      )
      for (const lane of ['a', 'b', 'c']) {
        const order = started.filter((one) => one.lane === lane && one.attempts === 0).map(({ number }) => number)
        assert.deepEqual(
          order,
          order.toSorted((a, b) => a - b),
        )
      }
    }),
  )
})
