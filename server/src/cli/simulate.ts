import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import * as z from 'zod'
import { runSimulation } from '#billing/actions/run-simulation.ts'
import { simulationText } from '#billing/simulation/simulation-text.ts'
import { BillingSimulation, mostMonths, PlanDraft, SimulatedCustomer } from '#billing/simulation.contract.ts'
import { toApiSimulatedCustomer, toApiSimulation } from '#billing/simulation.view.ts'
import {
  CommandFailure,
  exitCodes,
  type Open,
  type Outcome,
  processTerminal,
  runCommand,
  type Terminal,
} from '#cli/command.ts'
import { Progress } from '#cli/progress.ts'
import { chooseSide } from '#cli/side.ts'
import type { Db } from '#database/transaction.ts'
import { machineNow, organisationNow } from '#time/clock.ts'

type Options = {
  plan: string
  months: number
  customer?: string
  side: 'sandbox' | 'live'
  top: number
  json?: boolean
}

/** `halley simulate`: recorded usage billed again under a draft of a plan, beside what was invoiced. Writes nothing. */
export function simulateCommand(program: Command, open: Open, terminal: Terminal = processTerminal()): void {
  program
    .command('simulate')
    .description('bill recorded usage again under a draft of a plan, and compare; nothing is written')
    .requiredOption('--plan <file>', 'the draft, as JSON')
    .option('--months <months>', 'windows closed in so many months', whole(1, mostMonths), 6)
    .option('--customer <id>', 'one customer only')
    .addOption(new Option('--side <side>', 'which side').choices(['sandbox', 'live']).default('sandbox'))
    .option('--top <customers>', 'how many customers to name', whole(0, 10_000), 20)
    .option('--json', 'print JSON: a line for each customer, the totals as the last one')
    .action((options: Options) => runCommand(open, options, ({ db }) => simulate(db, options, terminal), terminal))
}

async function simulate(db: Db, options: Options, terminal: Terminal): Promise<Outcome> {
  const draft = readDraft(options.plan)
  const { org } = await chooseSide(db, { live: options.side === 'live' })
  const now = organisationNow(org.simulatedTime, machineNow())
  const { months, customer: customerId, top: customers, json } = options
  let progress: Progress | null = null
  const finished = await runSimulation(db, org.id, { plan: draft, months, customerId, customers }, now, {
    listener: {
      begins: (windows) => {
        progress = new Progress(terminal, windows, 'windows')
      },
      goesOn: (some, windows) => {
        progress?.reach(windows)
        if (!json) return
        for (const one of some) terminal.out(JSON.stringify(z.encode(SimulatedCustomer, toApiSimulatedCustomer(one))))
      },
    },
  })
  // Assigned in a callback, which the compiler does not follow.
  ;(progress as Progress | null)?.end()
  const data = toApiSimulation(finished, org.livemode)
  return {
    data: z.encode(BillingSimulation, json ? { ...data, customers: [] } : data),
    text: simulationText(finished),
  }
}

function readDraft(path: string): z.output<typeof PlanDraft> {
  const decoded = z.safeDecode(PlanDraft, readJson(path))
  if (decoded.success) return decoded.data
  const problems = decoded.error.issues.map(
    ({ path: where, message }) => `  ${where.join('.') || '(the draft)'}: ${message}`,
  )
  throw new CommandFailure(
    exitCodes.usage,
    'validation_error',
    `${path} is no draft of a plan:\n${problems.join('\n')}`,
  )
}

// Its type is checked by the caller.
function readJson(path: string): z.input<typeof PlanDraft> {
  try {
    return JSON.parse(readFileSync(path === '-' ? 0 : path, 'utf8'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandFailure(exitCodes.usage, 'validation_error', `${path} cannot be read as JSON: ${reason}`)
  }
}

const whole = (least: number, most: number) => (text: string) => {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new InvalidArgumentError(`Must be a whole number from ${least} to ${most}.`)
}
