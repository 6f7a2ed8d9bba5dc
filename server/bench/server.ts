import { pino } from 'pino'
import { createApp } from '#app.ts'
import { openDatabase } from '#database/connect.ts'

/**
 * The server that is measured, in a process of its own: the whole application on the database named by DATABASE_URL, and beside
 * it the smallest route that asks the same database anything. Tells its port to its parent, the most memory it had when it is asked for it, and ends when it is
 * told to.
 */
const address = process.env.DATABASE_URL ?? ''
const database = openDatabase(address)
const app = await createApp({
  settings: {
    publicUrl: 'http://127.0.0.1',
    role: 'api',
    requestsPerSecond: 1_000_000,
    secret: 'the secret of a server that only lives for a measurement',
    simulatedInLiveMode: false,
  },
  database,
  queueAddress: { connectionString: address },
  logger: pino({ level: 'error' }),
})
app.server.get('/bare', async () => {
  const { rows } = await database.pool.query('select 1 as one')
  return rows[0]
})
await app.server.listen({ port: 0, host: '127.0.0.1' })
const listening = app.server.server.address()
process.send?.({ port: typeof listening === 'object' ? listening?.port : undefined })

process.on('message', async (message) => {
  if (message === 'rss') {
    process.send?.({ rss: process.resourceUsage().maxRSS * 1024 })
    return
  }
  await app.close()
  await database.close()
  process.exit(0)
})

// A measurement that was broken off leaves nothing running.
process.on('disconnect', () => process.exit(1))
