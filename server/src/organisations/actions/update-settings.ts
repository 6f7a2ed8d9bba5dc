import type { Tx } from '#database/transaction.ts'
import type { MailDelivery, MailKind } from '#mail/mail.ts'
import type { Org } from '#organisations/org.ts'
import type { Seller } from '#organisations/seller.ts'
import { findSettings, saveSettings } from '#organisations/settings.store.ts'
import type { Settings } from '#organisations/settings.ts'
import { moveVersion } from '#organisations/sides.store.ts'
import type { TaxMode } from '#organisations/tax-settings.ts'
import { invalidField, Problem } from '#problem.ts'

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
  readonly tax?:
    | { readonly mode?: TaxMode | undefined; readonly registrations?: readonly string[] | undefined }
    | undefined
}

/** Changes the settings of a side. Invoices that are final keep the seller they have copied. */
export async function updateSettings(
  tx: Tx,
  org: Org,
  { mail = {}, tax = {}, notificationEmail, ...seller }: SettingsChanges,
  now: Temporal.Instant,
): Promise<Settings> {
  refuseProviderTax(tax.mode)
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
    taxMode: tax.mode ?? before.taxMode,
    taxRegistrations: tax.registrations ? [...new Set(tax.registrations)].sort() : before.taxRegistrations,
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

// The port has no tax service yet: the simulated processor, the only one there is, calculates none.
function refuseProviderTax(mode: TaxMode | undefined): void {
  if (mode !== 'provider') return
  throw new Problem(
    'provider_unsupported',
    'The connected payment provider has no tax service. Choose automatic or none.',
    {
      param: 'tax.mode',
    },
  )
}
