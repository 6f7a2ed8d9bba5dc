import { type Command, InvalidArgumentError } from 'commander'
import * as z from 'zod'
import { type Open, type Outcome, processTerminal, runCommand, type Terminal } from '#cli/command.ts'
import { type ChosenSide, chooseSide, confirmLive } from '#cli/side.ts'
import { type Db, inTransaction } from '#database/transaction.ts'
import { findTaxRates } from '#tax/actions/find-tax-rates.ts'
import { removeTaxRates, setTaxRates } from '#tax/actions/set-tax-rates.ts'
import { shippedDataSet } from '#tax/shipped-rates.ts'
import { type Place, placeKey, rateOfPercentage, readPlace, type TaxRate } from '#tax/tax-rate.ts'
import { TaxRateChange, TaxRates } from '#tax/tax-rates.contract.ts'
import { toApiRateChange, toApiTaxRates } from '#tax/tax-rates.view.ts'
import { machineNow, organisationNow } from '#time/clock.ts'
import { utcDay } from '#time/period.ts'

type Options = { live?: boolean; yes?: boolean; json?: boolean }
type From = { from?: Temporal.PlainDate }

/** `halley tax list | set | remove`: tax rates, those that ship and the organisation's own. */
export function taxCommand(program: Command, open: Open, terminal: Terminal = processTerminal()): void {
  const tax = program
    .command('tax')
    .description(
      'tax rates: of the sandbox, or of the live side with --live (where it is charged: halley organisation)',
    )
  tax
    .command('list')
    .alias('rates')
    .description('show the rates in force today, where each is from and since when it holds')
    .argument('[country]', 'of one country, in two letters', countryCode)
    .option('--live', 'as they are on the live side')
    .option('--json', 'print JSON')
    .action((country: string | undefined, options: Options) =>
      runCommand(open, options, ({ db }) => list(db, country, options), terminal),
    )
  tax
    .command('set')
    .description('set your own rates of a country or region, all of them at once')
    .argument('<place>', 'a country (DE) or a region (CA-QC)', placeOfText)
    .argument('[rates...]', 'name and percentage: VAT=19, or GST=5 QST=9.975; none for no tax', ratesOfTexts)
    .option('--from <day>', 'for invoices from that UTC day on, e.g. 2027-01-01; today when absent', dayOfText)
    .option('--live', 'on the live side')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON')
    .action((place: Place, rates: TaxRate[] | undefined, options: Options & From) =>
      runCommand(open, options, ({ db }) => set(db, place, rates ?? [], options, terminal), terminal),
    )
  tax
    .command('remove')
    .description('end your own rates of a place: the shipped ones hold again')
    .argument('<place>', 'as it was set', placeOfText)
    .option('--from <day>', 'for invoices from that UTC day on; today when absent', dayOfText)
    .option('--live', 'on the live side')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON')
    .action((place: Place, options: Options & From) =>
      runCommand(open, options, ({ db }) => remove(db, place, options, terminal), terminal),
    )
}

async function list(db: Db, country: string | undefined, options: Options): Promise<Outcome> {
  const side = await chooseSide(db, options)
  const found = await findTaxRates(db, side.org.id, { on: contextOf(side).today, country })
  const shown = found.map((rates) => toApiTaxRates(rates, side.org.livemode, shippedDataSet))
  const lines = shown.map((rates) => {
    const taxes = rates.rates.map(({ name, percentage }) => `${name} ${percentage}%`).join(' + ') || 'none'
    const since = rates.validFrom === null ? '' : `  since ${rates.validFrom}`
    return `${placeKey(rates).padEnd(6)}  ${rates.source.padEnd(7)}  ${taxes}${since}`
  })
  const notes = new Set(shown.flatMap(({ note }) => note ?? []))
  return {
    data: { rates: shown.map((rates) => z.encode(TaxRates, rates)) },
    text: lines.join('\n'),
    talk: [
      `${shown.length} places. Tax is charged where the seller is registered. Shipped rates: ${shippedDataSet}.`,
      ...notes,
    ].join('\n'),
  }
}

async function set(
  db: Db,
  place: Place,
  rates: readonly TaxRate[],
  options: Options & From,
  terminal: Terminal,
): Promise<Outcome> {
  const side = await chooseSide(db, options)
  await confirmLive(side, options, terminal)
  const setting = { ...place, rates, validFrom: options.from }
  const change = await inTransaction(db, (tx) => setTaxRates(tx, contextOf(side), setting))
  return {
    data: z.encode(TaxRateChange, toApiRateChange(change, side.org.livemode)),
    text: placeKey(change),
    talk: `Invoices from ${change.validFrom} on are taxed like this. What is issued keeps its tax.`,
  }
}

async function remove(db: Db, place: Place, options: Options & From, terminal: Terminal): Promise<Outcome> {
  const side = await chooseSide(db, options)
  await confirmLive(side, options, terminal)
  const setting = { ...place, validFrom: options.from }
  const change = await inTransaction(db, (tx) => removeTaxRates(tx, contextOf(side), setting))
  return {
    data: z.encode(TaxRateChange, toApiRateChange(change, side.org.livemode)),
    text: placeKey(change),
    talk: `Invoices from ${change.validFrom} on have the shipped rates, where there are any.`,
  }
}

function contextOf({ org }: ChosenSide) {
  const now = organisationNow(org.simulatedTime, machineNow())
  return { org, now, today: utcDay(now) }
}

function countryCode(text: string): string {
  const place = readPlace(text)
  if (place?.region === null) return place.country
  throw new InvalidArgumentError('Give a country in two letters, e.g. DE.')
}

function placeOfText(text: string): Place {
  const place = readPlace(text)
  if (place) return place
  throw new InvalidArgumentError('Give a country or a region, e.g. DE or CA-QC.')
}

function ratesOfTexts(text: string, before: TaxRate[] | undefined): TaxRate[] {
  const [, name = '', percentage = ''] = /^([^=]{1,50})=(\d{1,3}(?:\.\d{1,4})?)$/.exec(text) ?? []
  const rate = percentage === '' ? undefined : rateOfPercentage(Number(percentage))
  if (rate === undefined || Number(percentage) > 100)
    throw new InvalidArgumentError('Give name=percentage, e.g. VAT=19.')
  return [...(before ?? []), { name: name.trim(), rate }]
}

function dayOfText(text: string): Temporal.PlainDate {
  try {
    return Temporal.PlainDate.from(text)
  } catch {
    throw new InvalidArgumentError('Give a day, e.g. 2027-01-01.')
  }
}
