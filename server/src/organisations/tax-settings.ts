/** Who calculates tax. `provider`: the payment provider's own service. */
export const taxModes = ['automatic', 'none', 'provider'] as const
export type TaxMode = (typeof taxModes)[number]

/** Registered in all countries of the European Union at once, through its One-Stop Shop. */
export const unionRegistration = 'EU'

/** Whether a text has the form of a registration: a country, a region of one ('US-CA'), or {@link unionRegistration}. */
export function isRegistration(text: string, isCountry: (code: string) => boolean): boolean {
  if (text === unionRegistration) return true
  const [, country = '', region] = /^([A-Z]{2})(-[A-Z0-9]{1,3})?$/.exec(text) ?? []
  return isCountry(country) && (region === undefined || region.length > 1)
}
