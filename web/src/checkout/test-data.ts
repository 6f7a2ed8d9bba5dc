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
  { number: '4000 0000 0000 0259', outcome: 'sandbox.disputed', symbol: 'bad' },
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
    code: 'CL',
    card: '4000 0015 2000 0001',
    address: { line1: 'Av. Providencia 1000', city: 'Santiago', state: 'RM', postalCode: '7500000' },
  },
  {
    code: 'CO',
    card: '4000 0017 0000 0003',
    address: { line1: 'Carrera 7 # 71-21', city: 'Bogotá', state: 'Bogotá D.C.', postalCode: '110231' },
  },
  {
    code: 'PE',
    card: '4000 0060 4000 0068',
    address: { line1: 'Av. Larco 100', city: 'Lima', state: 'Lima', postalCode: '15074' },
  },
  {
    code: 'UY',
    card: '4000 0085 8000 0003',
    address: { line1: 'Av. 18 de Julio 1000', city: 'Montevideo', state: 'Montevideo', postalCode: '11100' },
  },
  {
    code: 'PY',
    card: '4000 0060 0000 0066',
    address: { line1: 'Calle Palma 100', city: 'Asunción', postalCode: '001001' },
  },
  {
    code: 'GB',
    card: '4000 0082 6000 0000',
    address: { line1: '10 High Street', city: 'London', postalCode: 'EC1A 1BB' },
  },
  {
    code: 'IE',
    card: '4000 0037 2000 0005',
    address: { line1: '1 Main Street', city: 'Dublin', postalCode: 'D02 AF30' },
  },
  { code: 'DE', card: '4000 0027 6000 0016', address: { line1: 'Hauptstraße 1', city: 'Berlin', postalCode: '10115' } },
  {
    code: 'FR',
    card: '4000 0025 0000 0003',
    address: { line1: '1 rue de la Paix', city: 'Paris', postalCode: '75002' },
  },
  {
    code: 'ES',
    card: '4000 0072 4000 0007',
    address: { line1: 'Calle Mayor 1', city: 'Madrid', state: 'Madrid', postalCode: '28013' },
  },
  {
    code: 'PT',
    card: '4000 0062 0000 0007',
    address: { line1: 'Rua Augusta 1', city: 'Lisboa', postalCode: '1100-048' },
  },
  {
    code: 'IT',
    card: '4000 0038 0000 0008',
    address: { line1: 'Via Roma 1', city: 'Milano', state: 'MI', postalCode: '20121' },
  },
  { code: 'NL', card: '4000 0052 8000 0002', address: { line1: 'Damrak 1', city: 'Amsterdam', postalCode: '1012 LG' } },
  {
    code: 'CH',
    card: '4000 0075 6000 0009',
    address: { line1: 'Bahnhofstrasse 1', city: 'Zürich', postalCode: '8001' },
  },
  {
    code: 'SE',
    card: '4000 0075 2000 0008',
    address: { line1: 'Drottninggatan 1', city: 'Stockholm', postalCode: '111 51' },
  },
  {
    code: 'PL',
    card: '4000 0061 6000 0005',
    address: { line1: 'ul. Marszałkowska 1', city: 'Warszawa', postalCode: '00-624' },
  },
  { code: 'AE', card: '4000 0078 4000 0001', address: { line1: 'Sheikh Zayed Road 1', city: 'Dubai', state: 'Dubai' } },
  {
    code: 'IN',
    card: '4000 0035 6000 0008',
    address: { line1: 'MG Road 1', city: 'Bengaluru', state: 'Karnataka', postalCode: '560001' },
  },
  {
    code: 'SG',
    card: '4000 0070 2000 0003',
    address: { line1: '1 Orchard Road', city: 'Singapore', postalCode: '238823' },
  },
  {
    code: 'JP',
    card: '4000 0039 2000 0003',
    address: { line1: '1-1 Marunouchi', city: 'Chiyoda', state: 'Tokyo', postalCode: '100-0005' },
  },
  {
    code: 'AU',
    card: '4000 0003 6000 0006',
    address: { line1: '1 George Street', city: 'Sydney', state: 'NSW', postalCode: '2000' },
  },
  {
    code: 'NZ',
    card: '4000 0055 4000 0008',
    address: { line1: '1 Queen Street', city: 'Auckland', postalCode: '1010' },
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
    ...(keepsAddress ? {} : { line2: '', state: '', postalCode: '', ...address, country: code }),
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
