import type { Command } from 'commander'
import * as z from 'zod'
import { explainInvoice } from '#billing/actions/explain-invoice.ts'
import { explanationText } from '#billing/explanation/explanation-text.ts'
import { InvoiceExplanation } from '#billing/explanation.contract.ts'
import { toApiExplanation } from '#billing/explanation.view.ts'
import { type Open, type Outcome, processTerminal, runCommand, type Terminal } from '#cli/command.ts'
import { chooseSide } from '#cli/side.ts'
import { readConfig } from '#config.ts'
import type { Db } from '#database/transaction.ts'

type Options = { live?: boolean; json?: boolean }

/** `halley explain <invoice>`: how an invoice of the first organisation came about, for whoever has to answer for it. */
export function explainCommand(program: Command, open: Open, terminal: Terminal = processTerminal()): void {
  program
    .command('explain')
    .description('explain an invoice, and check that it is what was used and agreed')
    .argument('<invoice>', 'its number, or inv_…')
    .option('--live', 'an invoice of the live side')
    .option('--json', 'print JSON')
    .action((invoice: string, options: Options) =>
      runCommand(open, options, ({ db }) => explain(db, invoice, options), terminal),
    )
}

async function explain(db: Db, reference: string, options: Options): Promise<Outcome> {
  const { org } = await chooseSide(db, options)
  const explanation = await explainInvoice(db, org.id, { reference, byNumber: true })
  const { publicUrl } = readConfig(process.env)
  return {
    data: z.encode(InvoiceExplanation, toApiExplanation(explanation, publicUrl, org.livemode)),
    text: explanationText(explanation),
  }
}
