import type { Command } from 'commander'
import { CommandFailure, exitCodes, type Open, processTerminal, type Terminal } from '#cli/command.ts'
import { eventsOf } from '#cli/listen.ts'
import { ask, type RunningServer, type ServerDefaults, type ServerOptions, withServer } from '#cli/running-server.ts'

type Options = ServerOptions & { readonly events?: string; readonly json?: boolean; readonly limit?: string }
type Logged = { readonly id: string; readonly event: string; readonly timestamp: string; readonly data: object }

/** `halley events list | tail | resend`: the log of what happened. */
export function eventsCommand(
  program: Command,
  open: Open,
  defaults: ServerDefaults,
  terminal: Terminal = processTerminal(),
  signal?: AbortSignal,
): void {
  const events = program.command('events').description('what has happened')
  const withUsual = (command: Command) =>
    command
      .option('--live', 'the live side')
      .option('--server <url>', 'where Halley runs')
      .option('--key <key>', 'an API key, instead of one made for this')
      .option('--json', 'print JSON')
  withUsual(
    events.command('list').description('the latest events').option('--limit <number>', 'how many', '20'),
  ).action((options: Options) => withServer(open, defaults, options, (server) => list(server, options, terminal)))
  withUsual(
    events
      .command('tail')
      .description('events as they happen')
      .option('--events <names>', 'only these, separated by commas'),
  ).action((options: Options) =>
    withServer(open, defaults, options, (server) => tail(server, options, terminal, signal ?? endOfProgram())),
  )
  withUsual(
    events
      .command('resend')
      .description('send the event of a delivery to its endpoint again')
      .argument('<delivery>', 'its id, whd_…'),
  ).action((id: string, options: Options) =>
    withServer(open, defaults, options, (server) => resend(server, id, options, terminal)),
  )
}

async function list(server: RunningServer, { limit, json }: Options, terminal: Terminal): Promise<void> {
  const { data } = await ask(server, 'GET', `/api/v1/events?limit=${encodeURIComponent(limit ?? '20')}`)
  if (json) return terminal.out(JSON.stringify(data))
  for (const event of (data as Logged[]).toReversed()) terminal.out(lineOf(event))
}

async function tail(
  server: RunningServer,
  { events, json }: Options,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  for await (const { event, data } of eventsOf(server, events, { terminal, signal })) {
    if (event === 'ready') continue
    const { body } = JSON.parse(data) as { body: string }
    terminal.out(json ? body : lineOf(JSON.parse(body) as Logged))
  }
}

async function resend(server: RunningServer, id: string, { json }: Options, terminal: Terminal): Promise<void> {
  if (!/^whd_\w+$/.test(id)) {
    const message = `${id} is not a delivery: their ids begin with whd_.`
    const next = 'GET /api/v1/webhooks/{id}/deliveries lists them, with ?eventId=whev_… those of one event.'
    throw new CommandFailure(exitCodes.usage, 'validation_error', message, next)
  }
  const { data } = await ask(server, 'POST', `/api/v1/webhooks/deliveries/${id}/resend`)
  terminal.out(json ? JSON.stringify(data) : (data as { id: string }).id)
}

function lineOf({ id, event, timestamp, data }: Logged): string {
  return `${timestamp}  ${event}  ${id}  ${JSON.stringify(data)}`
}

function endOfProgram(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort())
  return controller.signal
}
