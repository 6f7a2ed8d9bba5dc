import type { Logger } from 'pino'
import { processBilling } from '#billing/actions/process-billing.ts'
import type { BillingServices } from '#billing/actions/run-due.ts'
import { findDueShares } from '#billing/due.store.ts'
import { deleteOldKeys } from '#http/idempotency.ts'
import type { Queue } from '#jobs/queue.ts'
import { type Repeated, repeat } from '#jobs/repeat.ts'
import { ensurePartitions, purgeRequestKeys } from '#metering/partitions.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { sweepAttempts } from '#payments/actions/sweep-attempts.ts'
import { organisationNow } from '#time/clock.ts'

export type WorkerParts = { readonly services: BillingServices; readonly queue: Queue; readonly logger: Logger }

const lookForDueMs = 1_000
const sweepMs = 5_000
const tidyMs = 3_600_000
const attemptsPerSweep = 100
const sharesAtOnce = 2
const subscriptionsAtOncePerShare = 2

/** Everything a worker process does by itself. Any number of them may run on one database. */
export async function startWorkers({ services, queue, logger }: WorkerParts): Promise<Repeated> {
  const { db, machineNow } = services
  await queue.work('run-billing', sharesAtOnce, async ({ orgId, share }, signal) => {
    const org = await findOrg(db, orgId)
    if (!org) return
    await processBilling(services, org, {
      until: organisationNow(org.simulatedTime, machineNow()),
      share,
      concurrency: subscriptionsAtOncePerShare,
      signal,
      onFailure: (subscriptionId, error) =>
        logger.error({ err: error, orgId, subscriptionId }, 'a due subscription could not be billed'),
    })
  })
  const turns = [
    repeat('look for due billing', lookForDueMs, () => offerDue(services, queue), logger),
    repeat('sweep payment attempts', sweepMs, () => sweep(services, logger), logger),
    repeat('tidy up', tidyMs, () => tidy(services), logger),
  ]
  return {
    stop: async () => {
      await Promise.all(turns.map((turn) => turn.stop()))
    },
  }
}

async function offerDue({ db, machineNow }: BillingServices, queue: Queue): Promise<void> {
  const due = await findDueShares(db, machineNow())
  await queue.enqueue(
    'run-billing',
    due.map((data) => ({ key: `${data.orgId}:${data.share}`, data })),
  )
}

async function sweep(services: BillingServices, logger: Logger): Promise<void> {
  const { troubled } = await sweepAttempts(services, attemptsPerSweep)
  for (const { orgId, attemptId, error } of troubled) {
    logger.error({ err: error, orgId, attemptId }, 'a payment attempt could not be settled; it is looked at again')
  }
}

async function tidy({ db, machineNow }: BillingServices): Promise<void> {
  await ensurePartitions(db, machineNow())
  await purgeRequestKeys(db, machineNow())
  await deleteOldKeys(db, machineNow().subtract({ hours: 24 }))
}
