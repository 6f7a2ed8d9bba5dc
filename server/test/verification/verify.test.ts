import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import { verifyCommand } from '#cli/verify.ts'
import { inTransaction, type Tx } from '#database/transaction.ts'
import type { Result } from '#verification/check.ts'
import { allChecks, runChecks, verify } from '#verification/verify.ts'
import { activate, sell } from '../support/addon-stories.ts'
import { Story } from '../support/billing-stories.ts'
import { visit } from '../support/checkouts.ts'
import { fundedCustomer, fundedPlan } from '../support/ledger-stories.ts'
import { withdrawalPath } from '../support/portals.ts'
import { runCli } from '../support/terminal.ts'
import { Receiver } from '../support/webhook-receiver.ts'
import { listenAt, tell } from '../support/webhooks.ts'

let story: Story
before(async () => {
  story = await Story.on('2030-01-01')
  const [reached, deaf] = [await Receiver.start(), await Receiver.start(() => 500)]
  const { id } = await listenAt(story.world, reached.url, ['*', 'usage.recorded'])
  await listenAt(story.world, deaf.url, ['customer.created'])
  const { client } = story.world
  await story.plan('pro', { price: 2900, features: { calls: { included: 10, beyond: 200 }, texts: { included: 10 } } })
  await client.features.create({ code: 'members', name: 'Members', type: 'seats' })
  const overage = { enabled: true, unitPrice: 10_000 }
  await client.plans.addFeature({ id: 'pro', featureId: 'members', includedAmount: 5, overage })
  const [pro, max] = [(await client.plans.get({ id: 'pro' })).data?.id ?? '', await story.plan('max', { price: 9900 })]
  const group = (await client.planGroups.create({ name: 'Plans' })).data?.id ?? ''
  for (const planId of [pro, max]) await client.planGroups.addPlan({ id: group, planId })
  await client.subscriptions.changePlan({ id: await story.join('eve', 'pro'), newPlanId: max })
  await story.join('ada', 'pro')
  await client.invoices.createAdjustment({ customerId: 'ada', amount: -1000, description: 'Sorry' })
  await sell(story.world, { feature: 'support' })
  await activate(story, 'ada', 'support')
  // Too small to charge by itself: it comes onto the next invoice.
  await sell(story.world, { feature: 'stickers', price: 10 })
  await activate(story, 'ada', 'stickers')
  await client.customers.update({ id: 'ada', fullName: 'Ada Lovelace' })
  await client.usage.track({ customerId: 'ada', feature: 'calls', value: 1500, idempotencyKey: 'one' })
  await client.seats.add({ customerId: 'ada', featureCode: 'members', count: 7 })
  await reserve('ada')
  await reserve('ada', { value: 2 })
  const credits = await fundedPlan(story.world, {
    model: 'credits',
    feature: 'images',
    creditsPerUnit: 5,
    includedCredits: 100,
  })
  const grace = await fundedCustomer(story.world, credits)
  await client.usage.track({ customerId: grace.externalId, feature: 'images', value: 3 })
  const { data: pack } = await client.creditPacks.create({ name: 'Hundred', credits: 100, price: 1000 })
  await client.subscriptions.purchaseCredits({ id: grace.subscriptionId, creditPackId: pack?.id ?? '' })
  await client.promoCodes.create({ code: 'once', discountType: 'amount', discountValue: 500, maxRedemptions: 1 })
  await story.join('bob', 'pro', { promoCode: 'ONCE' })
  await story.cancel('bob', { immediate: true })
  await chargeTax()
  await story.until('2030-02-02')
  for (const customer of ['cyd', 'dan']) await story.join(customer, 'pro')
  await client.payments.charge({ customerId: 'dan', amount: 500, currency: 'usd', description: 'Onboarding' })
  await payOut()
  await client.transactions.refund({ id: await paymentOf('cyd') })
  const withdrawn = await story.join('fritz', 'pro', { country: 'DE' })
  await visit(story.world, withdrawalPath(story.world, withdrawn), {})
  const body = { transactionId: await paymentOf('dan') }
  assert.equal((await story.world.request('POST', '/api/v1/test-disputes', { body })).status, 201)
  await story.world.request('POST', `/api/v1/webhooks/${id}/replay`, { body: { from: '2030-01-01T00:00:00.000Z' } })
  await tell(story.world)
})
after(() => story.close())

