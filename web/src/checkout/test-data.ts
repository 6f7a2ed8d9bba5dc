import { digitsOf, passesLuhn } from '../card/card-number.ts'
import type { MessageKey } from '../text/messages.ts'
import type { CheckoutFormValues } from './render.types.ts'

export type TestCard = { number: string; outcome: MessageKey; symbol: 'good' | 'bad' | 'ask' }

/** The simulated processor's cards by what they lead to. */
export const testCards: readonly TestCard[] = [
  { number: '4242 4242 4242 4242', outcome: 'sandbox.pays', symbol: 'good' },
  { number: '4000 0000 0000 3220', outcome: 'sandbox.authentication', symbol: 'ask' },
  { number: '4000 0000 0000 0002', outcome: 'sandbox.declined', symbol: 'bad' },
  { number: '4000 0000 0000 9995', outcome: 'sandbox.insufficient', symbol: 'bad' },
  { number: '4000 0000 0000 0069', outcome: 'sandbox.expired', symbol: 'bad' },
  { number: '4000 0000 0000 0341', outcome: 'sandbox.renewalFails', symbol: 'bad' },
]

export const testExpiry = '12/34'
export const testCvc = '123'
export const testName = 'Jane Doe'

export type TestCountry = { code: string; card: string; address: CheckoutFormValues }

/** An address that exists in shape only, and the published test card of the country. */
const unitedStates: TestCountry = {
  code: 'US',
  card: '4242 4242 4242 4242',
  address: { line1: '100 Market Street', city: 'San Francisco', state: 'CA', postalCode: '94105' },
}

export const testCountries: readonly TestCountry[] = [
  unitedStates,
  {
    code: 'CA',
    card: '4000 0012 4000 0000',
    address: { line1: '200 Bay Street', city: 'Toronto', state: 'ON', postalCode: 'M5J 2J1' },
  },
  {
    code: 'GB',
    card: '4000 0082 6000 0000',
    address: { line1: '10 High Street', city: 'London', postalCode: 'EC1A 1BB' },
  },
  { code: 'DE', card: '4000 0027 6000 0016', address: { line1: 'Hauptstraße 1', city: 'Berlin', postalCode: '10115' } },
  {
    code: 'ES',
    card: '4000 0072 4000 0007',
    address: { line1: 'Calle Mayor 1', city: 'Madrid', state: 'Madrid', postalCode: '28013' },
  },
  {
    code: 'MX',
    card: '4000 0048 4000 8001',
    address: { line1: 'Av. Reforma 100', city: 'Ciudad de México', state: 'CDMX', postalCode: '06600' },
  },
  {
    code: 'BR',
    card: '4000 0007 6000 0002',
    address: { line1: 'Av. Paulista 1000', city: 'São Paulo', state: 'SP', postalCode: '01310-100' },
  },
  {
    code: 'AR',
    card: '4000 0003 2000 0021',
    address: { line1: 'Av. Corrientes 1000', city: 'Buenos Aires', state: 'CABA', postalCode: 'C1043' },
  },
  {
    code: 'CO',
    card: '4000 0017 0000 0003',
    address: { line1: 'Carrera 7 # 71-21', city: 'Bogotá', state: 'Bogotá D.C.', postalCode: '110231' },
  },
  {
    code: 'CL',
    card: '4000 0015 2000 0001',
    address: { line1: 'Av. Providencia 1000', city: 'Santiago', state: 'RM', postalCode: '7500000' },
  },
]

/** A whole form for one card. An address already typed is kept, unless one of a country is asked for. */
export function testFormValues(
  card: string,
  country: TestCountry | null,
  typed: CheckoutFormValues,
): CheckoutFormValues {
  const keepsAddress = country === null && Boolean(typed.line1 && typed.city && typed.country)
  const { code, address } = country ?? unitedStates
  return {
    ...(keepsAddress ? {} : { line2: '', state: '', ...address, country: code }),
    email: typed.email || 'jane@example.com',
    fullName: typed.fullName || testName,
    cardNumber: card,
    cardExpiry: testExpiry,
    cardCvc: testCvc,
  }
}

/** Whether a finished number fails its check digit. Test cards are looked up first: published ones exist that fail it too. */
export function looksMistyped(number: string): boolean {
  const digits = digitsOf(number)
  const known = [...testCards.map((card) => card.number), ...testCountries.map((country) => country.card)]
  return digits.length >= 12 && !known.some((card) => digitsOf(card) === digits) && !passesLuhn(digits)
}
