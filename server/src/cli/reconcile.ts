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
import { type Reconciled, reconcileSide } from '#payments/actions/reconcile-side.ts'
import type { Difference } from '#payments/reconciliation.ts'
import type { PaymentServices } from '#payments/services.ts'

export type ReconcileServices = Pick<PaymentServices, 'db' | 'providers' | 'connections' | 'machineNow'>

/** `halley reconcile`: our books against those of the payment providers. Exit code 1 when they differ. */
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
  if (count > 0) terminal.exitWith(exitCodes.failure)
  const connections = reconciled.map(({ connection, compared, differences }) => ({
    connection,
    compared,
    differences: differences?.map(({ transaction, kind, ours, theirs }) => ({
      ...{ transaction, kind },
      ...{ ours: ours && Number(ours.amount), theirs: theirs && Number(theirs.amount) },
    })),
  }))
  return {
    data: { connections, differences: count },
    text: reconciled.map(lineOf).join('\n'),
    talk: count === 0 ? 'The books agree.' : `${count} ${count === 1 ? 'difference' : 'differences'}.`,
  }
}

function lineOf({ connection, compared, differences }: Reconciled): string {
  if (differences === null) return `    ${connection}: its provider shows no books here`
  const mark = differences.length === 0 ? 'ok  ' : 'FAIL'
  return [`${mark}${connection}: ${compared} charges at the provider`, ...differences.map(wordsOf)].join('\n')
}

function wordsOf({ transaction, kind, ours, theirs }: Difference): string {
  const our = ours ? `${ours.amount} ${ours.currency}` : 'nothing'
  const their = theirs ? `${theirs.amount} ${theirs.currency}` : 'nothing'
  return `     ${transaction}: ${kind}; ours ${our}, theirs ${their}`
}