/** Payouts exist on the live side only, where stories do not go: one is written as the product would. */
async function payOut(): Promise<void> {
  const { db, liveOrgId: org } = story.world
  await sql`insert into simulated_processor.bank_account values ('sim_ba_0', '6789', null, now())`.execute(db)
  await sql`insert into simulated_processor.payout values ('sim_po_0', 'po_0', 'sim_ba_0', 5000, 'usd', now())`.execute(
    db,
  )
  await sql`insert into payout_bank_account values
    (${org}, 'pba_0', 'sim_ba_0', 'Acme', '6789', null, 'US', 'usd', null, true, 'active', now())`.execute(db)
  await sql`insert into payout (org_id, id, bank_account_id, status, amount, currency, provider_reference, requested_at,
    created_at, updated_at) values (${org}, 'po_0', 'pba_0', 'in_transit', 5000, 'usd', 'sim_po_0', now(), now(), now())`.execute(
    db,
  )
  const told = {
    payoutId: 'po_0',
    amount: 5000,
    fee: 0,
    netAmount: 5000,
    currency: 'usd',
    status: 'in_transit',
    destinationBank: null,
    createdAt: '2030-02-02T00:00:00.000Z',
  }
  await sql`insert into event (org_id, id, type, data, occurred_at, created_at, pending) values
    (${org}, 'whev_po_0', 'payout.created', ${JSON.stringify(told)}, now(), now(), false)`.execute(db)
}

async function paymentOf(customer: string): Promise<string> {
  const { data } = await story.world.client.transactions.list({ customerEmail: `${customer}@example.com` })
  return data?.[0]?.id ?? ''
}

async function chargeTax(): Promise<void> {
  const address = { line1: '1 Main Street', city: 'Austin', postalCode: '78701', country: 'US' }
  const { status } = await story.world.request('PUT', '/api/v1/settings', {
    body: { address, tax: { registrations: ['US'] } },
  })
  assert.equal(status, 200)
}

async function reserve(customerId: string, committed?: { value: number }): Promise<void> {
  const holds = '/api/v1/usage/reservations'
  const body = { customerId, featureCode: 'texts', quantity: 3 }
  const { status, body: held } = await story.world.request('POST', holds, { body })
  assert.equal(status, 201)
  if (committed) await story.world.request('POST', `${holds}/${held.data.id}/commit`, { body: committed })
}

