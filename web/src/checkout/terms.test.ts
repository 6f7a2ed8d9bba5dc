import assert from 'node:assert/strict'
import { test } from 'node:test'
import { messagesIn } from '../text/messages.ts'
import { checkoutFixture } from './checkout-fixture.ts'
import { afterToday, buttonLabel, headline, mandateText, occasionText, orderTitle } from './terms.ts'

const english = { locale: 'en', messages: messagesIn('en') } as const
const spanish = { locale: 'es', messages: messagesIn('es') } as const
const trial = { ...checkoutFixture, kind: 'trial', total: 0, trial: { days: 14, endsOn: '2026-08-15' } } as const

test('a button that costs money says how much', () => {
  assert.equal(buttonLabel(checkoutFixture, english), 'Subscribe and pay $29.00')
  assert.equal(buttonLabel({ ...checkoutFixture, renewal: null }, english), 'Pay $29.00')
  assert.equal(buttonLabel(trial, english), 'Start trial')
  assert.equal(buttonLabel({ ...checkoutFixture, kind: 'setup', total: 0 }, english), 'Save card and start')
  assert.equal(
    buttonLabel({ ...checkoutFixture, provider: 'stripe', intake: 'element' }, english),
    'Subscribe and pay $29.00',
  )
  const atDlocal = { ...checkoutFixture, provider: 'dlocal', intake: 'page' } as const
  assert.equal(buttonLabel(atDlocal, english), 'Continue to payment')
  assert.equal(buttonLabel({ ...atDlocal, kind: 'trial' }, english), 'Continue to your card')
})

test('the mandate names the button, every amount and every date', () => {
  assert.equal(
    mandateText(checkoutFixture, english),
    'By selecting “Subscribe and pay $29.00” you allow Acme to charge your card $29.00 today and $29.00 every month ' +
      'from August 1, 2026 until you cancel. You can cancel at any time before the next charge.',
  )
  assert.match(mandateText({ ...checkoutFixture, renewal: null }, english), /\$29\.00 once\. Nothing renews\.$/)
})

test('a trial says that nothing is charged today and when that ends', () => {
  const renewal = { amount: 2900, billingInterval: 'yearly', on: '2026-08-15', later: null }
  assert.match(
    mandateText({ ...trial, renewal }, english),
    /^Nothing is charged today\..*\$29\.00 every year from August 15, 2026.*Cancel before August 15, 2026 and you pay nothing\.$/,
  )
  assert.deepEqual(headline(trial, english), { figure: '14 days free', unit: '' })
})

test('a price that rises later says so wherever it is agreed to', () => {
  const renewal = {
    amount: 1450,
    billingInterval: 'monthly',
    on: '2026-08-01',
    later: { amount: 2900, on: '2026-10-01' },
  }
  const offer = { ...checkoutFixture, total: 1450, renewal }
  const sentence = '$14.50 every month from August 1, 2026, then $29.00 every month from October 1, 2026'
  assert.equal(afterToday(offer, english), `Then ${sentence}`)
  assert(mandateText(offer, english).includes(`${sentence} until you cancel`))
  assert(mandateText({ ...offer, kind: 'trial' }, english).includes('Cancel before August 1, 2026 and you pay nothing'))
})

test('the summary says what comes after today', () => {
  assert.equal(orderTitle(checkoutFixture, english), 'Subscribe to Pro')
  assert.equal(afterToday(checkoutFixture, english), 'Then $29.00 every month from August 1, 2026')
  assert.equal(
    afterToday(checkoutFixture, spanish).replace(/\s/g, ' '),
    'Después, 29,00 US$ cada mes desde el 1 de agosto de 2026',
  )
  const once = {
    ...checkoutFixture,
    renewal: null,
    plan: { ...checkoutFixture.plan, billingInterval: 'one_time' },
  } as const
  assert.equal(afterToday(once, english), 'One payment. Nothing renews.')
})

test('who comes back is told what happened and what paying brings, not to subscribe', () => {
  const pastDue = { ...checkoutFixture, occasion: 'past_due' } as const
  assert.equal(orderTitle(pastDue, english), 'Pay the open invoice')
  assert.equal(
    occasionText(pastDue, english),
    'We could not collect $29.00 for Pro. Once it is paid your subscription goes on as before, and this card is charged from then on.',
  )
  assert.equal(buttonLabel(pastDue, english), 'Pay $29.00')
  assert.match(mandateText(pastDue, english), /\$29\.00 today, and \$29\.00 every month from August 1, 2026/)
  const again = { ...checkoutFixture, occasion: 'reactivation' } as const
  assert.equal(buttonLabel(again, english), 'Start again and pay $29.00')
  assert.match(mandateText(again, spanish).replace(/\s/g, ' '), /«Volver y pagar 29,00 US\$»/)
  const unpaid = { ...checkoutFixture, occasion: 'unpaid', renewal: null } as const
  assert.equal(buttonLabel(unpaid, english), 'Pay $29.00')
  assert.match(mandateText(unpaid, english), /once\. Nothing renews\.$/)
  const otherCard = { ...checkoutFixture, kind: 'setup', occasion: 'method_update', total: 0 } as const
  assert.equal(buttonLabel(otherCard, english), 'Save card')
  assert.match(mandateText(otherCard, english), /^Nothing is charged today\./)
  assert.equal(occasionText(checkoutFixture, english), '')
})
