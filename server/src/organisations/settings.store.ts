import type { Db, Tx } from '#database/transaction.ts'
import type { MailKind, WantedMailKind } from '#mail/mail.ts'
import { type Seller, unknownSeller } from '#organisations/seller.ts'
import { type Settings, usualSettings } from '#organisations/settings.ts'

/** What was set for a side; the usual where nothing was. */
export async function findSettings(db: Db, orgId: string): Promise<Settings> {
  const row = await db.selectFrom('side_settings').selectAll().where('org_id', '=', orgId).executeTakeFirst()
  if (!row) return usualSettings
  return {
    seller: { ...unknownSeller, ...(row.seller as Partial<Seller> | null) },
    notificationEmail: row.notification_email,
    netDays: row.net_days,
    mailEnabled: row.mail_enabled,
    mailDelivery: row.mail_delivery,
    mailsOff: row.mails_off as MailKind[],
    mailsWanted: row.mails_wanted as WantedMailKind[],
    taxMode: row.tax_mode,
    taxRegistrations: row.tax_registrations,
    taxConnectionId: row.tax_connection_id,
    withdrawalEnabled: row.withdrawal_enabled,
  }
}

/** The sides whose tax a payment provider calculates, and by which connection. */
export async function listTaxCalculators(db: Db): Promise<{ readonly orgId: string; readonly connectionId: string }[]> {
  const rows = await db
    .selectFrom('side_settings')
    .select(['org_id', 'tax_connection_id'])
    .where('tax_mode', '=', 'provider')
    .orderBy('org_id')
    .execute()
  return rows.flatMap(({ org_id: orgId, tax_connection_id: connectionId }) =>
    connectionId === null ? [] : [{ orgId, connectionId }],
  )
}

/** Writes all settings of a side. */
export async function saveSettings(tx: Tx, orgId: string, settings: Settings, now: Temporal.Instant): Promise<void> {
  const row = {
    seller: JSON.stringify(settings.seller),
    notification_email: settings.notificationEmail,
    net_days: settings.netDays,
    mail_enabled: settings.mailEnabled,
    mail_delivery: settings.mailDelivery,
    mails_off: [...settings.mailsOff],
    mails_wanted: [...settings.mailsWanted],
    tax_mode: settings.taxMode,
    tax_registrations: [...settings.taxRegistrations],
    tax_connection_id: settings.taxConnectionId,
    withdrawal_enabled: settings.withdrawalEnabled,
    updated_at: now,
  }
  await tx
    .insertInto('side_settings')
    .values({ org_id: orgId, ...row })
    .onConflict((conflict) => conflict.column('org_id').doUpdateSet(row))
    .execute()
}
