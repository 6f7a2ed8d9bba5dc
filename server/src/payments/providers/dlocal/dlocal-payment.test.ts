import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DlocalPayment, dlocalStanding, dlocalTokenText, readDlocalToken } from './dlocal-payment.ts'

const token = 'BR|53033315550|page'
const payment = (changes: Partial<DlocalPayment> = {}): DlocalPayment => ({
  id: 'D-4-1',
  order_id: 'txn_1',
  amount: 29.9,
  currency: 'BRL',
  status: 'PAID',
  card: { card_id: 'CID-1', brand: 'VI', last4: '1111', expiration_month: 10, expiration_year: 2040 },
  ...changes,
})
const asked = { token, offSession: false, amount: 2990n, currency: 'brl' }

test('a paid payment gives the stored card as the token of later charges', () => {
  assert.deepEqual(dlocalStanding(payment(), asked), {
    outcome: 'succeeded',
    reference: 'D-4-1',
    card: { brand: 'visa', last4: '1111', expMonth: 10, expYear: 2040, country: null },
    token: 'BR|53033315550|CID-1',
  })
  assert.throws(() => dlocalStanding(payment({ amount: 30 }), asked), /another amount/)
})

test('a payment that waits sends the customer to dLocal’s page, and says nothing when nobody is there', () => {
  const waiting = payment({ status: 'PENDING', redirect_url: 'https://checkout.dlocal.com/1' })
  assert.deepEqual(dlocalStanding(waiting, asked), {
    outcome: 'requires_action',
    reference: 'D-4-1',
    actionReference: 'https://checkout.dlocal.com/1',
  })
  assert.equal(dlocalStanding(waiting, { ...asked, offSession: true }), undefined)
})

test('rejections speak the port’s words', () => {
  const codes = [
    ['302', 'insufficient_funds'],
    ['309', 'expired_card'],
    ['300', 'card_declined'],
  ] as const
  for (const [status_code, code] of codes) {
    const result = dlocalStanding(payment({ status: 'REJECTED', status_code }), asked)
    assert(result?.outcome === 'declined')
    assert.equal(result.code, code)
  }
})

test('a token is read back as it was written, and nothing else is one', () => {
  assert.deepEqual(readDlocalToken(token), { country: 'BR', document: '53033315550', card: 'page' })
  assert.equal(dlocalTokenText({ country: 'CL', document: '', card: 'CID-2' }), 'CL||CID-2')
  assert.deepEqual(readDlocalToken('CL||CID-2'), { country: 'CL', document: '', card: 'CID-2' })
  assert.equal(readDlocalToken('cus_1/pm_1'), undefined)
})
