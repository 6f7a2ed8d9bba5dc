import { setTimeout as wait } from 'node:timers/promises'
import type { Command } from 'commander'
import { CommandFailure, exitCodes, type Open, processTerminal, type Terminal } from '#cli/command.ts'
import { type RunningServer, reach, type ServerDefaults, type ServerOptions, withServer } from '#cli/running-server.ts'
import { readMessages, type StreamMessage } from '#cli/server-sent-events.ts'
import { StreamPlace } from '#cli/stream-place.ts'
import { isUsageTold, singleUse, usageIsHeardBy, usageIsSilent } from '#cli/usage-told.ts'

type Options = ServerOptions & { readonly events?: string; readonly json?: boolean; readonly once?: boolean }

const againMs = 1_000

/** `halley listen <port|url>`: forwards events to a program on this machine as they happen. */
export function listenCommand(
  program: Command,
  open: Open,
  defaults: ServerDefaults,
  terminal: Terminal = processTerminal(),
  signal: AbortSignal = interrupted(),
): void {
  program
    .command('listen')
    .description('forward events to a program as they happen: a port of this machine, or an address')
    .argument('<port|url>', 'where they go, such as 3000/webhooks or http://localhost:3000/webhooks')
    .option('--events <names>', 'only these, separated by commas')
    .option('--live', 'the live side')
    .option('--server <url>', 'where Halley runs')
    .option('--key <key>', 'an API key, instead of one made for this')
    .action((target: string, options: Options) => {
      const address = addressOf(target)
      return withServer(open, defaults, options, (server) => forward(server, address, options, { terminal, signal }))
    })
}

type Surroundings = { readonly terminal: Terminal; readonly signal: AbortSignal }

/** Forwards until it is interrupted. */
async function forward(
  server: RunningServer,
  address: string,
  { events }: Options,
  surroundings: Surroundings,
): Promise<void> {
  const { terminal } = surroundings
  let isFirst = true
  for await (const message of eventsOf(server, events, surroundings)) {
    if (message.event !== 'ready') {
      terminal.out(`${message.event}  ${message.id}  ${await deliver(address, message)}`)
      continue
    }
    if (!isFirst) continue
    isFirst = false
    terminal.err(welcome(address, JSON.parse(message.data).secret))
    if (events?.split(',').includes(singleUse) && !(await isUsageTold(server))) {
      terminal.err(`${usageIsSilent} ${usageIsHeardBy}`)
    }
  }
}

function welcome(address: string, secret: string): string {
  return `Forwarding to ${address}\nSigning secret: ${secret}\nCtrl-C ends it.`
}

/**
 * The events of a side as they happen, until the signal. A stream that breaks, as when the server starts anew, is taken up a
 * little before the last event, of which nothing is told twice; one that is refused, or was never there, is a failure of the command.
 */
export async function* eventsOf(
  server: RunningServer,
  events: string | undefined,
  { terminal, signal }: Surroundings,
): AsyncGenerator<StreamMessage> {
  const place = new StreamPlace()
  let isLost = false
  while (!signal.aborted) {
    try {
      for await (const message of streamOf(server, { events, after: place.after() }, signal)) {
        if (isLost) terminal.err('Connected again.')
        isLost = false
        if (place.hears(message)) yield message
      }
    } catch (error) {
      if (signal.aborted) return
      const mayPass = error instanceof CommandFailure && error.exitCode === exitCodes.failure
      if (place.after() === undefined || !mayPass) throw error
    }
    if (signal.aborted) return
    if (!isLost) terminal.err('The connection to Halley is lost; trying again.')
    isLost = true
    await wait(againMs, undefined, { signal }).catch(() => undefined)
  }
}

/** The events of a side as they happen. Ends when the connection does. */
async function* streamOf(
  { url, key }: RunningServer,
  { events, after }: { readonly events: string | undefined; readonly after: string | undefined },
  signal: AbortSignal,
): AsyncGenerator<StreamMessage> {
  const query = new URLSearchParams({ ...(events ? { events } : {}), ...(after ? { after } : {}) })
  const response = await reach(`${url}/api/v1/events/stream?${query}`, { headers: { 'x-api-key': key }, signal })
  if (!response.ok || !response.body) throw await refusalOf(response)
  const messages = readMessages(response.body)
  for (;;) {
    // Broken or interrupted: whoever asks decides whether to go on.
    const next = await messages.next().catch(() => undefined)
    if (!next || next.done) return
    yield next.value
  }
}

/** Why there is no stream, as the server says it. */
async function refusalOf(response: Response): Promise<CommandFailure> {
  const answer = (await response.json().catch(() => undefined)) as
    | { readonly error?: { readonly code: string; readonly message: string; readonly details?: unknown } }
    | undefined
  const { code = 'not_halley', message = `There is no stream of events: HTTP ${response.status}.` } =
    answer?.error ?? {}
  if (response.status === 401)
    return new CommandFailure(exitCodes.notAllowed, 'unauthorized', 'This key opens nothing.')
  return new CommandFailure(
    response.status >= 500 || response.status === 429 ? exitCodes.failure : exitCodes.usage,
    code,
    message,
  )
}

/** Sends a message on and says what came back. */
async function deliver(address: string, { data }: StreamMessage): Promise<string> {
  const { headers, body } = JSON.parse(data) as { headers: Record<string, string>; body: string }
  const startedAt = performance.now()
  try {
    const response = await fetch(address, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(10_000),
    })
    await response.body?.cancel()
    return `${response.status} (${Math.round(performance.now() - startedAt)} ms)`
  } catch {
    return 'no answer'
  }
}

/** 3000, 3000/webhooks or a whole address. */
export function addressOf(target: string): string {
  const address = /^\d{1,5}(?:\/|$)/.test(target) ? `http://localhost:${target}` : target
  if (/^https?:$/.test(URL.parse(address)?.protocol ?? '')) return address
  throw new CommandFailure(exitCodes.usage, 'validation_error', `${target} is neither a port nor an http address.`)
}

function interrupted(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort())
  return controller.signal
}
