import assert from 'node:assert/strict'
import { CommandFailure, exitCodes, type Terminal } from '#cli/command.ts'
import type { Db } from '#database/transaction.ts'
import type { Org } from '#organisations/org.ts'
import { firstOrganisation } from '#organisations/organisations.store.ts'
import { findOrg } from '#organisations/sides.store.ts'

export type ChosenSide = { readonly org: Org; readonly organisationName: string }

/** The sandbox of this server's organisation, or with --live its live side. */
export async function chooseSide(db: Db, options: { readonly live?: boolean }): Promise<ChosenSide> {
  const organisation = await firstOrganisation(db)
  if (!organisation) {
    throw new CommandFailure(
      exitCodes.notFound,
      'no_organisation',
      'This database holds no organisation yet.',
      'Start Halley once: npm start',
    )
  }
  const org = await findOrg(db, options.live ? organisation.liveOrgId : organisation.sandboxOrgId)
  assert(org, 'an organisation has both sides')
  return { org, organisationName: organisation.name }
}

/** Makes sure that a change of the live side is meant: by its name typed in, or by --yes. */
export async function confirmLive(
  { org, organisationName }: ChosenSide,
  options: { readonly yes?: boolean },
  terminal: Terminal,
): Promise<void> {
  if (!org.livemode || options.yes) return
  if (!terminal.ask) {
    throw new CommandFailure(
      exitCodes.usage,
      'confirmation_required',
      'This changes the live side, and there is nobody to ask.',
      'Add --yes if you mean it.',
    )
  }
  const answer = await terminal.ask(
    `This changes the live side. Type the name of the organisation (${organisationName}):`,
  )
  if (answer === null) throw new CommandFailure(exitCodes.interrupted, 'interrupted', 'Nothing was changed.')
  if (answer.trim() !== organisationName) {
    throw new CommandFailure(exitCodes.usage, 'not_confirmed', 'That is not its name. Nothing was changed.')
  }
}
