import type { FastifyInstance } from 'fastify'
import type { HostedPages } from '#hosted/assets.ts'
import type { HostedServices } from '#hosted/hosted-context.ts'
import { look, type PageHandler, page } from '#hosted/page.ts'
import { readExpiringLink } from '#hosted/token.ts'
import type { RateLimiter } from '#http/rate-limit.ts'
import { drawInvoice } from '#invoicing/actions/draw-invoice.ts'
import { gatherDocument } from '#invoicing/actions/gather-document.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { Problem } from '#problem.ts'

export type InvoicePageServices = HostedServices & {
  readonly pages: HostedPages
  readonly hostedRequests: RateLimiter
}

/** Where a download link leads: the PDF as it is now, for whoever has the link, until it expires in real time. */
export function registerInvoicePage(server: FastifyInstance, services: InvoicePageServices): void {
  server.get('/invoices/:token', page(services, sendPdf))
}

const expired = {
  en: {
    title: 'This link has expired',
    message: 'Links to invoices are good for 7 days. Ask the seller for a new one.',
  },
  es: {
    title: 'Este enlace ha caducado',
    message: 'Los enlaces a facturas sirven durante 7 días. Pide uno nuevo al vendedor.',
  },
}

const sendPdf: PageHandler<InvoicePageServices> = async (services, request, reply) => {
  const { db, secret, pages, hostedRequests, machineNow } = services
  const target = readExpiringLink(secret, 'invoice', 'inv', request.params.token, machineNow())
  if (target === 'expired') {
    const view = look(pages, request)
    return reply.status(410).send(pages.renderMessage({ ...view, kind: 'expired', ...expired[view.locale] }))
  }
  if (!target) throw notValid()
  hostedRequests.take(target.id, performance.now())
  const org = await findOrg(db, target.orgId)
  const context = org && services.contextFor(org, machineNow())
  const facts = context && (await gatherDocument(db, context.org, context.links, target.id))
  if (!facts) throw notValid()
  const { name, content, sha256 } = await drawInvoice(db, context.org.id, target.id, facts)
  return (
    reply
      .type('application/pdf')
      .header('content-disposition', `inline; filename="${name}"`)
      .header('etag', `"${sha256}"`)
      // What browsers show a PDF with loads things of its own.
      .header('content-security-policy', "frame-ancestors 'none'")
      .send(content)
  )
}

function notValid(): Problem {
  return new Problem('not_found', 'This link is not valid. Ask for a new one.')
}
