import assert from 'node:assert/strict'
import { sweepAttempts } from '#payments/actions/sweep-attempts.ts'
import { cards, type Story } from './billing-stories.ts'
import { visit } from './checkouts.ts'
import type { World } from './world.ts'

/** The sweeper comes by when it is time for the next look at a customer's step with their bank, so many times. */
export async function sweepSteps(world: World, times = 1): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await world.database.pool.query(
      "update payment_transaction set look_again_at = now() - interval '1 minute' where state = 'requires_action'",
    )
    assert.deepEqual((await sweepAttempts(world.app.services, 100)).troubled, [])
  }
}

/** What a customer did at the page of the simulated bank, from which they never came back. */
export async function approveAndLeave(world: World, attemptId: string): Promise<void> {
  const { action_reference: action } = await world.db
    .selectFrom('payment_transaction')
    .select('action_reference')
    .where('id', '=', attemptId)
    .executeTakeFirstOrThrow()
  await world.app.services.processor.completeAction(action ?? '', 'approve')
}

/** What the simulated processor booked for a customer after their first invoice: what for, and how much. */
export async function bookedLater(story: Story, customer: string): Promise<string[]> {
  const { rows } = await story.world.database.pool.query<{ told: string }>(
    `select concat_ws(' ', charge.metadata->>'purpose', charge.amount) as told from simulated_processor.charge
     join customer on customer.id = charge.metadata->>'customer'
     where customer.external_id = $1 and charge.state = 'succeeded' and charge.kind = 'charge'
       and charge.metadata->>'purpose' <> 'first_invoice'
     order by charge.created_at, charge.id`,
    [customer],
  )
  return rows.map(({ told }) => told)
}

/** Subscribes a customer with a card whose bank asks each time, and passes its first step. */
export async function joinAsked(story: Story, customer: string, plan: string, country = 'US'): Promise<void> {
  await story.customer(customer)
  const { checkoutUrl } = await story.subscribe(customer, plan)
  const { body } = await story.pay(checkoutUrl, cards.asks, country)
  await visit(story.world, new URL(body.data.action.url).pathname, { outcome: 'approve' })
}
