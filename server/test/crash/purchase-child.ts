import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { createApp } from '#app.ts'
import { openDatabase } from '#database/connect.ts'
import type { CrashPoint, RefundSettlement, Settlement } from '#payments/services.ts'
import { cutName } from '../support/power-cut.ts'

/** 'settlement' is in the middle of the transaction that settles: its effect is written and not committed; so is 'refund.settling'. */
export type PurchaseCrash = CrashPoint | 'settlement' | 'refund.settling'

/** An API process on the database at DATABASE_URL that prints its port and dies at CRASH_AT. */
const url = process.env.DATABASE_URL ?? ''
const crashAt = process.env.CRASH_AT as PurchaseCrash
const die = () => process.kill(process.pid, 'SIGKILL')

const app = await createApp({
  settings: {
    publicUrl: 'http://halley.test',
    role: 'api',
    requestsPerSecond: 10_000,
    secret: 'a secret of the tests, long enough for them',
    simulatedInLiveMode: false,
  },
  database: openDatabase(url, { max: 8, applicationName: cutName }),
  queueAddress: { connectionString: url },
  logger: pino({ level: 'error' }),
})
const { settlements, settleRefund } = app.services
const dying = (settlement: Settlement): Settlement => ({
  ...settlement,
  succeeded: async (...settled) => {
    await settlement.succeeded(...settled)
    if (crashAt === 'settlement') die()
  },
})
// The operations hold on to these services; a process outside of tests has no crash points.
Object.assign(app.services, {
  crashPoint: (name: CrashPoint) => (name === crashAt ? die() : undefined),
  settleRefund: async (...refunded: Parameters<RefundSettlement>) => {
    await settleRefund(...refunded)
    if (crashAt === 'refund.settling') die()
  },
  settlements: {
    ...settlements,
    credit_purchase: dying(settlements.credit_purchase),
    plan_change: dying(settlements.plan_change),
    balance_topup: dying(settlements.balance_topup),
    addon_activation: dying(settlements.addon_activation),
    reactivation: dying(settlements.reactivation),
  },
})
await app.server.listen({ port: 0, host: '127.0.0.1' })
const address = app.server.server.address() as AddressInfo | null
assert(address, 'a server that listens has an address')
process.stdout.write(`${address.port}\n`)
