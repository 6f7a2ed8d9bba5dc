/** What tells where somebody is; texts as they were typed. */
export type Whereabouts = {
  readonly country: string
  readonly state: string | null
  readonly region: string | null
  readonly postalCode: string
}

const states: Readonly<Record<string, string>> = {
  AL: 'Alabama',
  AK: 'Alaska',
  AZ: 'Arizona',
  AR: 'Arkansas',
  CA: 'California',
  CO: 'Colorado',
  CT: 'Connecticut',
  DE: 'Delaware',
  DC: 'District of Columbia',
  FL: 'Florida',
  GA: 'Georgia',
  HI: 'Hawaii',
  ID: 'Idaho',
  IL: 'Illinois',
  IN: 'Indiana',
  IA: 'Iowa',
  KS: 'Kansas',
  KY: 'Kentucky',
  LA: 'Louisiana',
  ME: 'Maine',
  MD: 'Maryland',
  MA: 'Massachusetts',
  MI: 'Michigan',
  MN: 'Minnesota',
  MS: 'Mississippi',
  MO: 'Missouri',
  MT: 'Montana',
  NE: 'Nebraska',
  NV: 'Nevada',
  NH: 'New Hampshire',
  NJ: 'New Jersey',
  NM: 'New Mexico',
  NY: 'New York',
  NC: 'North Carolina',
  ND: 'North Dakota',
  OH: 'Ohio',
  OK: 'Oklahoma',
  OR: 'Oregon',
  PA: 'Pennsylvania',
  RI: 'Rhode Island',
  SC: 'South Carolina',
  SD: 'South Dakota',
  TN: 'Tennessee',
  TX: 'Texas',
  UT: 'Utah',
  VT: 'Vermont',
  VA: 'Virginia',
  WA: 'Washington',
  WV: 'West Virginia',
  WI: 'Wisconsin',
  WY: 'Wyoming',
}

const provinces: Readonly<Record<string, string>> = {
  AB: 'Alberta',
  BC: 'British Columbia',
  MB: 'Manitoba',
  NB: 'New Brunswick',
  NL: 'Newfoundland and Labrador',
  NS: 'Nova Scotia',
  NT: 'Northwest Territories',
  NU: 'Nunavut',
  ON: 'Ontario',
  PE: 'Prince Edward Island',
  QC: 'Quebec',
  SK: 'Saskatchewan',
  YT: 'Yukon',
}

// Provinces of Spain with taxes of their own. The Canaries have IGIC.
const spanish: Readonly<Record<string, string>> = {
  GC: 'Las Palmas',
  TF: 'Santa Cruz de Tenerife',
  CE: 'Ceuta',
  ML: 'Melilla',
}

const named: Readonly<Record<string, Readonly<Record<string, string>>>> = { US: states, CA: provinces, ES: spanish }

/** What a postal code begins with, where it tells the region without doubt. */
const byPostalCode: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  CA: {
    ...{ A: 'NL', B: 'NS', C: 'PE', E: 'NB', G: 'QC', H: 'QC', J: 'QC', K: 'ON', L: 'ON', M: 'ON', N: 'ON', P: 'ON' },
    ...{ R: 'MB', S: 'SK', T: 'AB', V: 'BC', Y: 'YT' },
  },
  ES: { 35: 'GC', 38: 'TF', 51: 'CE', 52: 'ML' },
}

/**
 * The region of an address as the second half of its ISO 3166-2 code: by its code or its name, else by the postal code; null where
 * nothing tells. A code of a country whose regions are not known here is taken as it is.
 */
export function regionOf({ country, state, region, postalCode }: Whereabouts): string | null {
  for (const text of [region, state]) {
    const found = text === null ? null : regionNamed(country, plain(text))
    if (found !== null) return found
  }
  const code = plain(postalCode)
  const starts = byPostalCode[country] ?? {}
  return starts[code.slice(0, 1)] ?? starts[code.slice(0, 2)] ?? null
}

function regionNamed(country: string, text: string): string | null {
  const code = text.startsWith(`${country}-`) ? text.slice(country.length + 1) : text
  const names = named[country]
  if (!names) return /^[A-Z0-9]{1,3}$/.test(code) ? code : null
  if (names[code] !== undefined) return code
  return Object.keys(names).find((key) => plain(names[key] ?? '') === text) ?? null
}

// Québec and QUEBEC are one.
function plain(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').trim().toUpperCase()
}
