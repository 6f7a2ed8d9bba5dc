import type { Tx } from '#database/transaction.ts'
import type { MailDelivery, MailKind, WantedMailKind } from '#mail/mail.ts'
import type { Org } from '#organisations/org.ts'
import type { Seller } from '#organisations/seller.ts'
import { findSettings, saveSettings } from '#organisations/settings.store.ts'
import type { Settings } from '#organisations/settings.ts'
import { moveVersion } from '#organisations/sides.store.ts'
import type { TaxMode } from '#organisations/tax-settings.ts'
import { chooseTaxConnection } from '#payments/connection.ts'
import { listConnections } from '#payments/connections.store.ts'
import { invalidField, Problem } from '#problem.ts'

/** What is given replaces what was set, null takes it away; what is left out stays. */
export type SettingsChanges = { readonly [Field in keyof Seller]?: Seller[Field] | undefined } & {
  readonly notificationEmail?: string | null | undefined
  readonly netDays?: number | undefined
  readonly mail?:
    | {
        readonly enabled?: boolean | undefined
        readonly delivery?: MailDelivery | null | undefined
        readonly off?: readonly MailKind[] | undefined
        readonly wanted?: readonly WantedMailKind[] | undefined
      }
    | undefined
  readonly tax?:
    | {
        readonly mode?: TaxMode | undefined
        readonly registrations?: readonly string[] | undefined
        /** By id or name; null: whichever is usual. */
        readonly connection?: string | null | undefined
      }
    | undefined
  readonly withdrawal?: { readonly enabled?: boolean | undefined } | undefined
}

/** Changes the settings of a side. Invoices that are final keep the seller they have copied. */
export async function updateSettings(
  tx: Tx,
  org: Org,
  { mail = {}, tax = {}, withdrawal = {}, notificationEmail, netDays, ...seller }: SettingsChanges,
  now: Temporal.Instant,
): Promise<Settings> {
  // Such changes of one side wait for each other.
  await moveVersion(tx, org.id)
  const before = await findSettings(tx, org.id)
  const given = Object.fromEntries(Object.entries(seller).filter(([, value]) => value !== undefined))
  const taxMode = tax.mode ?? before.taxMode
  const settings: Settings = {
    seller: { ...before.seller, ...given },
    notificationEmail: notificationEmail === undefined ? before.notificationEmail : notificationEmail,
    netDays: netDays ?? before.netDays,
    mailEnabled: mail.enabled ?? before.mailEnabled,
    mailDelivery: mail.delivery === undefined ? before.mailDelivery : mail.delivery,
    mailsOff: mail.off ? [...new Set(mail.off)].sort() : before.mailsOff,
    mailsWanted: mail.wanted ? [...new Set(mail.wanted)].sort() : before.mailsWanted,
    taxMode,
    taxRegistrations: tax.registrations ? [...new Set(tax.registrations)].sort() : before.taxRegistrations,
    taxConnectionId: taxMode === 'provider' ? await calculatorOf(tx, org, tax, before) : null,
    withdrawalEnabled: withdrawal.enabled ?? before.withdrawalEnabled,
  }
  refuseTaxWithoutCountry(settings)
  await saveSettings(tx, org.id, settings, now)
  return settings
}

// Whether a sale crosses a border is not to be told without one end of it.
function refuseTaxWithoutCountry({ seller, taxRegistrations }: Settings): void {
  if (taxRegistrations.length === 0 || seller.address) return
  throw invalidField('address', 'Set the address of the seller: what tax is charged depends on its country.')
}

// What was chosen stays chosen, also when another connection becomes the default.
async function calculatorOf(
  tx: Tx,
  org: Org,
  { mode, connection }: NonNullable<SettingsChanges['tax']>,
  { taxConnectionId }: Settings,
): Promise<string | null> {
  const isAsked = connection !== undefined || (mode !== undefined && taxConnectionId === null)
  if (!isAsked) return taxConnectionId
  const chosen = chooseTaxConnection(await listConnections(tx, org.id), connection ?? null)
  if (chosen) return chosen.id
  throw new Problem(
    'provider_unsupported',
    connection
      ? `${connection} is no connection with a tax service: that has to be a Stripe account connected in ${org.mode} mode.`
      : `No payment provider with a tax service is connected in ${org.mode} mode. Connect a Stripe account that has Stripe Tax set up (halley providers add stripe), or choose automatic or none.`,
    { param: connection ? 'tax.connection' : 'tax.mode' },
  )
}
