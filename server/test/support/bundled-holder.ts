import { type BundledPostgres, startBundledPostgres } from '#database/bundled.ts'

/** A process that uses the bundled PostgreSQL of a data directory until it is told to end, and says how it went. */

const [dataDirectory] = process.argv.slice(2)
if (!dataDirectory) throw new Error('usage: bundled-holder <data directory>')

const say = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`)
let server: BundledPostgres | undefined
try {
  server = await startBundledPostgres({ dataDirectory, onLost: (error) => say({ lost: error.message }) })
  say({ url: server.url, isAdopted: server.isAdopted, serverPid: server.serverPid })
} catch (error) {
  say({ refused: (error as Error).message })
  process.exit(1)
}

const heartbeat = setInterval(() => undefined, 60_000)
process.once('SIGTERM', async () => {
  await server?.stop()
  clearInterval(heartbeat)
})