/** Rows bent by hand, in the order of the checks that must find them: what must always hold is broken once for each. */
const bent: Readonly<Record<string, readonly string[]>> = {
  one_live_subscription: [
    'drop index subscription_live',
    `insert into subscription select (jsonb_populate_record(s, '{"id": "sub_twin"}')).* from subscription s where status = 'active' limit 1`,
    `insert into subscription_window select (jsonb_populate_record(w, '{"subscription_id": "sub_twin"}')).*
     from subscription_window w join subscription s using (org_id)
     where w.subscription_id = s.id and w.closed_at is null and s.status = 'active' limit 1`,
  ],
  windows: [`update subscription_window set starts_on = starts_on + 1 where number = 2`],
  window_lengths: [
    'update subscription_window set ends_on = ends_on + 30, period_end = period_end + 30 where closed_at is null',
  ],
  open_windows: [`update subscription set window_number = 7 where status = 'active'`],
  sold_prices: [`update subscription set billing_interval = 'yearly' where status = 'active'`],
  due: [`update subscription set due_at = '2099-01-01' where status = 'active'`],
  dunning: [`update subscription set status = 'past_due' where status = 'active'`],
  closed_counters: [
    `update usage_counter set closed = false from subscription s
     where s.id = usage_counter.subscription_id and s.status = 'canceled'`,
  ],
  plan_changes: [`update plan_change set state = 'declined' where state = 'applied'`],
  promo_codes: [
    `insert into promo_code_redemption select (jsonb_populate_record(r, '{"customer_id": "cus_other"}')).* from promo_code_redemption r`,
  ],
  counters: ['update usage_counter set total = total + 0.000001 where total > 0'],
  event_keys: [`delete from usage_event_key where key = 'one'`],
  held_counts: [
    'alter table held_count drop constraint held_count_check',
    'update held_count set current = current + 1',
  ],
  held_steps: ['update held_step set mark_after = mark_after + 1'],
  reserved_capacity: [`update usage_reservation set held_units = held_units + 1 where status = 'held'`],
  committed_reservations: [`update usage_reservation set committed = committed + 1 where status = 'committed'`],
  ledger_accounts: ['update ledger_account set purchased_credits = purchased_credits - 1 where purchased_credits > 0'],
  ledger_entries: ['update ledger_entry set plan_credits_after = plan_credits_after + 1 where number = 2'],
  ledger_usage: [`update ledger_entry set usage_event_id = 'evt_none' where kind = 'consumption'`],
  ledger_purchases: [`update ledger_entry set kind = 'adjustment' where kind = 'purchase'`],
  invoice_totals: ['update invoice_line set amount = amount + 1'],
  invoice_discounts: ['update invoice set discount_amount = discount_amount + 100, subtotal = subtotal + 100'],
  carried_lines: [`update carried_line set line = jsonb_set(line, '{amount}', '"11"') where invoice_id is not null`],
  invoice_currencies: [`update invoice set currency = 'eur' where type = 'recurring'`],
  invoice_taxes: [`update invoice set tax_treatment = 'off' where tax_amount > 0`],
  line_taxes: ['update invoice_line_tax set amount = amount + 1'],
  credit_left: ['update customer_credit set remaining = remaining + 1, amount = amount + 2'],
  credit_used: ['update customer_credit_use set returned_at = created_at'],
  credit_granted: [`update customer_credit set currency = 'eur'`],
  invoice_numbers: [`update invoice set number = replace(number, '000001', '000099')`],
  invoice_states: [`update invoice set paid_at = null where status = 'paid'`],
  invoice_due_days: [`update invoice set due_at = due_at + interval '1 day'`],
  invoice_owners: [`update payment_transaction set customer_id = 'cus_other'`],
  line_amounts: [`update invoice_line set unit_amount = unit_amount + 100 where line_type = 'feature_overage'`],
  billed_usage: [`update invoice_line set used_amount = used_amount + 1 where line_type = 'feature_overage'`],
  // Ada's: a change of plan lies between the renewals of others, who may be billed twice for a day.
  period_billed_once: [
    'drop index invoice_once',
    'drop index invoice_number',
    `insert into invoice select (jsonb_populate_record(i, '{"id": "inv_twin"}')).* from invoice i
     where number = (select min(number) from invoice join customer c on c.id = customer_id
       where c.external_id = 'ada' and type = 'recurring' and status = 'paid')`,
    `insert into invoice_line select (jsonb_populate_record(l, '{"invoice_id": "inv_twin"}')).*
     from invoice_line l join invoice i on i.id = l.invoice_id
     where i.number = (select number from invoice where id = 'inv_twin') and i.id <> 'inv_twin'`,
  ],
  charges: [`update payment_transaction set amount = amount + 1 where state = 'succeeded' and kind = 'charge'`],
  payouts: [
    `insert into simulated_processor.bank_account values ('sim_ba_1', '9876', null, now())`,
    `insert into simulated_processor.payout values ('sim_po_1', 'po_nobody', 'sim_ba_1', 1000, 'usd', now())`,
  ],
  payments: [`update payment set amount_subtotal = amount_subtotal + 1 where status = 'succeeded'`],
  one_charge_per_invoice: [
    'drop index payment_transaction_one_per_invoice',
    `insert into payment_transaction select (jsonb_populate_record(t, '{"id": "txn_twin"}')).* from payment_transaction t
     where state = 'succeeded' and kind = 'charge' and payment_id is null limit 1`,
  ],
  processor_books: [`update simulated_processor.charge set amount = amount + 1 where state = 'succeeded'`],
  refunds: [`update refund set amount = amount - 1 where state = 'succeeded'`],
  withdrawals: ['update withdrawal set amount = amount + 1'],
  processor_refunds: ['delete from simulated_processor.refund'],
  disputes: [`update payment_transaction set state = 'succeeded' where state = 'disputed'`],
  processor_disputes: [`update simulated_processor.dispute set state = 'won' where state = 'open'`],
  default_methods: [
    'drop index payment_method_default',
    `insert into payment_method select (jsonb_populate_record(m, '{"id": "pm_twin"}')).* from payment_method m limit 1`,
  ],
  addons_once: [
    'drop index subscription_addon_once',
    'drop index subscription_addon_invoice',
    `insert into subscription_addon select (jsonb_populate_record(a, '{"number": 9}')).* from subscription_addon a
     where number = 1`,
  ],
  addons_paid: [`update invoice set status = 'outstanding', paid_at = null where type = 'addon_activation'`],
  addons_billed_once: [
    'drop index invoice_once',
    `insert into invoice select (jsonb_populate_record(i, '{"id": "inv_twin", "number": "TWIN-1"}')).* from invoice i
     where id = (select invoice_id from invoice_line where line_type = 'addon_base' and basis ->> 'part' is null limit 1)`,
    `insert into invoice_line select (jsonb_populate_record(l, '{"invoice_id": "inv_twin"}')).* from invoice_line l
     where line_type = 'addon_base' and basis ->> 'part' is null`,
  ],
  told_customer_created: [`delete from event where type = 'customer.created' and data->>'externalId' = 'ada'`],
  told_subscription_created: [
    `update event set data = data || '{"subscriptionId": "sub_none"}' where type = 'subscription.created'`,
  ],
  told_invoice_created: [
    `insert into event (org_id, id, type, customer_id, data, occurred_at, created_at)
     select org_id, 'whev_twin', type, customer_id, data, occurred_at, created_at from event where type = 'invoice.created' limit 1`,
  ],
  told_payment_received: [`delete from event where type = 'payment.received'`],
  told_as_often: [`delete from event where type = 'payment.refunded'`],
  told_customer_updated: [`update customer set full_name = 'Somebody Else' where external_id = 'ada'`],
  told_usage: [`update event set data = data || '{"value": 99}' where type = 'usage.recorded'`],
  deliveries: [
    `delete from webhook_delivery where cause = 'event' and state = 'delivered' and type = 'invoice.created'`,
  ],
  delivery_events: [`update webhook_delivery set event_id = id where cause = 'replay'`],
  delivery_attempts: [`update webhook_attempt set status = 404 where status = 200`],
  endpoints: [`update webhook_endpoint set is_active = false`],
  endpoints_awake: [`update webhook_endpoint set due_at = now() + interval '1 day'`],
  replays: ['update webhook_replay set queued = queued - 1'],
}

