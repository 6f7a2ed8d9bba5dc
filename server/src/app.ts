import assert from 'node:assert/strict'
import type { FastifyInstance } from 'fastify'
import type pg from 'pg'
import type { Logger } from 'pino'
import type { StartDraft } from '#billing/actions/take-steps.ts'
import { findPlansById } from '#catalogue/plans.store.ts'
import { findCustomersById } from '#customers/customers.store.ts'
import type { Database } from '#database/connect.ts'
import { registerAddressLimit } from '#hosted/address-limit.ts'
import { type HostedPages, loadPages, registerAssets } from '#hosted/assets.ts'
import { registerAuthenticationPages } from '#hosted/authentication-pages.ts'
import type { CheckoutServices } from '#hosted/checkout-access.ts'
import { hostedOperations } from '#hosted/checkout-api.contract.ts'
import { registerCheckoutApi } from '#hosted/checkout-api.ts'
import { registerCheckoutPages } from '#hosted/checkout-pages.ts'
import { registerClaimPage } from '#hosted/claim-page.ts'
import { registerEmailChangePages } from '#hosted/email-change-pages.ts'
import { registerExamplePages } from '#hosted/example-pages.ts'
import { registerFrontPage } from '#hosted/front-page.ts'
import { registerInbox } from '#hosted/inbox-pages.ts'
import { registerInvoicePage } from '#hosted/invoice-page.ts'
import { registerMailChoicePages } from '#hosted/mail-choice-pages.ts'
import { portalOperations } from '#hosted/portal-actions.contract.ts'
import { registerPortalApi } from '#hosted/portal-api.ts'
import { registerPortalConfirmationPages } from '#hosted/portal-confirmation-pages.ts'
import { registerPortalPages } from '#hosted/portal-pages.ts'
import { registerProviderPages } from '#hosted/provider-pages.ts'
import { registerRecoveryPage } from '#hosted/recovery-page.ts'
import { refusalPage } from '#hosted/refusal-page.ts'
import { registerWithdrawalPages } from '#hosted/withdrawal-pages.ts'
import { Authenticator, type FindCaller } from '#http/authentication.ts'
import { registerErrorPages } from '#http/error-pages.ts'
import { registerEventStream } from '#http/event-stream.ts'
import { createMetrics } from '#http/metrics.ts'
import { openApiDocument } from '#http/openapi.ts'
import type { Route } from '#http/operation.ts'
import { allRoutes, type RouteServices } from '#http/operations.ts'
import { registerProbes } from '#http/probes.ts'
import { RateLimiter } from '#http/rate-limit.ts'
import { registerReference } from '#http/reference.ts'
import { buildServer } from '#http/server.ts'
import { currentVersion, resolveVersion } from '#http/versions/registry.ts'
import { newId } from '#id.ts'
import { startQueue } from '#jobs/queue.ts'
import { repeat } from '#jobs/repeat.ts'
import { createLinks, signingKey } from '#links.ts'
import { type SmtpSettings, smtpTransport } from '#mail/transport.ts'
import { createMetering } from '#metering/metering.ts'
import { ensurePartitions } from '#metering/partitions.ts'
import { findKeyOwner } from '#organisations/api-keys.store.ts'
import { KeyUses } from '#organisations/key-uses.ts'
import type { Context, Org } from '#organisations/org.ts'
import { type KeyRing, keyRing } from '#organisations/sealing.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { openConnections, readCredentials } from '#payments/connections.ts'
import { simulatedProcessor } from '#payments/providers/simulated/processor.ts'
import type { CrashPoint } from '#payments/services.ts'
import { openTaxDesk } from '#payments/tax-desk.ts'
import { providerFactories } from '#provider-factories.ts'
import { settlements, settleRefund } from '#settlements.ts'
import { beginDraft } from '#subscriptions/actions/begin-subscription.ts'
import { machineNow } from '#time/clock.ts'
import { utcDay } from '#time/period.ts'
import { publishedEvents } from '#webhooks/event-samples.contract.ts'
import { eventTypes } from '#webhooks/event-types.ts'
import { followEvents } from '#webhooks/follow-events.ts'
import { secretBox } from '#webhooks/secret-box.ts'
import { createSender } from '#webhooks/sender.ts'
import { startWorkers } from '#workers.ts'

