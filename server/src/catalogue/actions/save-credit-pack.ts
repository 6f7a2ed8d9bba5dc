import type { Changes } from '#catalogue/changes.ts'
import {
  type CreditPack,
  findPack,
  findPackByName,
  insertPack,
  type PackSettings,
  updatePack,
} from '#catalogue/credit-packs.store.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'
import { Problem } from '#problem.ts'

/** Adds a pack. A name that is taken is refused with `duplicate`. */
export async function createCreditPack(tx: Tx, { org, now }: Context, settings: PackSettings): Promise<CreditPack> {
  await moveVersion(tx, org.id)
  await refuseTakenName(tx, org.id, settings.name, null)
  return insertPack(tx, org.id, newId('cpk'), settings, now)
}

/** Changes a pack for the next purchases. 404 credit_pack_not_found, 409 duplicate. */
export async function changeCreditPack(
  tx: Tx,
  { org, now }: Context,
  input: { readonly id: string; readonly changes: Changes<PackSettings> },
): Promise<CreditPack> {
  await moveVersion(tx, org.id)
  const pack = await requirePack(tx, org.id, input.id)
  if (input.changes.name !== undefined) await refuseTakenName(tx, org.id, input.changes.name, pack.id)
  return updatePack(tx, org.id, pack.id, input.changes, now)
}

/** Takes a pack off the list for good. 404 credit_pack_not_found. */
export async function deleteCreditPack(tx: Tx, { org, now }: Context, id: string): Promise<CreditPack> {
  await moveVersion(tx, org.id)
  const pack = await requirePack(tx, org.id, id)
  return updatePack(tx, org.id, pack.id, { deletedAt: now }, now)
}

/** A pack that is not deleted; 404 credit_pack_not_found. */
export async function requirePack(db: Db, orgId: string, id: string): Promise<CreditPack> {
  const pack = await findPack(db, orgId, id)
  if (!pack) throw new Problem('credit_pack_not_found', `There is no credit pack ${id}.`)
  return pack
}

async function refuseTakenName(tx: Tx, orgId: string, name: string, ownId: string | null): Promise<void> {
  const other = await findPackByName(tx, orgId, name)
  if (other && other.id !== ownId) {
    throw new Problem('duplicate', `A credit pack is called ${other.name} already. Choose another name.`, {
      param: 'name',
    })
  }
}
