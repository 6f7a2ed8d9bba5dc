import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command } from 'commander'
import type { Open, Terminal } from '#cli/command.ts'
import { organisationCommand } from '#cli/organisation.ts'
import { taxServiceCommand } from '#cli/tax-service.ts'
import { connectStripe } from '../../test/support/connections.ts'
import { stripeWorld } from '../../test/support/stripe-world.ts'
import { runCli } from '../../test/support/terminal.ts'

const { stripe, world } = await stripeWorld()

const command = (program: Command, open: Open, terminal?: Terminal) =>
  taxServiceCommand(program, open, () => world.app.services, terminal)
const halley = (...words: string[]) => runCli(command, world.db, ['tax', ...words])
const organisation = (...words: string[]) => runCli(organisationCommand, world.db, ['organisation', 'set', ...words])

test('without a connected account the mode is refused, and asking says what to connect', async () => {
  const refused = await organisation('--tax', 'provider')
  assert.equal(refused.exitCode, 5)
  assert.match(refused.err, /halley providers add stripe/)
  const asked = await halley('ask', 'DE')
  assert.equal(asked.exitCode, 5)
  assert.match(asked.err, /halley providers add stripe/)
})

test('the mode is chosen with the account, and a place can be asked about', async () => {
  await connectStripe(world, stripe, 'main')
  stripe.tax.taxes.set('US-TX', [
    {
      name: 'Sales Tax',
      percentage: '6.25',
      jurisdiction: 'Texas',
      level: 'state',
      state: 'TX',
      type: 'sales_tax',
      share: 0.8,
    },
  ])
  assert.match(
    (await organisation('--tax', 'provider', '--tax-connection', 'main')).out,
    /^tax +provider \(con_\w+\)$/m,
  )
  const { out, err } = await halley('ask', 'us', '--state', 'Texas', '--postal-code', '78701')
  assert.equal(out, 'charged\n5% (6.25% of a part of the price)  Sales tax, Texas, state\n')
  assert.match(err, /charged on every line/)
  assert.equal((await halley('ask', 'CH')).out, 'not_registered\n')
})

test('an account that does not calculate says why', async () => {
  stripe.tax.isInactive = true
  const { exitCode, err } = await halley('ask', 'DE')
  assert.equal(exitCode, 1)
  assert.match(err, /Stripe Tax has not been activated/)
  stripe.tax.isInactive = false
})

test('refresh makes all that is known old: it is asked anew', async () => {
  const customer = { email: 'a@example.com', address: { line1: '1', city: 'B', postalCode: '1', country: 'DE' } }
  const { body } = await world.request('POST', '/api/v1/customers', { body: customer })
  const adjust = () =>
    world.request('POST', '/api/v1/invoices', { body: { customerId: body.data.id, amount: 100, description: 'x' } })
  const asked = () => stripe.tax.asked.filter((question) => question === 'DE 1').length
  assert.equal((await adjust()).status, 201)
  assert.equal((await adjust()).status, 201)
  assert.equal(asked(), 1)
  assert.equal((await halley('refresh')).out, '1\n')
  assert.equal((await adjust()).status, 201)
  assert.equal(asked(), 2)
})
