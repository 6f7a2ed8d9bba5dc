import type { FastifyInstance, FastifyReply } from 'fastify'
import { openLink } from '#hosted/hosted-context.ts'
import { look, type PageHandler, type PageRequest, page, withLook } from '#hosted/page.ts'
import type { PortalPageServices } from '#hosted/portal-pages.ts'
import type { Context } from '#organisations/org.ts'
import { findOrganisation } from '#organisations/organisations.store.ts'
import { findSettings } from '#organisations/settings.store.ts'
import { Problem } from '#problem.ts'
import { standingOf } from '#subscriptions/actions/contract-standing.ts'
import { readContract } from '#subscriptions/actions/read-contract.ts'
import { withdraw } from '#subscriptions/actions/withdraw.ts'
import { mayWithdraw, refundOf } from '#subscriptions/withdrawal.ts'
import type { WithdrawalPageProps } from '../../../web/src/portal/portal.types.ts'

type Handler = PageHandler<PortalPageServices>
type Opened = { readonly context: Context; readonly contractId: string; readonly path: string }
type Open = (services: PortalPageServices, request: PageRequest) => Promise<Opened>

/**
 * Where a consumer withdraws from a contract: the link to it is the first step, the button on it the second. No login and no script;
 * opening the page changes nothing, as mail programs open links too.
 */
export function registerWithdrawalPages(server: FastifyInstance, services: PortalPageServices): void {
  const ways: readonly (readonly [path: string, open: Open])[] = [
    ['/withdraw/:token', openContract('withdrawal', 'sub', '/withdraw')],
    ['/withdraw/purchase/:token', openContract('purchase_withdrawal', 'inv', '/withdraw/purchase')],
  ]
  for (const [path, open] of ways) {
    server.get(path, page(services, showContract(open)))
    server.post(path, page(services, confirmWithdrawal(open)))
  }
}

function openContract(purpose: 'withdrawal' | 'purchase_withdrawal', prefix: 'sub' | 'inv', under: string): Open {
  return async (services, request) => {
    const { token } = request.params
    const { context, id } = await openLink(services, purpose, prefix, token, (contractId) =>
      services.hostedRequests.take(contractId, performance.now()),
    )
    return { context, contractId: id, path: `${under}/${encodeURIComponent(token)}` }
  }
}

const showContract =
  (open: Open): Handler =>
  async (services, request, reply) =>
    show(services, request, reply, await open(services, request), null)

const confirmWithdrawal =
  (open: Open): Handler =>
  async (services, request, reply) => {
    const opened = await open(services, request)
    services.confirmations.take(opened.contractId, performance.now())
    try {
      await withdraw(services, opened.context, opened.contractId)
    } catch (error) {
      const isExpected = error instanceof Problem && error.status === 409
      if (!isExpected) throw error
      // What it says instead is how the contract stands now.
      return show(services, request, reply, opened, error.code === 'charge_in_progress' ? 'busy' : null)
    }
    return reply.redirect(withLook(request, opened.path), 303)
  }

async function show(
  services: PortalPageServices,
  request: PageRequest,
  reply: FastifyReply,
  opened: Opened,
  refusal: 'busy' | null,
): Promise<FastifyReply> {
  const props = await describe(services, opened, refusal)
  const status = refusal ? 409 : ['over', 'none', 'settled'].includes(props.standing) ? 410 : 200
  const { pages } = services
  return reply
    .status(status)
    .send(pages.renderWithdrawal({ ...look(pages, request), ...props, action: withLook(request, opened.path) }))
}

async function describe(
  { db }: PortalPageServices,
  { context, contractId }: Opened,
  refusal: 'busy' | null,
): Promise<Omit<WithdrawalPageProps, 'locale' | 'theme' | 'assets' | 'action'>> {
  const { org, now } = context
  const facts = await readContract(db, org.id, contractId)
  const organisation = (await findOrganisation(db, org.organisationId))?.name ?? ''
  const { seller, withdrawalEnabled: isEnabled } = await findSettings(db, org.id)
  const who = { organisation, support: seller.supportEmail, livemode: org.livemode }
  if (!facts) return { ...who, standing: 'none', isBusy: false, contract: null, withdrawal: null }
  const { contract, customer, withdrawal } = facts
  const term = mayWithdraw(contract, now)
  const { amount, byHand } = refundOf(facts.charges, facts.invoices)
  return {
    ...who,
    standing: standingOf(facts, { isEnabled, now }),
    isBusy: refusal === 'busy',
    contract: {
      kind: facts.kind,
      name: facts.name,
      concludedAt: contract.concludedAt.toString(),
      lastDay: term.kind === 'none' ? null : term.lastDay.toString(),
      refund: Number(amount + byHand),
      currency: facts.subscription.currency,
      customerName: customer.fullName,
      email: customer.email,
    },
    withdrawal: withdrawal && {
      declaredAt: withdrawal.declaredAt.toString(),
      amount: Number(withdrawal.amount + withdrawal.byHand),
    },
  }
}
