import assert from 'node:assert/strict'
import { test } from 'node:test'
import { regionOf } from '#tax/region.ts'

const at = (country: string, state: string | null, postalCode = '', region: string | null = null) =>
  regionOf({ country, state, region, postalCode })

test('a state is known by its code and by its name, however it is written', () => {
  assert.deepEqual(
    [at('US', 'CA'), at('US', ' california '), at('US', 'us-ca'), at('US', null, '', 'CA')],
    ['CA', 'CA', 'CA', 'CA'],
  )
  assert.deepEqual([at('CA', 'Québec'), at('CA', 'quebec'), at('CA', 'QC')], ['QC', 'QC', 'QC'])
})

test('a postal code tells the region where it does without doubt', () => {
  assert.deepEqual([at('CA', null, 'h2y 1c6'), at('CA', null, 'X0A 0A0'), at('ES', null, '38001')], ['QC', null, 'TF'])
  assert.deepEqual([at('ES', 'Madrid', '28014'), at('US', null, '94105')], [null, null])
})

test('what was written goes before the postal code; what nobody knows is no region', () => {
  assert.deepEqual(
    [at('CA', 'Ontario', 'H2Y 1C6'), at('US', 'Bavaria'), at('CA', 'Bavaria', 'H2Y 1C6')],
    ['ON', null, 'QC'],
  )
})

test('codes of other countries are taken as they are', () => {
  assert.deepEqual([at('BR', 'SP'), at('BR', 'São Paulo'), at('IN', 'in-ka')], ['SP', null, 'KA'])
})
