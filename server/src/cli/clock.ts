import { type Command, InvalidArgumentError } from 'commander'
import * as z from 'zod'
import {
  CommandFailure,
  exitCodes,
  type Open,
  type Outcome,
  processTerminal,
  runCommand,
  type Terminal,
} from '#cli/command.ts'
import { chooseSide } from '#cli/side.ts'
import { type Db, inTransaction } from '#database/transaction.ts'
import { advanceTestClock } from '#organisations/actions/advance-test-clock.ts'
import { toTestClock } from '#organisations/organisations.view.ts'
import { TestClock } from '#organisations/test-clock.contract.ts'
import { type TestClockState, testClockOf } from '#organisations/test-clock.ts'
import { machineNow } from '#time/clock.ts'

type Step = { days?: number; to?: Temporal.Instant }

/** `halley clock status | advance`: the test clock of the first organisation's sandbox. */
export function clockCommand(program: Command, open: Open, terminal: Terminal = processTerminal()): void {
  const clock = program.command('clock').description('the test clock of the sandbox')
  clock
    .command('status')
    .description('show what time it is in the sandbox')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) => runCommand(open, options, ({ db }) => status(db), terminal))
  clock
    .command('advance')
    .description('move the clock forward, at most two years a step')
    .option('--days <days>', 'by so many days', wholeDays)
    .option('--to <time>', 'to a time, e.g. 2026-09-01T00:00:00Z', instant)
    .option('--json', 'print JSON')
    .action((options: Step & { json?: boolean }) =>
      runCommand(open, options, ({ db }) => advance(db, options), terminal),
    )
}

async function status(db: Db): Promise<Outcome> {
  const { org } = await chooseSide(db, {})
  return outcome(testClockOf(org, machineNow()))
}

async function advance(db: Db, { days, to }: Step): Promise<Outcome> {
  if ((days === undefined) === (to === undefined)) {
    throw new CommandFailure(exitCodes.usage, 'validation_error', 'Give either --days or --to.')
  }
  const { org } = await chooseSide(db, {})
  const input = { advanceDays: days, frozenTime: to, realNow: machineNow() }
  const state = await inTransaction(db, (tx) => advanceTestClock(tx, org, input))
  return {
    ...outcome(state),
    talk: 'What is due now happens when billing is processed: POST /api/v1/test-clock/process-billing',
  }
}

function outcome(state: TestClockState): Outcome {
  const data = z.encode(TestClock, toTestClock(state))
  const talk = data.isActive ? 'The clock stands still until it is moved again.' : 'The clock follows real time.'
  return { data, text: data.now, talk }
}

function wholeDays(value: string): number {
  if (/^\d{1,4}$/.test(value)) return Number(value)
  throw new InvalidArgumentError('Give whole days.')
}

function instant(value: string): Temporal.Instant {
  try {
    return Temporal.Instant.from(value)
  } catch {
    throw new InvalidArgumentError('Give a time with its zone, such as 2026-09-01T00:00:00Z.')
  }
}
