import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Command } from 'commander'
import type { Open, Terminal } from '#cli/command.ts'
import { reconcileCommand } from '#cli/reconcile.ts'
import { Story } from '../../test/support/billing-stories.ts'
import { connectStripe, joinAtStripe } from '../../test/support/connections.ts'
import { AtDlocal, joinAtDlocal } from '../../test/support/dlocal-customers.ts'
import { DlocalDouble } from '../../test/support/dlocal-double.ts'
import { StripeDouble } from '../../test/support/stripe-double.ts'
import { runCli } from '../../test/support/terminal.ts'

let stripe: StripeDouble
let dlocal: DlocalDouble
let story: Story
let at: AtDlocal
const paid = { stripe: '', dlocal: '' }
before(async () => {
  ;[stripe, dlocal] = await Promise.all([StripeDouble.start(), DlocalDouble.start()])
  story = await Story.on('2041-03-10', { providerAddresses: { stripe: stripe.url, dlocal: dlocal.url } })
  await story.plan('pro', { price: 2900 })
  await story.join('here', 'pro')
  await connectStripe(story.world, stripe)
  await joinAtStripe(story, 'at_stripe', 'pro')
  paid.stripe = stripe.charged()[0]?.transaction ?? ''
  at = await AtDlocal.connect(story.world, dlocal)
  paid.dlocal = await joinAtDlocal(story, at, 'at_dlocal', 'pro')
})
after(async () => {
  await story.close()
  await Promise.all([stripe.stop(), dlocal.stop()])
})

const command = (program: Command, open: Open, terminal?: Terminal) =>
  reconcileCommand(program, open, () => story.world.app.services, terminal)
const reconcile = (...words: string[]) => runCli(command, story.world.db, ['reconcile', ...words])

test('the books of three providers agree, each read as it lets itself be read', async () => {
  const { out, err, exitCode } = await reconcile()
  assert.deepEqual(out.trim().split('\n'), [
    'ok   built-in: 1 charge at the provider',
    'ok   stripe (stripe): 1 charge at the provider',
    'ok   dlocal (dlocal): 1 charge at the provider; it has no list and was asked about the 1 known here',
  ])
  assert.match(err, /The books agree/)
  assert.equal(exitCode, 0)
})

test('what dLocal booked for a charge that failed here, did not book, or booked otherwise is told in words', async () => {
  await story.customer('rejected')
  const { id: subscription, checkoutUrl } = await story.subscribe('rejected', 'pro')
  await at.confirm(checkoutUrl.split('/').at(-1))
  const { id: rejected } = await at.attemptOf(subscription)
  dlocal.finish(rejected, 'reject')
  await at.comeBack(rejected)
  const [there, failed] = [dlocal.paymentOf(paid.dlocal), dlocal.paymentOf(rejected)]
  failed.status = 'PAID'
  there.amount = 30
  const first = await reconcile()
  assert.equal(first.exitCode, 1)
  assert.match(
    first.out,
    /FAIL dlocal \(dlocal\): 2 charges at the provider; it has no list and was asked about the 2 /,
  )
  assert(first.out.includes(`${paid.dlocal}: not the same amount; here $29.00, there $30.00`))
  assert(first.out.includes(`${rejected}: charged there, not paid here; here nothing, there $29.00`))
  assert.match(first.err, /2 differences\.\nWhat to do: docs\/guides\/payment-providers\.md/)
  failed.status = 'REJECTED'
  there.amount = 29
  there.status = 'CANCELLED'
  const { out } = await reconcile('--json')
  there.status = 'PAID'
  const { connections, differences } = JSON.parse(out)
  assert.equal(differences, 1)
  assert.deepEqual(connections.at(-1).differences, [
    { transaction: paid.dlocal, kind: 'missing_at_provider', ours: 2900, theirs: null },
  ])
})

test('a provider that does not answer, or does not take the keys, is no agreement, and the others are compared', async () => {
  stripe.isMute = true
  dlocal.credentials.login = 'rolled'
  const { out, err, exitCode } = await reconcile()
  stripe.isMute = false
  dlocal.credentials.login = 'login-double'
  assert.equal(exitCode, 1)
  assert.deepEqual(out.trim().split('\n'), [
    'ok   built-in: 1 charge at the provider',
    '?    stripe (stripe): Stripe did not answer.',
    '?    dlocal (dlocal): dLocal does not accept the keys of this connection.',
  ])
  assert.match(err, /2 connections could not be compared: halley providers list shows them/)
})
