import type { Tx } from '#database/transaction.ts'
import { lockAllSecrets, updateSecrets } from '#webhooks/endpoints.store.ts'
import type { SecretBox } from '#webhooks/secret-box.ts'

/** Seals with the newest key whatever an older one sealed: secrets of all endpoints of all organisations. Gives how many endpoints. */
export async function resealEndpoints(tx: Tx, secrets: Pick<SecretBox, 'reseal'>): Promise<number> {
  let renewed = 0
  for (const { orgId, id, secret, previousSecrets } of await lockAllSecrets(tx)) {
    const sealed = {
      secret: secrets.reseal(id, secret),
      previousSecrets: previousSecrets.map((one) => ({ ...one, secret: secrets.reseal(id, one.secret) })),
    }
    const isNewest = previousSecrets.every((one, place) => one.secret === sealed.previousSecrets[place]?.secret)
    if (sealed.secret === secret && isNewest) continue
    await updateSecrets(tx, { orgId, id, ...sealed })
    renewed += 1
  }
  return renewed
}
