import type { Logger } from 'pino'
import { askTaxesAhead } from '#billing/actions/ask-taxes-ahead.ts'
import type { BillingServices } from '#billing/actions/take-steps.ts'
import { BillingWorker } from '#billing/billing.worker.ts'
import { deleteOldEmailChanges } from '#hosted/email-changes.store.ts'
import { deleteOldKeys } from '#http/idempotency.ts'
import { composeMail } from '#invoicing/actions/compose-mail.ts'
import type { Queue } from '#jobs/queue.ts'
import { type Repeated, repeat } from '#jobs/repeat.ts'
import { deleteOldMails } from '#mail/mail.store.ts'
import { MailWorker } from '#mail/mail.worker.ts'
import type { MailTransport } from '#mail/transport.ts'
import { sweepReservations } from '#metering/actions/sweep-reservations.ts'
import { ensurePartitions, purgeRequestKeys } from '#metering/partitions.ts'
import type { Links } from '#organisations/org.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { hearProviders } from '#payments/actions/hear-providers.ts'
import { sweepAttempts } from '#payments/actions/sweep-attempts.ts'
import { sweepNotifications } from '#payments/actions/sweep-notifications.ts'
import { sweepPayouts } from '#payments/actions/sweep-payouts.ts'
import { sweepRefunds } from '#payments/actions/sweep-refunds.ts'
import { deleteOldEvents } from '#payments/provider-events.store.ts'
import { deleteOldAnswers } from '#tax/tax-answers.store.ts'
import type { WebhookServices } from '#webhooks/webhook-services.ts'
import { WebhookWorker } from '#webhooks/webhooks.worker.ts'

export type WorkerParts = {
  readonly services: BillingServices & { readonly webhooks: WebhookServices }
  readonly queue: Queue
  readonly logger: Logger
  readonly links: Links
  /** Null without a mail server. */
  readonly transport: MailTransport | null
  /** Told of broken promises of the reference. */
  readonly alarm: (error: Error) => void
}

const lookForDueMs = 500
const giveBackMs = 1_000
const holdsPerSweep = 200
const sweepMs = 5_000
const hearMs = 2_000
const eventsPerHearing = 100
const followMs = 2_000
const notificationsPerSweep = 100
const keepEventsDays = 90
const payoutsMs = 60_000
const mailMs = 2_000
const tellMs = 100
const keepMailsDays = 90
const tidyMs = 3_600_000
const taxMs = 600_000
/** Longer than a year, which may pass between two bills. */
const keepTaxDays = 400
const attemptsPerSweep = 100

/** Everything a worker process does by itself. Any number of them may run on one database. */
export async function startWorkers(parts: WorkerParts): Promise<Repeated> {
  const { services, queue, logger } = parts
  const mails = mailWorker(parts)
  const billing = new BillingWorker(services, (orgId, subscriptionId, error) =>
    logger.error({ err: error, orgId, subscriptionId }, 'a due subscription could not be billed; it is tried again'),
  )
  const webhooks = webhookWorker(parts)
  await queue.work('tidy-up', 1, async () => {
    await tidy(services)
    await webhooks.tidy()
  })
  const stopping = new AbortController()
  const turns = [
    repeat('look for due billing', lookForDueMs, () => billing.turn(), logger),
    repeat('give back reservations', giveBackMs, () => giveBackReservations(services, logger), logger),
    repeat('look after payouts', payoutsMs, () => payOut(services), logger),
    repeat('sweep payment attempts', sweepMs, () => sweep(services, logger), logger),
    repeat('hear payment providers', hearMs, () => hear(services, logger), logger),
    repeat('follow notifications', followMs, () => follow(services, logger), logger),
    repeat('tell of events', tellMs, () => webhooks.turn(), logger),
    repeat('send mails', mailMs, () => mails.turn(), logger),
    repeat('ask for tax ahead', taxMs, () => askAhead(services, logger, stopping.signal), logger),
    // Whoever comes first asks for it, one process of all does it.
    repeat('ask to tidy up', tidyMs, () => queue.enqueue('tidy-up', [{ key: 'all', data: {} }]), logger),
  ]
  return {
    stop: async () => {
      stopping.abort()
      mails.stop()
      await webhooks.stop()
      await Promise.all(turns.map((turn) => turn.stop()))
      await billing.stop()
    },
  }
}

