import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentTypeOf } from '#customers/document-type.ts'

test('a tax document is named by country and form, however it is written', () => {
  const named = [
    ['AR', '20-12345678-6', 'CUIT'],
    ['AR', '30712345671', 'CUIT'],
    ['BR', '123.456.789-09', 'CPF'],
    ['BR', '12.345.678/0001-95', 'CNPJ'],
    ['BR', '12.ABC.345/01DE-35', 'CNPJ'],
    ['CL', '12.345.678-5', 'RUT'],
    ['CL', '7654321-k', 'RUT'],
    ['CO', '900.123.456-7', 'NIT'],
    ['MX', 'ABC850101AB1', 'RFC'],
    ['MX', 'GODE561231GR8', 'RFC'],
    ['PE', '20123456789', 'RUC'],
    ['US', '12-3456789', 'EIN'],
    ['DE', 'DE123456789', 'VAT'],
    ['DE', '123 456 789', 'VAT'],
    ['GR', 'EL123456789', 'VAT'],
    ['ES', 'ESX1234567X', 'VAT'],
    ['NL', 'nl123456789b01', 'VAT'],
    ['AT', 'ATU12345678', 'VAT'],
  ] as const
  for (const [country, document, type] of named) assert.equal(documentTypeOf(country, document), type, document)
})

test('a document whose kind cannot be told has no name', () => {
  const unnamed = [
    ['AR', '12345678'],
    ['BR', '1234567890'],
    ['CL', 'ABC'],
    ['MX', 'ABC851301AB1'],
    ['PE', '99123456789'],
    ['US', 'DE123456789'],
    ['DE', 'FR12345678901'],
    ['GB', 'GB123456789'],
    ['JP', '1234567890123'],
  ] as const
  for (const [country, document] of unnamed) assert.equal(documentTypeOf(country, document), null, document)
  assert.equal(documentTypeOf(null, '20-12345678-6'), null)
  assert.equal(documentTypeOf('AR', null), null)
})
