import type { Command } from 'commander'
import {
  exitCodes,
  type Open,
  type Opened,
  type Outcome,
  processTerminal,
  runCommand,
  type Terminal,
} from '#cli/command.ts'
import { chooseSide } from '#cli/side.ts'
import type { Db } from '#database/transaction.ts'
import { currency } from '#money/currency.ts'
import { formatMinor } from '#money/format.ts'
import { type Reconciled, reconcileSide } from '#payments/actions/reconcile-side.ts'
import type { BookedMoney, Difference } from '#payments/reconciliation.ts'
import type { PaymentServices } from '#payments/services.ts'

export type ReconcileServices = Pick<PaymentServices, 'db' | 'providers' | 'connections' | 'machineNow'>

/** `halley reconcile`: our books against those of the payment providers. Exit code 1 when they differ, or one shows none. */
export function reconcileCommand(
  program: Command,
  open: Open,
  servicesFor: (db: Db) => ReconcileServices,
  terminal: Terminal = processTerminal(),
): void {
  program
    .command('reconcile')
    .description(
      'compare charges with the books of the payment providers: of the sandbox, or of the live side with --live',
    )
    .option('--live', 'on the live side')
    .option('--json', 'print JSON')
    .action((options: { live?: boolean; json?: boolean }) =>
      runCommand(open, options, (opened) => report(opened, servicesFor(opened.db), options, terminal), terminal),
    )
}

async function report(
  { db }: Opened,
  services: ReconcileServices,
  options: { readonly live?: boolean },
  terminal: Terminal,
): Promise<Outcome> {
  const { org } = await chooseSide(db, options)
  const reconciled = await reconcileSide(services, org)
  const count = reconciled.reduce((sum, { differences }) => sum + (differences?.length ?? 0), 0)
  const silent = reconciled.filter(({ differences }) => differences === null).length
  if (count + silent > 0) terminal.exitWith(exitCodes.failure)
  const connections = reconciled.map(({ differences, ...about }) => ({
    ...about,
    differences: differences?.map(({ transaction, kind, ours, theirs }) => ({
      ...{ transaction, kind },
      ...{ ours: ours && Number(ours.amount), theirs: theirs && Number(theirs.amount) },
    })),
  }))
  return {
    data: { connections, differences: count },
    text: reconciled.map(lineOf).join('\n'),
    talk: verdict(count, silent),
  }
}

function verdict(count: number, silent: number): string {
  const said = [
    ...(count === 0 ? [] : [`${count} ${count === 1 ? 'difference' : 'differences'}.`]),
    ...(silent === 0
      ? []
      : [
          `${silent} ${silent === 1 ? 'connection' : 'connections'} could not be compared: halley providers list shows them, halley providers update replaces their keys.`,
        ]),
  ]
  if (said.length === 0) return 'The books agree.'
  return [...said, 'What to do: docs/guides/payment-providers.md, Comparing the books.'].join('\n')
}

function lineOf({ connection, provider, compared, asked, differences, trouble }: Reconciled): string {
  const name = `${connection}${connection === 'built-in' ? '' : ` (${provider})`}`
  if (differences === null) return `?    ${name}: ${trouble}`
  const mark = differences.length === 0 ? 'ok  ' : 'FAIL'
  const charges = `${compared} ${compared === 1 ? 'charge' : 'charges'} at the provider`
  const how = asked === null ? '' : `; it has no list and was asked about the ${asked} known here`
  return [`${mark} ${name}: ${charges}${how}`, ...differences.map(wordsOf)].join('\n')
}

const meanings: Readonly<Record<Difference['kind'], string>> = {
  missing_at_provider: 'paid here, not charged there',
  missing_here: 'charged there, not paid here',
  another_amount: 'not the same amount',
}

function wordsOf({ transaction, kind, ours, theirs }: Difference): string {
  return `     ${transaction}: ${meanings[kind]}; here ${amountOf(ours)}, there ${amountOf(theirs)}`
}

function amountOf(money: BookedMoney | null): string {
  if (!money) return 'nothing'
  return formatMinor(money.amount, currency(money.currency))
}
