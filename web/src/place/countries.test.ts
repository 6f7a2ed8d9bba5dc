import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressFormat, taxIdName } from './address-format.ts'
import { countriesIn } from './countries.ts'

test('all 249 countries have a name, in the order of the language', () => {
  const spanish = countriesIn('es')
  assert.equal(spanish.length, 249)
  assert.equal(new Set(spanish.map(({ code }) => code)).size, 249)
  assert.equal(spanish.find(({ code }) => code === 'DE')?.name, 'Alemania')
  const names = countriesIn('en').map(({ name }) => name)
  assert.ok(names.indexOf('Åland Islands') < names.indexOf('Albania'))
})

test('an address is asked for as its country writes it', () => {
  assert.deepEqual(addressFormat('US'), {
    postalCode: { label: 'field.zip', required: true },
    state: { label: 'field.state', required: true },
  })
  assert.equal(addressFormat('DE').state, null)
  assert.equal(addressFormat('AE').postalCode.required, false)
  assert.equal(addressFormat('').postalCode.required, false)
})

test('a tax id has its local name', () => {
  assert.equal(taxIdName('MX'), 'RFC')
  assert.equal(taxIdName('FR'), 'vat')
  assert.equal(taxIdName('JP'), null)
})
