import { findCustomersById, publicCustomerId, resolveCustomer } from '#customers/customers.store.ts'
import { route } from '#http/operation.ts'
import { createAdjustment } from '#invoicing/actions/create-adjustment.ts'
import { sendInvoice } from '#invoicing/actions/send-invoice.ts'
import { filesOf } from '#invoicing/invoice-files.store.ts'
import { linesOf } from '#invoicing/invoice-lines.store.ts'
import { taxesOf } from '#invoicing/invoice-taxes.store.ts'
import {
  createAdjustmentOperation,
  getInvoiceDownloadOperation,
  getInvoiceOperation,
  listInvoicesOperation,
  sendInvoiceOperation,
} from '#invoicing/invoices.contract.ts'
import { findInvoice, listInvoices } from '#invoicing/invoices.store.ts'
import { toApiInvoice, toCreatedInvoice } from '#invoicing/invoices.view.ts'
import { Problem } from '#problem.ts'
import { machineNow } from '#time/clock.ts'

const downloadDays = 7

const list = route(listInvoicesOperation, async (db, { org }, { query }) => {
  const { limit, cursor, customerId, ...filter } = query
  const customer = customerId === undefined ? undefined : await resolveCustomer(db, org.id, customerId)
  if (customerId !== undefined && !customer) return { items: [], next: null }
  const invoices = await listInvoices(db, org.id, { ...filter, customerId: customer?.id }, limit + 1, cursor)
  const page = invoices.slice(0, limit)
  const ids = page.map(({ id }) => id)
  const [lines, taxes] = [await linesOf(db, org.id, ids), await taxesOf(db, org.id, ids)]
  const files = await filesOf(db, org.id, ids)
  const customers = await findCustomersById(
    db,
    org.id,
    page.map((invoice) => invoice.customerId),
  )
  const items = page.map((invoice) => {
    const owner = customers.get(invoice.customerId)
    return toApiInvoice(
      invoice,
      { lines: lines.get(invoice.id) ?? [], taxes: taxes.get(invoice.id) ?? [], files: files.get(invoice.id) ?? [] },
      owner ? publicCustomerId(owner) : invoice.customerId,
      org.livemode,
    )
  })
  return { items, next: invoices.length > limit ? (page.at(-1)?.id ?? null) : null }
})

const get = route(getInvoiceOperation, async (db, { org }, { params }) => {
  const invoice = await findInvoice(db, org.id, params.id)
  if (!invoice) throw new Problem('invoice_not_found', `There is no invoice ${params.id}.`)
  const lines = (await linesOf(db, org.id, [invoice.id])).get(invoice.id) ?? []
  const taxes = (await taxesOf(db, org.id, [invoice.id])).get(invoice.id) ?? []
  const files = (await filesOf(db, org.id, [invoice.id])).get(invoice.id) ?? []
  const owner = (await findCustomersById(db, org.id, [invoice.customerId])).get(invoice.customerId)
  return toApiInvoice(
    invoice,
    { lines, taxes, files },
    owner ? publicCustomerId(owner) : invoice.customerId,
    org.livemode,
  )
})

const download = route(getInvoiceDownloadOperation, async (db, { org, links }, { params }) => {
  const invoice = await findInvoice(db, org.id, params.id)
  if (!invoice) throw new Problem('invoice_not_found', `There is no invoice ${params.id}.`)
  // Whole seconds: what is signed is what is told.
  const expiresAt = machineNow()
    .add({ hours: 24 * downloadDays })
    .round({ smallestUnit: 'second', roundingMode: 'floor' })
  const url = links.invoice(org.id, invoice.id, expiresAt)
  return { url, expiresAt, object: 'invoice', livemode: org.livemode }
})

const send = route(sendInvoiceOperation, async (tx, context, { params }) => {
  await sendInvoice(tx, context, params.id)
  return { sent: true, sentAt: context.now, object: 'invoice', livemode: context.org.livemode }
})

const adjust = route(createAdjustmentOperation, async (tx, context, { body }) => {
  const { invoice, customer } = await createAdjustment(tx, context, body)
  return toCreatedInvoice(invoice, publicCustomerId(customer), context.org.livemode)
})

export const invoiceRoutes = [list, get, adjust, download, send]
