/** Countries of the European Union's common system of VAT. */
export const unionCountries: ReadonlySet<string> = new Set([
  ...['AT', 'BE', 'BG', 'CY', 'CZ', 'DE', 'DK', 'EE', 'ES', 'FI', 'FR', 'GR', 'HR', 'HU'],
  ...['IE', 'IT', 'LT', 'LU', 'LV', 'MT', 'NL', 'PL', 'PT', 'RO', 'SE', 'SI', 'SK'],
])

/** Regions of its members that are outside that system. */
const outside: ReadonlySet<string> = new Set(['ES-GC', 'ES-TF', 'ES-CE', 'ES-ML'])

/** Whether the VAT of the Union is charged at a place. */
export function isInUnion({ country, region }: { readonly country: string; readonly region: string | null }): boolean {
  return unionCountries.has(country) && !outside.has(`${country}-${region}`)
}
