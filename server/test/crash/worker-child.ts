import { pino } from 'pino'
import { createApp } from '#app.ts'
import { openDatabase } from '#database/connect.ts'

/** A worker process of its own on the database at DATABASE_URL, until it is killed. */
const url = process.env.DATABASE_URL ?? ''
const database = openDatabase(url, { max: 20 })
await createApp({
  settings: {
    publicUrl: 'http://halley.test',
    role: 'worker',
    requestsPerSecond: 100,
    secret: 'a secret of the tests, long enough for them',
    simulatedInLiveMode: false,
  },
  database,
  queueAddress: { connectionString: url },
  logger: pino({ level: 'error' }),
})
