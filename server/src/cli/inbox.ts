import { type Command, InvalidArgumentError } from 'commander'
import { type Open, type Outcome, processTerminal, runCommand, type Terminal } from '#cli/command.ts'
import { chooseSide } from '#cli/side.ts'
import type { Db } from '#database/transaction.ts'
import { machineNow } from '#time/clock.ts'

type Options = { hours: number; json?: boolean }

/** Makes the address of an organisation's inbox. */
type MakeLink = (organisationId: string, expiresAt: Temporal.Instant) => string

/** `halley inbox`: a link to the built-in inbox of mails. */
export function inboxCommand(
  program: Command,
  open: Open,
  makeLink: MakeLink,
  terminal: Terminal = processTerminal(),
): void {
  program
    .command('inbox')
    .description('print a link to the built-in inbox: what was mailed to customers')
    .option('--hours <hours>', 'how long it is good', hours, 24)
    .option('--json', 'print JSON')
    .action((options: Options) => runCommand(open, options, ({ db }) => link(db, options, makeLink), terminal))
}

async function link(db: Db, options: Options, makeLink: MakeLink): Promise<Outcome> {
  const { org } = await chooseSide(db, {})
  const expiresAt = machineNow().add({ hours: options.hours })
  const url = makeLink(org.organisationId, expiresAt)
  return {
    data: { url, expiresAt: expiresAt.toString({ smallestUnit: 'second' }) },
    text: url,
    talk: 'Whoever has it reads the mails of this organisation, also those of the live side that were not sent by SMTP.',
  }
}

function hours(value: string): number {
  if (/^\d{1,3}$/.test(value) && Number(value) >= 1 && Number(value) <= 168) return Number(value)
  throw new InvalidArgumentError('Give whole hours, 1 to 168.')
}