// Without them every row can be bent.
const dropForeignKeys = `
  do $$ declare found record; begin
    for found in select conrelid::regclass as owner, conname from pg_constraint
      where contype = 'f' and conparentid = 0 and connamespace = 'public'::regnamespace
    loop execute format('alter table %s drop constraint %I', found.owner, found.conname); end loop;
  end $$`

class Unbend extends Error {}

/** What the checks find once some statements bent the records; nothing of it stays. */
async function foundAfter(statements: readonly string[]): Promise<readonly Result[]> {
  let results: readonly Result[] = []
  const bend = async (tx: Tx) => {
    await sql.raw(dropForeignKeys).execute(tx)
    for (const statement of statements) await sql.raw(statement).execute(tx)
    results = await runChecks(tx, () => undefined)
    throw new Unbend()
  }
  await assert.rejects(inTransaction(story.world.db, bend), Unbend)
  return results
}

test('nothing is found where nothing was bent, and every check had something to look at', async () => {
  const results = await verify(story.world.db)
  assert.deepEqual(
    results.filter(({ breaches }) => breaches > 0n),
    [],
  )
  assert.deepEqual(
    results.filter(({ looked }) => looked === 0n).map(({ name }) => name),
    [],
  )
})

test('every check has a record that was bent for it', () => {
  assert.deepEqual(
    allChecks.map(({ name }) => name),
    Object.keys(bent),
  )
})

for (const [name, statements] of Object.entries(bent)) {
  test(`found: ${name}`, async () => {
    const results = await foundAfter(statements)
    const result = results.find((one) => one.name === name)
    assert(result && result.breaches > 0n)
    assert(result.findings.every(({ subject, found }) => subject.length > 0 && found.length > 0))
  })
}

const halley = (...words: string[]) => runCli(verifyCommand, story.world.db, ['verify', ...words])

test('the command says what it looked at and ends well when nothing is found', async () => {
  const { out, err, exitCode } = await halley()
  assert.equal(exitCode, 0)
  assert.equal(out, `${allChecks.length} checks, nothing found.\n`)
  assert.match(err, /ok {3}Every counter is the sum of its events\. \(\d+ looked at\)/)
  const { checks, breaches } = JSON.parse((await halley('--json')).out)
  assert.equal(breaches, 0)
  assert.deepEqual(
    checks.map((check: { name: string }) => check.name),
    allChecks.map(({ name }) => name),
  )
})

test('the command names what does not add up and ends with 1', async () => {
  await sql`update usage_counter set total = total + 1 where total = 1500`.execute(story.world.db)
  const { out, err, exitCode } = await halley()
  await sql`update usage_counter set total = total - 1 where total = 1501`.execute(story.world.db)
  assert.equal(exitCode, 1)
  assert.equal(out, `${allChecks.length} checks, 2 findings.\n`)
  // The overage that was billed of it is not what is counted any more either.
  assert.match(err, /FAIL Every counter is the sum.*\n {5}.*the counter has 1501\.000000 of 1 events/)
})
