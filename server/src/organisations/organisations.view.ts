import type * as z from 'zod'
import type { ApiKey, CreatedApiKey } from '#organisations/api-keys.contract.ts'
import type { SettingsObject } from '#organisations/settings.contract.ts'
import type { Settings } from '#organisations/settings.ts'
import type { TestClock } from '#organisations/test-clock.contract.ts'
import type { TestClockState } from '#organisations/test-clock.ts'

type StoredKey = Omit<z.output<typeof ApiKey>, 'object' | 'livemode'>
type MadeKey = Omit<z.output<typeof CreatedApiKey>, 'object' | 'livemode'>

export function toApiKey(key: StoredKey, livemode: boolean): z.output<typeof ApiKey> {
  const { id, name, prefix, expiresAt, lastUsedAt, createdAt } = key
  return { id, name, prefix, expiresAt, lastUsedAt, createdAt, object: 'api_key', livemode }
}

/** The one answer that holds the key itself. */
export function toCreatedApiKey(key: MadeKey, livemode: boolean): z.output<typeof CreatedApiKey> {
  const { id, name, apiKey, prefix, expiresAt, createdAt } = key
  return { id, name, apiKey, prefix, expiresAt, createdAt, object: 'api_key', livemode }
}

/** A sandbox's clock; there is no other. */
export function toTestClock({ simulatedTime, now }: TestClockState): z.output<typeof TestClock> {
  return { simulatedTime, isActive: simulatedTime !== null, now, object: 'test_clock', livemode: false }
}

export function toSettings(settings: Settings, livemode: boolean): z.output<typeof SettingsObject> {
  const {
    seller,
    notificationEmail,
    netDays,
    mailEnabled,
    mailDelivery,
    mailsOff,
    mailsWanted,
    taxMode,
    taxRegistrations,
  } = settings
  const { taxConnectionId: connection, withdrawalEnabled } = settings
  const mail = { enabled: mailEnabled, delivery: mailDelivery, off: [...mailsOff], wanted: [...mailsWanted] }
  const tax = { mode: taxMode, registrations: [...taxRegistrations], connection }
  const withdrawal = { enabled: withdrawalEnabled }
  return { ...seller, notificationEmail, netDays, mail, tax, withdrawal, object: 'settings', livemode }
}
