import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Progress } from '#cli/progress.ts'
import { simulateCommand } from '#cli/simulate.ts'
import { Story } from '../../test/support/billing-stories.ts'
import { runCli } from '../../test/support/terminal.ts'

const directory = mkdtempSync(join(tmpdir(), 'halley-drafts-'))
const story = await Story.on('2041-06-01')
after(async () => {
  rmSync(directory, { recursive: true })
  await story.close()
})
await story.plan('pro', { price: 2900, features: { calls: { included: 10_000, beyond: 200 } } })
await story.join('ada', 'pro')
await story.use('ada', 'calls', 15_000)
await story.until('2041-07-02')

function draft(text: string): string {
  const path = join(directory, 'draft.json')
  writeFileSync(path, text)
  return path
}
const halley = (...words: string[]) => runCli(simulateCommand, story.world.db, ['simulate', ...words])
const dearer = () =>
  draft(
    '{"planCode":"pro","prices":[{"billingInterval":"monthly","price":9900}],"features":[{"code":"calls","unlimited":true}]}',
  )

test('a draft is read from a file: totals by kind of line, then whom it changes most', async () => {
  const { out, err, exitCode } = await halley('--plan', dearer(), '--months', '2')
  assert.equal(exitCode, 0)
  assert.equal(err, '1 of 1 windows\n')
  assert.equal(
    out,
    `pro: 1 window closed in 2 months. Before tax and customer credit.

USD, 1 customer: 1 would have paid more, 0 less
                   invoiced  simulated  difference
  plan_base          $58.00    $198.00    +$140.00
  feature_overage   $100.00      $0.00    -$100.00
  total             $158.00    $198.00     +$40.00

The largest differences
       invoiced  simulated  difference
  ada   $158.00    $198.00     +$40.00
`,
  )
})

test('as JSON every customer is a line, and the totals are the last one', async () => {
  const { out } = await halley('--plan', dearer(), '--json')
  const [customer, summary, ...more] = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual([customer.customerId, customer.invoiced, customer.simulated], ['ada', 15_800, 19_800])
  assert.deepEqual([summary.object, summary.totals[0].difference, summary.customers], ['billing_simulation', 4_000, []])
  assert.deepEqual(more, [])
})

test('everything wrong with a draft is said at once, each thing in a line', async () => {
  const { out, err, exitCode } = await halley('--plan', draft('{"planCode":"pro","price":5,"prices":[{"price":-1}]}'))
  assert.deepEqual([out, exitCode], ['', 2])
  assert.equal(err.trim().split('\n').length, 4, err)
  for (const path of [draft('{'), join(directory, 'nowhere.json')]) {
    const unread = await halley('--plan', path)
    assert.equal(unread.exitCode, 2)
    assert.match(unread.err, /cannot be read as JSON/)
  }
})

test('a plan that is not there, or on the other side, is not found', async () => {
  const nothing = await halley('--plan', draft('{"planCode":"nothing"}'))
  assert.equal(nothing.exitCode, 4)
  assert.match(nothing.err, /plan_not_found/)
  assert.equal((await halley('--plan', draft('{"planCode":"pro"}'), '--side', 'live')).exitCode, 4)
})

test('on a terminal progress is a bar that is drawn over, elsewhere a line for each tenth', () => {
  const drawn: string[] = []
  const told: string[] = []
  const plain = { out: () => undefined, err: (text: string) => told.push(text), exitWith: () => undefined, ask: null }
  const bar = new Progress({ ...plain, redraw: (text) => drawn.push(text) }, 200, 'windows')
  bar.reach(100)
  bar.end()
  assert.deepEqual(drawn, [`[${'█'.repeat(15)}${'░'.repeat(15)}]  50 %  100 of 200 windows`])
  assert.deepEqual(told, [''])
  const lines = new Progress(plain, 200, 'windows')
  for (let done = 0; done <= 200; done += 5) lines.reach(done)
  assert.equal(told.length, 11)
  assert.equal(told.at(-1), '200 of 200 windows')
})