async function giveBackReservations(services: BillingServices, logger: Logger): Promise<void> {
  const { troubled } = await sweepReservations(services, holdsPerSweep)
  for (const { orgId, subscriptionId, error } of troubled) {
    logger.error(
      { err: error, orgId, subscriptionId },
      'expired reservations were not given back; they are looked at again',
    )
  }
}

function mailWorker({ services, logger, links, transport }: WorkerParts): MailWorker {
  const { db, machineNow } = services
  return new MailWorker({
    db,
    transport,
    machineNow,
    compose: async (mail) => {
      const org = await findOrg(db, mail.orgId)
      return org && composeMail(db, org, links, mail)
    },
    onFailure: ({ orgId, id, attempts }, error) =>
      logger.warn({ err: error, orgId, mailId: id, attempts }, 'a mail could not be sent'),
  })
}

function webhookWorker({ services, logger, alarm }: WorkerParts): WebhookWorker {
  const { db, machineNow, webhooks } = services
  const { sender, secrets } = webhooks
  return new WebhookWorker({
    db,
    sender,
    secrets,
    machineNow,
    alarm,
    onFailure: ({ orgId, id }, error) =>
      logger.error({ err: error, orgId, webhookId: id }, 'webhooks could not be delivered; they are tried again'),
  })
}

async function sweep(services: BillingServices, logger: Logger): Promise<void> {
  const { troubled } = await sweepAttempts(services, attemptsPerSweep)
  for (const { orgId, attemptId, error } of troubled) {
    logger.error({ err: error, orgId, attemptId }, 'a payment attempt could not be settled; it is looked at again')
  }
  const refunds = await sweepRefunds(services, attemptsPerSweep)
  for (const { orgId, attemptId, error } of refunds.troubled) {
    logger.error({ err: error, orgId, attemptId }, 'a refund could not be settled; it is looked at again')
  }
}

async function payOut(services: BillingServices): Promise<void> {
  await sweepPayouts(services, attemptsPerSweep)
}

async function hear(services: BillingServices, logger: Logger): Promise<void> {
  const heard = await hearProviders(services, eventsPerHearing)
  if (heard > 0) logger.info({ heard }, 'payment providers told something')
}

async function follow(services: BillingServices, logger: Logger): Promise<void> {
  const { troubled } = await sweepNotifications(services, notificationsPerSweep)
  for (const { orgId, id, type, error } of troubled) {
    logger.error(
      { err: error, orgId, notification: id, type },
      'what a payment provider told could not be followed; it is looked at again',
    )
  }
}

async function askAhead(services: BillingServices, logger: Logger, signal: AbortSignal): Promise<void> {
  const { asked, unanswered } = await askTaxesAhead(services, () => signal.aborted)
  if (asked > 0) logger.info({ asked, unanswered }, 'payment providers were asked for the tax of what is due soon')
}

async function tidy({ db, machineNow }: BillingServices): Promise<void> {
  await ensurePartitions(db, machineNow())
  await purgeRequestKeys(db, machineNow())
  await deleteOldKeys(db, machineNow().subtract({ hours: 24 }))
  await deleteOldEvents(db, machineNow().subtract({ hours: 24 * keepEventsDays }))
  await deleteOldEmailChanges(db, machineNow().subtract({ hours: 24 * keepMailsDays }))
  await deleteOldAnswers(db, machineNow().subtract({ hours: 24 * keepTaxDays }))
  await deleteOldMails(db, machineNow().subtract({ hours: 24 * keepMailsDays }))
}
