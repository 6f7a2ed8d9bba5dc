import type { Command } from 'commander'
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
import { findSettings } from '#organisations/settings.store.ts'
import { chooseTaxConnection } from '#payments/connection.ts'
import { listConnections } from '#payments/connections.store.ts'
import { ProviderUnreachable, type TaxResult } from '#payments/provider.ts'
import type { PaymentServices } from '#payments/services.ts'
import { taxQuestionOf } from '#tax/actions/decide-taxes.ts'
import type { TaxAnswer } from '#tax/asked-tax.ts'
import { ageAnswers } from '#tax/tax-answers.store.ts'
import { percentageOf } from '#tax/tax-rate.ts'

type Services = Pick<PaymentServices, 'db' | 'connections'>
type Options = { live?: boolean; json?: boolean }
type Asked = Options & { state?: string; postalCode?: string; taxNumber?: string }

/** `halley tax ask | refresh`: what the tax service of a payment provider says, and asking it anew. Belongs to `halley tax`. */
export function taxServiceCommand(
  program: Command,
  open: Open,
  servicesFor: (db: PaymentServices['db']) => Services,
  terminal: Terminal = processTerminal(),
): void {
  const tax = program.commands.find((command) => command.name() === 'tax') ?? program.command('tax')
  tax
    .command('ask')
    .description('ask the tax service of the connected payment provider about a place; nothing is kept')
    .argument('<country>', 'in two letters')
    .option('--state <state>', 'state or province, by name or code')
    .option('--postal-code <code>', 'needed in the United States')
    .option('--tax-number <number>', 'of a business')
    .option('--live', 'by the account of the live side')
    .option('--json', 'print JSON')
    .action((country: string, asked: Asked) =>
      runCommand(open, asked, ({ db }) => ask(servicesFor(db), country.toUpperCase(), asked), terminal),
    )
  tax
    .command('refresh')
    .description('ask everything of the payment provider anew, after its registrations were changed')
    .option('--live', 'on the live side')
    .option('--json', 'print JSON')
    .action((options: Options) => runCommand(open, options, ({ db }) => refresh(db, options), terminal))
}

async function ask({ db, connections }: Services, country: string, asked: Asked): Promise<Outcome> {
  const { org } = await chooseSide(db, asked)
  const { taxConnectionId } = await findSettings(db, org.id)
  const chosen = chooseTaxConnection(await listConnections(db, org.id), taxConnectionId)
  const service = chosen && (await connections.open(org.id, chosen.id))?.tax
  const question = taxQuestionOf({
    address: { country, state: asked.state ?? null, region: null, postalCode: asked.postalCode ?? '' },
    taxDocument: asked.taxNumber ?? null,
    taxExemption: null,
  })
  if (!service || !question) {
    throw new CommandFailure(
      exitCodes.conflict,
      'provider_unsupported',
      `No payment provider with a tax service is connected in ${org.mode} mode.`,
      'Connect a Stripe account that has Stripe Tax set up: halley providers add stripe',
    )
  }
  const result = await resultOf(() => service.ask(question))
  if (result.outcome === 'refused') throw new CommandFailure(exitCodes.failure, 'tax_unavailable', result.message)
  const { treatment, rates } = result.answer
  return {
    data: {
      connection: chosen.name,
      treatment,
      rates: rates.map(({ rate, ...rest }) => ({ ...rest, effectivePercentage: percentageOf(rate) })),
    },
    text: [treatment, ...linesOf(result.answer)].join('\n'),
    talk: meaningOf(result.answer),
  }
}

async function resultOf(work: () => Promise<TaxResult>): Promise<TaxResult> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ProviderUnreachable) return { outcome: 'refused', message: error.message }
    throw error
  }
}

function linesOf({ rates }: TaxAnswer): string[] {
  return rates.map(({ name, rate, percentage, jurisdiction, level }) => {
    const part = Number(percentage) === percentageOf(rate) ? '' : ` (${percentage}% of a part of the price)`
    return `${percentageOf(rate)}%${part}  ${name}, ${jurisdiction}, ${level}`
  })
}

/** What an answer means for whoever runs the business. */
function meaningOf({ treatment }: TaxAnswer): string {
  switch (treatment) {
    case 'charged':
      return 'This is charged on every line, with its category as it is set in the account there.'
    case 'reverse_charge':
      return 'Nothing is charged: the customer accounts for the tax.'
    case 'not_registered':
      return 'Nothing is charged: the account has no registration there.'
    case 'place_unknown':
      return 'Nothing is charged: that is not enough of an address, or no place that the provider knows.'
    case 'rate_unknown':
      return 'Nothing is charged: the provider does not calculate tax there.'
    case 'exempt':
    case 'not_taxed':
      return 'Nothing is charged: what is sold is not taxed there.'
    default:
      return treatment satisfies never
  }
}

async function refresh(db: PaymentServices['db'], options: Options): Promise<Outcome> {
  const { org } = await chooseSide(db, options)
  const aged = await ageAnswers(db, org.id)
  return {
    data: { answers: Number(aged) },
    text: `${aged}`,
    talk: `${aged} answers count as old: each is asked anew before somebody is charged by it.`,
  }
}