/** What the composition root is told from outside. */
export type AppSettings = {
  readonly publicUrl: string
  readonly role: 'all' | 'api' | 'worker'
  readonly requestsPerSecond: number
  /** `HALLEY_TRUSTED_PROXIES`: whose X-Forwarded-For is believed. */
  readonly trustedProxies?: string | undefined
  readonly secret: string
  readonly simulatedInLiveMode: boolean
  /** `HALLEY_ENCRYPTION_KEYS`; without it credentials and webhook secrets are sealed with a key made of the secret. */
  readonly encryptionKeys?: string | undefined
  /** Where the providers' APIs are, in tests. */
  readonly providerAddresses?: { readonly stripe?: string | undefined; readonly dlocal?: string | undefined }
  /** How long a tax service that is out of reach is left alone, in tests. */
  readonly taxRestMs?: number | undefined
  /** How long payment providers wait for the answer to a notification at most. */
  readonly answerProvidersWithinMs?: number | undefined
  /** The mail server; without one mails stay in the inbox. */
  readonly mail?: SmtpSettings | undefined
  /** In tests: what is only an alarm in production is an error. */
  readonly isStrict?: boolean
  /** In tests: told of the moments between stages, where it may stop the process. */
  readonly crashPoint?: (name: CrashPoint) => void
}

export type AppParts = {
  readonly settings: AppSettings
  readonly database: Database
  /** For the queue's own connections. */
  readonly queueAddress: pg.PoolConfig
  readonly logger: Logger
}

export type App = {
  readonly server: FastifyInstance
  readonly routes: readonly Route[]
  readonly services: RouteServices
  /** Finishes what is under way, then lets go of everything but the database. */
  close(): Promise<void>
}

const writeKeyUsesMs = 10_000
const hostedRequestsPerSecond = 20
/** Cards that may be tried at one checkout: 20 at once, then one every three seconds. */
const cardsTried = { perSecond: 1 / 3, burst: 20 }

/** Builds everything: the only file that knows all parts. Migrations have run. */
export async function createApp({ settings, database, queueAddress, logger }: AppParts): Promise<App> {
  const { db } = database
  await ensurePartitions(db, machineNow())
  const secret = signingKey(settings.secret)
  const links = createLinks(settings.publicUrl, secret)
  const contextFor = (org: Org, now: Temporal.Instant): Context => ({
    org,
    now,
    today: utcDay(now),
    requestId: newId('req'),
    links,
    apiVersion: currentVersion,
    idempotency: null,
  })
  const processor = simulatedProcessor({ db, machineNow, inLiveMode: settings.simulatedInLiveMode })
  const ring = keyRing(settings.secret, settings.encryptionKeys)
  assert(ring, 'the configuration was checked')
  const connections = openConnections(db, ring, providerFactories({ ...settings, machineNow, processor }), (orgId) =>
    findOrg(db, orgId),
  )
  const metering = createMetering({ db, address: queueAddress, machineNow })
  const taxes = openTaxDesk({
    db,
    connections,
    machineNow,
    restMs: settings.taxRestMs,
    onTrouble: (orgId, connectionId, reason) => logger.error({ orgId, connectionId, reason }, 'tax could not be asked'),
  })
  const services: RouteServices = {
    db,
    metering,
    taxes,
    providers: { commet: processor, stripe: undefined, dlocal: undefined },
    processor,
    connections,
    settlements,
    settleRefund,
    contextFor,
    machineNow,
    ...(settings.crashPoint ? { crashPoint: settings.crashPoint } : {}),
    startDraft,
    webhooks: {
      secrets: secretBox(secret, ring),
      sender: createSender(),
      machineNow,
      resolveVersion: (date) => resolveVersion(date, null),
    },
    onBillingFailure: (subscriptionId, error) =>
      logger.error({ err: error, subscriptionId }, 'a due subscription could not be billed'),
  }
  const routes = settings.role === 'worker' ? [] : allRoutes(services)
  const alarm = (error: Error) => {
    if (settings.isStrict) throw error
    logger.error({ err: error }, 'a promise of the reference was broken')
  }
  const { registry, timer } = createMetrics()
  const keyUses = new KeyUses(db, machineNow)
  const findCaller: FindCaller = async (digest) => {
    const owner = await findKeyOwner(db, digest)
    return owner && { ...owner, digest: digest.toString('hex') }
  }
  const pages = settings.role === 'worker' ? null : await loadPages()
  const server = buildServer({
    db,
    secret,
    machineNow,
    alarm,
    routes,
    findCaller,
    noticeUse: (orgId, keyId) => keyUses.notice(orgId, keyId),
    links,
    showRefusal: pages ? refusalPage({ pages }) : undefined,
    requestsPerSecond: settings.requestsPerSecond,
    trustedProxies: settings.trustedProxies,
    logger,
    timer,
    knowing: taxes.knowing,
  })
  const queue = await startQueue(queueAddress, logger)
  const checkout = {
    ...services,
    secret,
    hostedRequests: new RateLimiter(hostedRequestsPerSecond, hostedRequestsPerSecond * 5),
    confirmations: new RateLimiter(cardsTried.perSecond, cardsTried.burst),
  }
  registerProbes(server, { registry, isReady: async () => (await isAnswering(database)) && queue.isUsable() })
  if (pages) {
    registerPages(server, { settings, ring, pages, checkout })
    registerEvents(server, services, findCaller)
    registerDocuments(server, routes, settings.publicUrl)
  }
  const transport = settings.mail && settings.role !== 'api' ? smtpTransport(settings.mail) : null
  const workers =
    settings.role === 'api' ? null : await startWorkers({ services, queue, logger, links, transport, alarm })
  const uses = repeat('note key uses', writeKeyUsesMs, () => keyUses.write(), logger)
  return {
    server,
    routes,
    services,
    close: async () => {
      await closeServer(server)
      await workers?.stop()
      await services.webhooks.sender.close()
      await queue.stop()
      await metering.close()
      await uses.stop()
      await keyUses.write()
    },
  }
}

