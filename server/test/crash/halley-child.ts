import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { createApp } from '#app.ts'
import { openDatabase } from '#database/connect.ts'
import type { PaymentServices, Settlement } from '#payments/services.ts'
import { type Moment, type Order, sessionsOf } from '../support/child-order.ts'

/** A Halley of its own on a database that others use too, until it is killed or dies where its order says. Prints its address. */
const order: Order = JSON.parse(process.argv[2] ?? '{}')
let survives = order.survives ?? 0

function reach(moment: Moment): void {
  if (moment === order.crashAt && survives-- === 0) process.kill(process.pid, 'SIGKILL')
}

const app = await createApp({
  settings: {
    publicUrl: 'http://halley.test',
    role: order.role,
    requestsPerSecond: 10_000,
    secret: order.secret,
    simulatedInLiveMode: false,
    crashPoint: reach,
    providerAddresses: { stripe: order.stripe, dlocal: order.dlocal },
  },
  database: openDatabase(order.url, { max: 20, applicationName: sessionsOf(process.pid) }),
  queueAddress: { connectionString: order.url },
  logger: pino({ level: order.logLevel ?? 'error' }, pino.destination(2)),
})
const { settlements, settleRefund, processor } = app.services
Object.assign(processor.faults, order.faults)

const dying = ({ succeeded, failed, allSucceeded }: Settlement): Settlement => ({
  succeeded: async (...settled) => {
    await succeeded(...settled)
    reach('settlement')
  },
  failed,
  ...(allSucceeded
    ? {
        allSucceeded: async (...settled) => {
          await allSucceeded(...settled)
          reach('settlement')
        },
      }
    : {}),
})
// Whoever settles looks here; the services themselves were copied to where they are used.
for (const [purpose, settlement] of Object.entries(settlements))
  Object.assign(settlements, { [purpose]: dying(settlement) })
const refunding: Pick<PaymentServices, 'settleRefund'> = {
  settleRefund: async (...refunded) => {
    await settleRefund(...refunded)
    reach('refund.settling')
  },
}
Object.assign(app.services, refunding)
await app.server.listen({ port: 0, host: '127.0.0.1' })
process.stdout.write(`http://127.0.0.1:${(app.server.server.address() as AddressInfo).port}\n`)
