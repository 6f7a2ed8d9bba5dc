import { pino } from 'pino'
import { createApp } from '#app.ts'
import { openDatabase } from '#database/connect.ts'

/** A worker process of its own on the database at DATABASE_URL, until it is killed. */
const address = process.env.DATABASE_URL ?? ''
await createApp({
  settings: {
    publicUrl: 'http://127.0.0.1',
    role: 'worker',
    requestsPerSecond: 1_000_000,
    secret: 'the secret of a server that only lives for a measurement',
    simulatedInLiveMode: false,
  },
  database: openDatabase(address),
  queueAddress: { connectionString: address },
  logger: pino({ level: 'error' }),
})
process.send?.('working')
process.on('disconnect', () => process.exit(1))
