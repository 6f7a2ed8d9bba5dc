import type pg from 'pg'
import { fromKysely, PgBoss } from 'pg-boss'
import type { Logger } from 'pino'
import type { Tx } from '#database/transaction.ts'

/** Every queue and what one of its jobs carries. A job is only a hint to look at rows whose state decides. */
export type Jobs = {
  /** Make room: future partitions, old keys. */
  readonly 'tidy-up': Readonly<Record<string, never>>
}
export type JobName = keyof Jobs

// `exclusive`: one job per singleton key, waiting or running. A worker that dies is noticed by its missing heartbeat.
const queues = {
  'tidy-up': {
    policy: 'exclusive',
    expireInSeconds: 900,
    heartbeatSeconds: 10,
    retryLimit: 5,
    retryBackoff: true,
    deleteAfterSeconds: 3600,
  },
} as const satisfies Record<JobName, object>

export type Queue = {
  /** Puts a hint into the queue; with `tx` it is there exactly when the transaction commits. */
  enqueue<Name extends JobName>(name: Name, jobs: readonly { key: string; data: Jobs[Name] }[], tx?: Tx): Promise<void>
  /** Runs jobs until {@link stop}; at least once each. */
  work<Name extends JobName>(
    name: Name,
    concurrency: number,
    run: (data: Jobs[Name], signal: AbortSignal) => Promise<void>,
  ): Promise<void>
  /** Whether the queue's tables answer. */
  isUsable(): Promise<boolean>
  /** Lets running jobs finish. */
  stop(): Promise<void>
}

/** Starts the queue on its own connections. All queues exist and are cached before the first send inside a transaction. */
export async function startQueue(address: pg.PoolConfig, logger: Logger): Promise<Queue> {
  const boss = new PgBoss({ ...address, application_name: 'halley', schema: 'queue', max: 4 } as ConstructorParameters<
    typeof PgBoss
  >[0] &
    object)
  boss.on('error', (error) => logger.error({ err: error }, 'the job queue reported an error'))
  await boss.start()
  for (const [name, options] of Object.entries(queues)) await boss.createQueue(name, options)
  for (const name of Object.keys(queues)) await boss.getQueue(name)
  return {
    async enqueue(name, jobs, tx) {
      if (jobs.length === 0) return
      const inserts = jobs.map(({ key, data }) => ({ data, singletonKey: key }))
      await boss.insert(name, inserts, tx ? { db: fromKysely(tx as unknown as Parameters<typeof fromKysely>[0]) } : {})
    },
    async work(name, concurrency, run) {
      const options = { localConcurrency: concurrency, pollingIntervalSeconds: 0.5, batchSize: 1 }
      await boss.work(name, options, async ([job]) => {
        if (job) await run(job.data as Jobs[typeof name], job.signal)
      })
    },
    isUsable: () => boss.isInstalled(),
    stop: () => boss.stop({ graceful: true, close: true, timeout: 20_000 }),
  }
}
