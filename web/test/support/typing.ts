import type { Page } from 'playwright-core'

/** A place customers live in, as they would type it; by the names of the form's fields, which no language changes. */
export const places = {
  US: { country: 'US', line1: '100 Market Street', city: 'San Francisco', state: 'CA', postalCode: '94105' },
  DE: { country: 'DE', line1: 'Torstraße 1', city: 'Berlin', postalCode: '10119' },
  BR: { country: 'BR', line1: 'Av. Paulista 1000', city: 'São Paulo', state: 'SP', postalCode: '01310-100' },
} as const

export type Place = keyof typeof places

const field = (page: Page, name: string) => page.locator(`[name=${name}]`)

/** Types a whole checkout in whatever language it is. */
export async function typeCheckout(page: Page, card: string, place: Place = 'US'): Promise<void> {
  const { country, ...address } = places[place]
  await field(page, 'country').selectOption(country)
  for (const [name, text] of Object.entries(address)) await field(page, name).fill(text)
  await typeCard(page, card)
  await field(page, 'fullName').fill('Ada Lovelace')
}

/** Types a card over whatever stands there. */
export async function typeCard(page: Page, card: string): Promise<void> {
  await field(page, 'cardNumber').fill(card)
  await field(page, 'cardExpiry').fill('12/44')
  await field(page, 'cardCvc').fill('123')
}

/** Presses the button that pays, stores the card or begins. */
export function pressPay(page: Page): Promise<void> {
  return page.locator('.pay button').click()
}

/** Opens the fold of the promo code and applies one. */
export async function applyCode(page: Page, code: string): Promise<void> {
  await page
    .locator('details', { has: field(page, 'promoCode') })
    .locator('summary')
    .click()
  await field(page, 'promoCode').fill(code)
  await page.locator('.promo-apply').click()
}
