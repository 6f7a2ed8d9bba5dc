import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { createApp } from '#app.ts'
import { openDatabase } from '#database/connect.ts'

/** A server of its own on the database at DATABASE_URL, until it is killed; prints its address. It has no workers. */
const url = process.env.DATABASE_URL ?? ''
const app = await createApp({
  settings: {
    publicUrl: 'http://halley.test',
    role: 'api',
    requestsPerSecond: 10_000,
    secret: 'a secret of the tests, long enough for them',
    simulatedInLiveMode: false,
  },
  database: openDatabase(url, { max: 20 }),
  queueAddress: { connectionString: url },
  logger: pino({ level: 'error' }),
})
await app.server.listen({ port: 0, host: '127.0.0.1' })
process.stdout.write(`http://127.0.0.1:${(app.server.server.address() as AddressInfo).port}\n`)
