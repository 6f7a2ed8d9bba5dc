import { StaleOrganisation } from '#http/operation.ts'
import type { Access } from '#metering/access.ts'
import { giveBackRunOut } from '#metering/actions/give-back.ts'
import type { Metering } from '#metering/metering.ts'
import type { Context } from '#organisations/org.ts'

/**
 * What the database says about a customer now. Holds whose time is over are given back before anything is answered from them.
 * Throws StaleOrganisation when the caller has to be authenticated anew.
 */
export async function readCurrentAccess(metering: Metering, { org, now }: Context, reference: string): Promise<Access> {
  const access = await metering.reader.read(org.id, reference)
  if (access.version !== org.version) throw new StaleOrganisation()
  const running = access.subscription
  if (!running?.isHolding) return access
  const given = await giveBackRunOut(metering.db, org.id, running.subscriptionId, now)
  if (given === 0) return access
  const anew = await metering.reader.read(org.id, reference)
  if (anew.version !== org.version) throw new StaleOrganisation()
  return anew
}
