import type { Tx } from '#database/transaction.ts'
import type { MailDelivery, MailKind } from '#mail/mail.ts'
import type { Org } from '#organisations/org.ts'
import type { Seller } from '#organisations/seller.ts'
import { findSettings, saveSettings } from '#organisations/settings.store.ts'
import type { Settings } from '#organisations/settings.ts'
import { moveVersion } from '#organisations/sides.store.ts'

/** What is given replaces what was set, null takes it away; what is left out stays. */
export type SettingsChanges = { readonly [Field in keyof Seller]?: Seller[Field] | undefined } & {
  readonly notificationEmail?: string | null | undefined
  readonly mail?:
    | {
        readonly enabled?: boolean | undefined
        readonly delivery?: MailDelivery | null | undefined
        readonly off?: readonly MailKind[] | undefined
      }
    | undefined
}

/** Changes the settings of a side. Invoices that are final keep the seller they have copied. */
export async function updateSettings(
  tx: Tx,
  org: Org,
  { mail = {}, notificationEmail, ...seller }: SettingsChanges,
  now: Temporal.Instant,
): Promise<Settings> {
  // Such changes of one side wait for each other.
  await moveVersion(tx, org.id)
  const before = await findSettings(tx, org.id)
  const given = Object.fromEntries(Object.entries(seller).filter(([, value]) => value !== undefined))
  const settings: Settings = {
    seller: { ...before.seller, ...given },
    notificationEmail: notificationEmail === undefined ? before.notificationEmail : notificationEmail,
    mailEnabled: mail.enabled ?? before.mailEnabled,
    mailDelivery: mail.delivery === undefined ? before.mailDelivery : mail.delivery,
    mailsOff: mail.off ? [...new Set(mail.off)].sort() : before.mailsOff,
  }
  await saveSettings(tx, org.id, settings, now)
  return settings
}
