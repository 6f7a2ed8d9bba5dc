import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { cards, Story } from '../support/billing-stories.ts'
import { type Child, killChildren, startChild } from '../support/children.ts'
import { copySubscriber } from '../support/many-subscribers.ts'

const good = Number(process.env.RENEWALS ?? 120)
const declined = 20
const patienceMs = 60_000

const stories = new Set<Story>()
// Also when a test fails: what is left open would keep the process alive for ever.
after(async () => {
  killChildren()
  for (const story of stories) await story.close()
})

async function end(story: Story): Promise<void> {
  stories.delete(story)
  await story.close()
}

const startWorker = (story: Story): Promise<Child> => startChild(story.world, { role: 'worker' })

/** Customers whose renewal is due, most with a good card, some with one that is declined. */
async function manyDue(): Promise<Story> {
  const story = await Story.on('2041-03-10')
  stories.add(story)
  await story.plan('pro', { price: 2900, features: { calls: { included: 100, beyond: 5000 } } })
  await story.join('good', 'pro')
  await story.join('bad', 'pro', { card: cards.failsLater })
  await story.use('good', 'calls', 150)
  await story.use('bad', 'calls', 110)
  await copySubscriber(story.world.database, 'good', good - 1)
  await copySubscriber(story.world.database, 'bad', declined - 1)
  await story.goTo('2041-04-10')
  // Workers need not leave the clock to a person here.
  await story.world.database.pool.query('update side set clock_moved_at = null')
  return story
}

async function count(story: Story, statement: string): Promise<number> {
  const { rows } = await story.world.database.pool.query<{ count: bigint }>(`select count(*) ${statement}`)
  return Number(rows[0]?.count)
}

const renewed = (story: Story) => count(story, 'from subscription_window where closed_at is not null')

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + patienceMs
  while (!(await isSo())) {
    assert(performance.now() < giveUpAt, `${what} did not happen in ${patienceMs} ms`)
    await wait(10)
  }
}

/** Nothing due, no charge without an outcome. Looks at charges that were left behind are brought forward. */
async function rest(story: Story): Promise<void> {
  const stale = "state = 'started' and started_at < now() - interval '2 seconds'"
  await until('rest', async () => {
    await story.world.database.pool.query(
      `update payment_transaction set look_again_at = now() - interval '1 minute' where ${stale}`,
    )
    const due = await count(story, "from subscription where due_at <= '2041-04-10T12:00:00Z'")
    return due + (await count(story, "from payment_transaction where state = 'started'")) === 0
  })
}

/** Every customer's state, invoices, charges and events since the copies were made, as one comparable text each. */
async function account(story: Story): Promise<Map<string, number>> {
  const { rows } = await story.world.database.pool.query<{ told: string }>(`
    select concat_ws(' | ', s.status, s.window_number, s.period_start, s.due_at,
      (select string_agg(concat_ws(' ', i.type, i.status, i.total, i.period_start, i.issued_at, i.paid_at), ', ' order by i.number)
        from invoice i where i.org_id = s.org_id and i.subscription_id = s.id and i.cause = 'window_end'),
      (select string_agg(concat_ws(' ', t.state, t.amount, t.created_at, t.paid_at), ', ' order by t.id)
        from payment_transaction t where t.org_id = s.org_id and t.subscription_id = s.id and t.purpose = 'renewal'),
      (select string_agg(concat_ws(' ', b.state, b.amount), ', ' order by b.id) from simulated_processor.charge b
        where b.metadata->>'subscription' = s.id and b.metadata->>'purpose' = 'renewal'),
      (select string_agg(e.type, ', ' order by e.id) from event e
        where e.org_id = s.org_id and e.customer_id = s.customer_id and e.occurred_at between '2041-04-01' and '2041-04-10'),
      (select string_agg(concat_ws(' ', c.window_number, c.total, c.closed), ', ' order by c.window_number)
        from usage_counter c where c.org_id = s.org_id and c.subscription_id = s.id)
    ) as told from subscription s`)
  const told = new Map<string, number>()
  for (const row of rows) told.set(row.told, (told.get(row.told) ?? 0) + 1)
  return told
}

const expected = new Map([
  [
    [
      'active | 2 | 2041-04-10 | 2041-05-07 00:00:00+00',
      'recurring paid 5400 2041-04-10 2041-04-10 00:00:00+00 2041-04-10 00:00:00+00',
      'succeeded 5400 2041-04-10 00:00:00+00 2041-04-10 00:00:00+00',
      'succeeded 5400',
      'invoice.upcoming, invoice.created, payment.received',
      '1 150.000000 t, 2 0.000000 f',
    ].join(' | '),
    good,
  ],
  [
    [
      'past_due | 2 | 2041-04-10 | 2041-04-11 00:00:00+00',
      'recurring outstanding 3400 2041-04-10 2041-04-10 00:00:00+00',
      'failed 3400 2041-04-10 00:00:00+00',
      'declined 3400',
      'invoice.upcoming, invoice.created, payment.failed, customer.state_changed, subscription.past_due',
      '1 110.000000 t, 2 0.000000 f',
    ].join(' | '),
    declined,
  ],
])

async function checkNumbers(story: Story): Promise<void> {
  const numbers = await story.numbers()
  assert.equal(numbers.length, good + declined + 2)
  numbers.forEach((number, index) => {
    assert(number.endsWith(`-${String(index + 1).padStart(6, '0')}`), `${number} is number ${index + 1}`)
  })
}

test('two workers renew every due subscription exactly once', async () => {
  const story = await manyDue()
  const workers = await Promise.all([startWorker(story), startWorker(story)])
  await until('the first renewal', async () => (await renewed(story)) > 0)
  const startedAt = performance.now()
  await rest(story)
  if (process.env.RENEWALS) {
    const seconds = (performance.now() - startedAt) / 1000
    process.stdout.write(`${Math.round((good + declined) / seconds)} renewals/s by two workers\n`)
  }
  assert.deepEqual(await account(story), expected)
  await checkNumbers(story)
  await Promise.all(workers.map((worker) => worker.kill()))
  await end(story)
})

test('one of two workers is killed half-way: the result is the same', async () => {
  const story = await manyDue()
  const [victim, survivor] = await Promise.all([startWorker(story), startWorker(story)])
  await until('half of the renewals', async () => (await renewed(story)) >= (good + declined) / 2)
  await victim.kill()
  await rest(story)
  assert.deepEqual(await account(story), expected)
  await checkNumbers(story)
  await survivor.kill()
  await end(story)
})

test('a lone worker is killed again and again: each new one goes on where it died', async () => {
  const story = await manyDue()
  for (const share of [0.2, 0.4, 0.6, 0.8]) {
    const worker = await startWorker(story)
    await until(`${share} of the renewals`, async () => (await renewed(story)) >= (good + declined) * share)
    await worker.kill()
  }
  const last = await startWorker(story)
  await rest(story)
  assert.deepEqual(await account(story), expected)
  await checkNumbers(story)
  await last.kill()
  await end(story)
})
