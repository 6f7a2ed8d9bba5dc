import { type Config, loadSecret } from '#config.ts'
import type { Database } from '#database/connect.ts'
import { inTransaction } from '#database/transaction.ts'
import { inboxLink, signingKey } from '#links.ts'
import { createClaimLink } from '#organisations/actions/create-claim-link.ts'
import type { FirstOrganisation } from '#organisations/actions/create-first-organisation.ts'
import { machineNow } from '#time/clock.ts'

type Row = readonly [name: string, value: string]

/** What a person needs after the start, printed once as one block: addresses, a key, a card, a line to try. */
export async function printWelcome(config: Config, first: FirstOrganisation, database: Database): Promise<void> {
  for (const warning of first.warnings) process.stderr.write(`Note: ${warning}\n`)
  const rows = config.role === 'worker' ? workerRows(config) : await serverRows(config, first, database)
  const width = Math.max(...rows.map(([name]) => name.length))
  const lines = rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)
  process.stdout.write(`\nHalley is ready.\n\n${lines.join('\n')}\n\n`)
}

function workerRows(config: Config): Row[] {
  return [['Role', 'worker: no API and no pages'], ['Health', `${config.publicUrl}/healthz`], dataRow(config)]
}

async function serverRows(config: Config, first: FirstOrganisation, database: Database): Promise<Row[]> {
  const { sandbox, live } = first.keys
  return [
    ['API', `${config.publicUrl}/api/v1`],
    ['Reference', `${config.publicUrl}/reference`],
    ['Sandbox key', sandbox ?? 'shown at the first start; another one: npx halley keys create'],
    ...(live ? [['Live key', live] satisfies Row] : []),
    ...(await claimRow(config, first, database)),
    ['Mail', inboxAddress(config, first.organisation.id)],
    ['Test card', '4242 4242 4242 4242, any future date, any code'],
    dataRow(config),
    [
      'Try',
      sandbox ? `curl ${config.publicUrl}/api/v1/plans -H 'x-api-key: ${sandbox}'` : `curl ${config.publicUrl}/readyz`,
    ],
  ]
}

/** The built-in inbox, for a week. */
function inboxAddress(config: Config, organisationId: string): string {
  const expiresAt = machineNow().add({ hours: 24 * 7 })
  return inboxLink(config.publicUrl, signingKey(loadSecret(config)), organisationId, expiresAt)
}

function dataRow({ databaseUrl, dataDirectory }: Config): Row {
  return [
    'Data',
    databaseUrl === undefined ? `${dataDirectory} (bundled PostgreSQL)` : 'your PostgreSQL (DATABASE_URL)',
  ]
}

// One link at the first start; later ones are asked for, as each new link ends the one before.
async function claimRow(config: Config, first: FirstOrganisation, { db }: Database): Promise<Row[]> {
  if (!first.isNew) return []
  const { token } = await inTransaction(db, (tx) => createClaimLink(tx, first.organisation.id, machineNow()))
  return [['Claim link', `${config.publicUrl}/claim/${token} (7 days)`]]
}
