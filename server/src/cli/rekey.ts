import type { Command } from 'commander'
import { type Open, type Outcome, processTerminal, runCommand, type Terminal } from '#cli/command.ts'
import { type Db, inTransaction } from '#database/transaction.ts'
import type { KeyRing } from '#organisations/sealing.ts'
import { rekeyConnections } from '#payments/actions/change-connections.ts'
import { resealEndpoints } from '#webhooks/actions/reseal-endpoints.ts'
import type { SecretBox } from '#webhooks/secret-box.ts'

/** What the command needs of the configuration. */
export type Sealing = () => { readonly ring: KeyRing; readonly secrets: Pick<SecretBox, 'reseal'> }

/** `halley rekey`: seals everything with the newest encryption key, so that the older ones can go. */
export function rekeyCommand(
  program: Command,
  open: Open,
  sealing: Sealing,
  terminal: Terminal = processTerminal(),
): void {
  program
    .command('rekey')
    .description('seal credentials of providers and secrets of webhooks with the first of HALLEY_ENCRYPTION_KEYS')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) => runCommand(open, options, ({ db }) => rekey(db, sealing()), terminal))
}

async function rekey(db: Db, { ring, secrets }: ReturnType<Sealing>): Promise<Outcome> {
  const connections = await inTransaction(db, (tx) => rekeyConnections(tx, ring))
  const webhooks = await inTransaction(db, (tx) => resealEndpoints(tx, secrets))
  const key = ring[0]?.id
  return {
    data: { connections, webhooks, key },
    text: `${connections + webhooks}`,
    talk: `${connections} payment connections and ${webhooks} webhook endpoints were sealed with the key ${key}. Older keys are not needed any more.`,
  }
}
