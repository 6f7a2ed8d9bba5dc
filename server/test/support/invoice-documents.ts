import type { DocumentFacts, DocumentInvoice } from '#invoicing/document.ts'
import { type DraftLine, line } from '#invoicing/invoice-draft.ts'
import { units } from '#money/quantity.ts'
import { unknownSeller } from '#organisations/seller.ts'

const noon = Temporal.Instant.from('2026-06-16T12:00:00Z')
const day = (text: string) => Temporal.PlainDate.from(text)

export const acme = {
  ...unknownSeller,
  legalName: 'Acme Software S.L.',
  address: {
    line1: 'Calle de Alcalá 1',
    line2: null,
    city: 'Madrid',
    state: null,
    postalCode: '28014',
    country: 'ES',
  },
  taxId: 'ESB12345678',
  registration: 'Registro Mercantil de Madrid, T 1, F 2',
  supportEmail: 'billing@acme.example',
} as const

export const ada = {
  email: 'ada@example.com',
  fullName: 'Ada Lovelace',
  taxDocument: null,
  taxExemption: null,
  address: {
    id: 'addr_1',
    line1: '100 Market Street',
    line2: 'Suite 300',
    city: 'San Francisco',
    state: 'CA',
    region: null,
    postalCode: '94105',
    country: 'US',
  },
} as const

/** $99.00 of Pro, 250 calls beyond at $0.01, 10 % off: $91.60, paid on 16 June 2026 with a Visa. */
export function documentFacts(
  changes: Omit<Partial<DocumentFacts>, 'invoice'> & { invoice?: Partial<DocumentInvoice> } = {},
): DocumentFacts {
  const lines: readonly DraftLine[] = changes.lines ?? [
    line({
      lineType: 'plan_base',
      description: 'Pro',
      quantity: units(1),
      unitAmount: 9900n,
      amount: 9900n,
      startsOn: day('2026-06-16'),
      endsOn: day('2026-07-16'),
    }),
    line({
      lineType: 'discount',
      description: 'Introductory offer',
      quantity: units(1),
      unitAmount: -990n,
      amount: -990n,
    }),
    line({
      lineType: 'feature_overage',
      featureName: 'API calls',
      description: 'API calls: usage beyond what is included',
      quantity: units(250),
      unitAmount: 100n,
      amount: 250n,
      includedAmount: units(1000),
      usedAmount: units(1250),
      overageAmount: units(250),
      startsOn: day('2026-05-16'),
      endsOn: day('2026-06-16'),
    }),
  ]
  const { invoice, ...others } = changes
  return {
    invoice: {
      number: 'INV-000042',
      status: 'paid',
      type: 'recurring',
      currency: 'usd',
      subtotal: 10_150n,
      discountAmount: 990n,
      creditApplied: 0n,
      taxAmount: 0n,
      total: 9160n,
      periodStart: day('2026-06-16'),
      periodEnd: day('2026-07-16'),
      issuedAt: noon,
      dueAt: noon,
      finalisedAt: noon,
      paidAt: noon,
      voidedAt: null,
      subscriptionId: 'sub_1',
      memo: null,
      poNumber: null,
      reference: null,
      sellerCurrency: null,
      sellerCurrencyRate: null,
      ...invoice,
    },
    lines,
    taxes: { shares: [], isReverseCharge: false, exemption: null },
    seller: acme,
    organisationName: 'Acme',
    buyer: ada,
    card: { brand: 'visa', last4: '4242' },
    payUrl: null,
    livemode: true,
    ...others,
  }
}
