import type { FastifyInstance } from 'fastify'
import { findCustomersById } from '#customers/customers.store.ts'
import { inTransaction } from '#database/transaction.ts'
import { confirmEmailChange, type EmailChangeStanding, standingOf } from '#hosted/actions/change-email.ts'
import { findEmailChange } from '#hosted/email-changes.store.ts'
import { openLink } from '#hosted/hosted-context.ts'
import { look, type PageHandler, type PageRequest, page } from '#hosted/page.ts'
import type { PortalPageServices } from '#hosted/portal-pages.ts'
import { findOrganisation } from '#organisations/organisations.store.ts'

type Handler = PageHandler<PortalPageServices>

/** Where the link in a mail leads that asks whether an address is right. Opening it changes nothing: mail programs open links too. */
export function registerEmailChangePages(server: FastifyInstance, services: PortalPageServices): void {
  server.get('/email/:token', page(services, showChange))
  server.post('/email/:token', page(services, confirmChange))
}

const showChange: Handler = async (services, request, reply) => {
  const { context, id } = await open(services, request)
  const change = await findEmailChange(services.db, context.org.id, id)
  const customer =
    change && (await findCustomersById(services.db, context.org.id, [change.customerId])).get(change.customerId)
  const standing = standingOf(change, customer?.email, services.machineNow())
  return show(services, request, reply, {
    standing,
    email: change?.newEmail,
    organisationId: context.org.organisationId,
  })
}

const confirmChange: Handler = async (services, request, reply) => {
  const { context, id } = await open(services, request)
  const standing = await inTransaction(services.db, (tx) => confirmEmailChange(tx, context, id, services.machineNow()))
  const change = await findEmailChange(services.db, context.org.id, id)
  return show(services, request, reply, {
    standing,
    email: change?.newEmail,
    organisationId: context.org.organisationId,
  })
}

function open(services: PortalPageServices, request: PageRequest) {
  return openLink(services, 'email', 'emc', request.params.token, (id) =>
    services.hostedRequests.take(id, performance.now()),
  )
}

async function show(
  services: PortalPageServices,
  request: PageRequest,
  reply: Parameters<Handler>[2],
  facts: {
    readonly standing: EmailChangeStanding
    readonly email: string | undefined
    readonly organisationId: string
  },
) {
  const { standing, email = '', organisationId } = facts
  const { pages } = services
  const organisation = (await findOrganisation(services.db, organisationId))?.name ?? ''
  const { token } = request.params
  return reply
    .status(standing === 'ended' ? 410 : 200)
    .send(pages.renderEmailChange({ ...look(pages, request), token, standing, email, organisation }))
}
