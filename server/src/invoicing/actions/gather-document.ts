import assert from 'node:assert/strict'
import { findCustomersById } from '#customers/customers.store.ts'
import type { Db } from '#database/transaction.ts'
import { findOpenCheckouts } from '#hosted/checkouts.store.ts'
import { type Buyer, copiesOf } from '#invoicing/buyer.ts'
import { type DocumentFacts, isProForma } from '#invoicing/document.ts'
import { linesOf } from '#invoicing/invoice-lines.store.ts'
import { taxesOf } from '#invoicing/invoice-taxes.store.ts'
import { findInvoice, type InvoiceRecord } from '#invoicing/invoices.store.ts'
import type { Links, Org } from '#organisations/org.ts'
import { findOrganisation } from '#organisations/organisations.store.ts'
import { type Seller, unknownSeller } from '#organisations/seller.ts'
import { findSettings } from '#organisations/settings.store.ts'
import { findInvoiceAttempt } from '#payments/attempts.store.ts'

/**
 * Everything an invoice's document says: the invoice, its lines and the parties as it has copied them. Only one that is not
 * final yet shows today's customer and seller. Undefined when there is no such invoice.
 */
export async function gatherDocument(
  db: Db,
  org: Org,
  links: Links,
  invoiceId: string,
): Promise<DocumentFacts | undefined> {
  const invoice = await findInvoice(db, org.id, invoiceId)
  if (!invoice) return undefined
  const lines = (await linesOf(db, org.id, [invoice.id])).get(invoice.id) ?? []
  const taxes = (await taxesOf(db, org.id, [invoice.id])).get(invoice.id) ?? []
  const { buyer, poNumber } = await copiesIn(db, org.id, invoice)
  const organisation = await findOrganisation(db, org.organisationId)
  const attempt = await findInvoiceAttempt(db, org.id, invoice.id)
  const isPaid = invoice.status === 'paid' && attempt?.state === 'succeeded'
  return {
    invoice: { ...invoice, poNumber },
    lines,
    taxes: {
      shares: taxes,
      isReverseCharge: invoice.taxTreatment === 'reverse_charge',
      exemption: invoice.taxTreatment === 'exempt' ? buyer.taxExemption : null,
    },
    seller: await sellerOf(db, org.id, invoice),
    organisationName: organisation?.name ?? '',
    buyer,
    card: isPaid && attempt.card ? { brand: attempt.card.brand, last4: attempt.card.last4 } : null,
    payUrl: await payUrlOf(db, org.id, links, invoice),
    livemode: org.livemode,
  }
}

async function sellerOf(db: Db, orgId: string, invoice: InvoiceRecord): Promise<Seller> {
  if (isProForma(invoice)) return (await findSettings(db, orgId)).seller
  return { ...unknownSeller, ...(invoice.seller as Partial<Seller> | null) }
}

async function copiesIn(db: Db, orgId: string, invoice: InvoiceRecord): Promise<ReturnType<typeof copiesOf>> {
  if (invoice.buyer && !isProForma(invoice)) {
    const buyer = { taxExemption: null, ...(invoice.buyer as Partial<Buyer>) } as Buyer
    return { buyer, poNumber: invoice.poNumber }
  }
  const customer = (await findCustomersById(db, orgId, [invoice.customerId])).get(invoice.customerId)
  assert(customer, `invoice ${invoice.id} has its customer`)
  return copiesOf(customer, invoice)
}

async function payUrlOf(db: Db, orgId: string, links: Links, invoice: InvoiceRecord): Promise<string | null> {
  if (invoice.status !== 'outstanding' || invoice.subscriptionId === null) return null
  const checkout = (await findOpenCheckouts(db, orgId, [invoice.subscriptionId])).get(invoice.subscriptionId)
  return checkout && checkout.invoiceId === invoice.id ? links.checkout(orgId, checkout.id) : null
}