type PageParts = {
  readonly settings: AppSettings
  readonly ring: KeyRing
  readonly pages: HostedPages
  readonly checkout: CheckoutServices & RouteServices
}

// Everything that people look at, and the addresses that payment providers tell things at.
function registerPages(server: FastifyInstance, { settings, ring, pages, checkout }: PageParts): void {
  const { processor } = checkout
  registerAddressLimit(server, { pages })
  registerCheckoutApi(server, checkout)
  registerProviderPages(server, {
    ...checkout,
    readCredentials: (orgId, id) => readCredentials(checkout.db, ring, orgId, id),
    answerWithinMs: settings.answerProvidersWithinMs,
  })
  registerCheckoutPages(server, { ...checkout, pages })
  registerAuthenticationPages(server, { ...checkout, pages, processor })
  registerRecoveryPage(server, { ...checkout, pages })
  registerPortalApi(server, checkout)
  registerPortalPages(server, { ...checkout, pages })
  registerPortalConfirmationPages(server, { ...checkout, pages, processor })
  registerEmailChangePages(server, { ...checkout, pages })
  registerMailChoicePages(server, { ...checkout, pages })
  registerWithdrawalPages(server, { ...checkout, pages })
  registerInvoicePage(server, { ...checkout, pages })
  registerInbox(server, { ...checkout, pages, publicUrl: settings.publicUrl })
  registerExamplePages(server, { ...checkout, pages, publicUrl: settings.publicUrl })
  registerFrontPage(server, { pages })
  registerClaimPage(server, { ...checkout, pages })
  registerAssets(server)
}

// The stream of events that the command line listens to.
function registerEvents(server: FastifyInstance, services: RouteServices, findCaller: FindCaller): void {
  registerEventStream(server, {
    authenticator: new Authenticator(findCaller, new RateLimiter(10, 200), services.machineNow),
    types: eventTypes,
    secretOf: (org) => services.webhooks.secrets.ofListener(org.id),
    follow: (org, after, signal) =>
      followEvents(services.db, org, services.webhooks, { after, apiVersion: currentVersion, signal }),
  })
}

// What the API is described by.
function registerDocuments(server: FastifyInstance, routes: readonly Route[], publicUrl: string): void {
  registerErrorPages(server)
  registerReference(server, () =>
    openApiDocument(
      publicUrl,
      [
        { basePath: '/api/v1', needsKey: true, operations: routes.map(({ operation }) => operation) },
        { basePath: '/hosted/v1', needsKey: false, operations: [...hostedOperations, ...portalOperations] },
      ],
      publishedEvents(),
    ),
  )
}

// A connection that a request was still using when the server began to close is kept open by nobody afterwards.
async function closeServer(server: FastifyInstance): Promise<void> {
  const leaving = setInterval(() => server.server.closeIdleConnections(), 50)
  await server.close().finally(() => clearInterval(leaving))
}

const startDraft: StartDraft = async (tx, context, draft) => {
  const customer = (await findCustomersById(tx, context.org.id, [draft.customerId])).get(draft.customerId)
  const plan = (await findPlansById(tx, context.org.id, [draft.planId])).get(draft.planId)
  assert(customer && plan, `subscription ${draft.id} has its customer and plan`)
  await beginDraft(tx, context, draft, customer, plan)
}

async function isAnswering({ pool }: Database): Promise<boolean> {
  const { rowCount } = await pool.query('select 1')
  return rowCount === 1
}
