import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCountry } from '#customers/countries.ts'
import { isPublicCustomerId, ownIdProblem, publicCustomerId } from '#customers/customer.ts'
import { newId } from '#id.ts'

test('the own id stands for a customer wherever there is one, else the public id', () => {
  assert.equal(publicCustomerId({ id: 'cus_1', externalId: 'user_1' }), 'user_1')
  assert.equal(publicCustomerId({ id: 'cus_1', externalId: null }), 'cus_1')
})

test('only what has the whole form of a public id is taken for one', () => {
  assert(isPublicCustomerId(newId('cus')))
  assert(!isPublicCustomerId('cus_NffrFeUfNV2Hib'))
  assert(!isPublicCustomerId('cus_'))
  assert(!isPublicCustomerId(newId('sub')))
})

test('own ids of other systems are welcome', () => {
  const ids = [
    '1',
    'user_123',
    'cus_NffrFeUfNV2Hib',
    'ada@example.com',
    'auth0|5f7c',
    'a b',
    'Müller:7',
    '顧客-1',
    '🦊',
  ]
  for (const id of [...ids, 'x'.repeat(200)]) assert.equal(ownIdProblem(id), undefined, id)
})

test('own ids that an address cannot carry are refused', () => {
  for (const id of ['a/b', 'a?b', 'a#b', 'a%20b'])
    assert.equal(ownIdProblem(id), 'Must not contain any of / ? # %.', id)
  for (const id of ['', 'x'.repeat(201)]) assert.equal(ownIdProblem(id), 'Must be 1 to 200 characters.')
  for (const id of ['a\\b', 'a\nb', 'a\u0085b', 'a\ud800', ' a', 'a ', '.', '..'])
    assert(ownIdProblem(id), JSON.stringify(id))
})

test('countries are ISO 3166-1 alpha-2 codes in upper case, Kosovo among them', () => {
  for (const code of ['US', 'AR', 'DE', 'XK', 'GB']) assert(isCountry(code), code)
  for (const code of ['us', 'UK', 'EU', 'XX', 'ZZ', 'USA', '']) assert(!isCountry(code), code)
})
