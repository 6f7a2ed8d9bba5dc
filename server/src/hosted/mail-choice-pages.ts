import type { FastifyInstance } from 'fastify'
import { inTransaction } from '#database/transaction.ts'
import { openLink } from '#hosted/hosted-context.ts'
import { look, type PageHandler, type PageRequest, page, postedForm } from '#hosted/page.ts'
import type { PortalPageServices } from '#hosted/portal-pages.ts'
import { saveMailChoice, wantsOptionalMails } from '#mail/mail.store.ts'
import type { Context } from '#organisations/org.ts'
import { findOrganisation } from '#organisations/organisations.store.ts'

type Handler = PageHandler<PortalPageServices>

/**
 * Where a customer says that they want no more hints, or want them again. Opening the page changes nothing, as mail programs open
 * links too; posting to it does, from the page or from a mail program's own button (RFC 8058), which no script may stand before.
 */
export function registerMailChoicePages(server: FastifyInstance, services: PortalPageServices): void {
  server.get('/mails/:token', page(services, showChoice))
  server.post('/mails/:token', page(services, choose))
}

const showChoice: Handler = async (services, request, reply) =>
  show(services, request, reply, await open(services, request))

const choose: Handler = async (services, request, reply) => {
  const opened = await open(services, request)
  const { org } = opened.context
  const isWanted = postedForm(request).get('hints') === 'on'
  await inTransaction(services.db, (tx) => saveMailChoice(tx, org.id, opened.id, isWanted, services.machineNow()))
  return show(services, request, reply, opened)
}

type Opened = { readonly context: Context; readonly id: string }

function open(services: PortalPageServices, request: PageRequest): Promise<Opened> {
  return openLink(services, 'mails', 'cus', request.params.token, (id) =>
    services.hostedRequests.take(id, performance.now()),
  )
}

async function show(
  services: PortalPageServices,
  request: PageRequest,
  reply: Parameters<Handler>[2],
  { context: { org }, id }: Opened,
) {
  const { pages, db } = services
  const organisation = (await findOrganisation(db, org.organisationId))?.name ?? ''
  const isWanted = await wantsOptionalMails(db, org.id, id)
  return reply.send(
    pages.renderMailChoice({ ...look(pages, request), token: request.params.token, isWanted, organisation }),
  )
}
