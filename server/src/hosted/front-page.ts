import type { FastifyInstance } from 'fastify'
import type { HostedPages } from '#hosted/assets.ts'
import { look, type PageHandler, page } from '#hosted/page.ts'

/** What somebody sees who opens the server's bare address: that it runs, and where to go on. */
export function registerFrontPage(server: FastifyInstance, services: { readonly pages: HostedPages }): void {
  server.get('/', page(services, showFront))
}

const labels = {
  en: { reference: 'API reference', errors: 'Error codes', health: 'Health' },
  es: { reference: 'Referencia de la API', errors: 'Códigos de error', health: 'Estado' },
}

const showFront: PageHandler<{ readonly pages: HostedPages }> = async ({ pages }, request, reply) => {
  const view = look(pages, request)
  const { reference, errors, health } = labels[view.locale]
  const links = [
    { href: '/reference', label: reference },
    { href: '/docs/errors', label: errors },
    { href: '/healthz', label: health },
  ]
  return reply.send(pages.renderMessage({ ...view, kind: 'welcome', links }))
}
