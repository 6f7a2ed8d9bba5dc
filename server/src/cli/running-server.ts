import { CommandFailure, exitCodes, type Open } from '#cli/command.ts'
import { chooseSide } from '#cli/side.ts'
import { inTransaction } from '#database/transaction.ts'
import { createApiKey } from '#organisations/actions/create-api-key.ts'
import { deleteApiKey } from '#organisations/actions/delete-api-key.ts'
import { machineNow } from '#time/clock.ts'

/** A Halley that runs, and the key of the side to speak to. */
export type RunningServer = { readonly url: string; readonly key: string }

export type ServerOptions = { readonly server?: string; readonly key?: string; readonly live?: boolean }

/** Where a command finds a running Halley: given by hand, by the environment, or where the settings say it listens. */
export type ServerDefaults = {
  readonly url: () => string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/**
 * Speaks to a running Halley. Without a key one is made for as long as it takes, which needs the database that the
 * environment names, as every other command does.
 */
export async function withServer<T>(
  open: Open,
  { url: usualUrl, environment }: ServerDefaults,
  options: ServerOptions,
  work: (server: RunningServer) => Promise<T>,
): Promise<T> {
  const url = (options.server ?? environment.COMMET_BASE_URL ?? usualUrl()).replace(/\/+$/, '')
  const given = options.key ?? environment.COMMET_API_KEY
  if (given !== undefined) return work({ url, key: given })
  const opened = await open()
  try {
    const { org } = await chooseSide(opened.db, options)
    const made = await inTransaction(opened.db, (tx) =>
      createApiKey(tx, org, { name: 'halley command line', expiresInDays: 1, machineNow: machineNow() }),
    )
    try {
      return await work({ url, key: made.apiKey })
    } finally {
      await inTransaction(opened.db, (tx) => deleteApiKey(tx, org, { id: made.id, machineNow: machineNow() }))
    }
  } finally {
    await opened.close()
  }
}

/** Asks the API. Refusals become failures of the command. */
export async function ask(
  { url, key }: RunningServer,
  method: string,
  path: string,
  body?: object,
): Promise<{ readonly data: unknown; readonly nextCursor?: string }> {
  const headers = { 'x-api-key': key, ...(body ? { 'content-type': 'application/json' } : {}) }
  const response = await reach(`${url}${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
  const answer = (await response.json().catch(() => undefined)) as
    | { data: unknown; nextCursor?: string; error?: { code: string; message: string } }
    | undefined
  if (!answer) {
    const message = `What answers at ${url} is not Halley: HTTP ${response.status}.`
    throw new CommandFailure(exitCodes.failure, 'not_halley', message, 'Say where it is: --server http://…')
  }
  if (!answer.error) return answer
  const { code, message } = answer.error
  throw new CommandFailure(response.status === 404 ? exitCodes.notFound : exitCodes.failure, code, message)
}

/** A request; a server that is not there is said in a sentence. */
export async function reach(url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, request)
  } catch {
    throw new CommandFailure(
      exitCodes.failure,
      'not_running',
      `There is no Halley at ${new URL(url).origin}.`,
      'Start it (npm start), or say where it is: --server http://…',
    )
  }
}
