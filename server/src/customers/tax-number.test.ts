import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isVatNumber, refuseWrongTaxNumber } from '#customers/tax-number.ts'
import type { Problem } from '#problem.ts'

function refusal(country: string, number: string): string | undefined {
  try {
    refuseWrongTaxNumber(country, number)
    return undefined
  } catch (error) {
    return (error as Problem).message
  }
}

test('right numbers of every country that is checked are taken, as people write them', () => {
  const right: [string, string][] = [
    ...([
      ['AR', '20-05536168-2'],
      ['BR', '16.727.230/0001-97'],
      ['BR', '390.533.447-05'],
      ['CL', '76.086.428-5'],
    ] as const),
    ...([
      ['CO', '213.123.432-1'],
      ['MX', 'GODE 561231 GR8'],
      ['PE', '20512333797'],
      ['US', '91-1144442'],
    ] as const),
    ...([
      ['AT', 'ATU13585627'],
      ['BE', 'BE 0428.759.497'],
      ['DE', 'DE 136,695 976'],
      ['ES', 'B-58378431'],
    ] as const),
    ...([
      ['FR', 'FR 40 303 265 045'],
      ['GR', 'EL 094259216'],
      ['IE', 'IE 6433435F'],
      ['IT', '00743110157'],
    ] as const),
    ...([
      ['NL', 'NL4495445B01'],
      ['PL', 'PL 8567346215'],
      ['PT', '501 964 843'],
      ['SE', 'SE 123456789701'],
    ] as const),
  ].map(([country, number]) => [country, number])
  for (const [country, number] of right) assert.equal(refusal(country, number), undefined, `${country} ${number}`)
})

test('a wrong check digit is refused at its field, by the name of the number', () => {
  assert.equal(
    refusal('AR', '20-05536168-3'),
    "taxDocument: Must be a valid CUIT of AR: the number's form or check digits are wrong.",
  )
  assert.match(refusal('DE', 'DE136695977') ?? '', /valid VAT or tax number of DE/)
  assert.match(refusal('BR', '16.727.230/0001-98') ?? '', /CNPJ or CPF/)
})

test('people’s own numbers are taken too, and any in countries that are not known', () => {
  assert.equal(refusal('ES', '54362315K'), undefined)
  assert.equal(refusal('DE', '36574261809'), undefined)
  assert.equal(refusal('JP', 'whatever'), undefined)
})

test('a VAT number has the prefix of its country, or is a company’s', () => {
  assert(isVatNumber('DE', '136695976'))
  assert(isVatNumber('GR', 'EL094259216'))
  assert(isVatNumber('ES', 'ES54362315K'))
  assert(!isVatNumber('ES', '54362315K'))
  assert(!isVatNumber('FR', 'DE136695976'))
  assert(!isVatNumber('US', '91-1144442'))
  assert(!isVatNumber('DE', 'DE136695977'))
})
