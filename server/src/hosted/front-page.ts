import type { FastifyInstance } from 'fastify'
import type { HostedPages } from '#hosted/assets.ts'
import { look, type PageHandler, page } from '#hosted/page.ts'

/** What somebody sees who opens the server's bare address: that it runs, and where to go on. */
export function registerFrontPage(server: FastifyInstance, services: { readonly pages: HostedPages }): void {
  server.get('/', page(services, showFront))
}

const showFront: PageHandler<{ readonly pages: HostedPages }> = async ({ pages }, request, reply) =>
  reply.send(
    pages.renderMessage({
      ...look(pages, request),
      kind: 'welcome',
      links: [
        { href: '/reference', label: 'API reference' },
        { href: '/docs/errors', label: 'Error codes' },
        { href: '/healthz', label: 'Health' },
      ],
    }),
  )
