import type { Mode } from '#organisations/org.ts'
import type { ProviderName } from '#payments/provider.ts'

export type StripeCredentials = {
  readonly secretKey: string
  readonly publishableKey: string
  /** Of the endpoint at Stripe that notifies this server; null until there is one. */
  readonly webhookSecret: string | null
}
export type DlocalCredentials = {
  readonly login: string
  readonly transKey: string
  readonly secretKey: string
}

/** What is sealed of a connection. */
export type Credentials =
  | ({ readonly provider: 'stripe' } & StripeCredentials)
  | ({ readonly provider: 'dlocal' } & DlocalCredentials)

export type CheckedCredentials =
  | { readonly ok: true; readonly credentials: Credentials | null }
  | { readonly ok: false; readonly problems: readonly { readonly field: string; readonly message: string }[] }

type Field = { readonly name: string; readonly form: RegExp; readonly says: string; readonly isOptional?: true }

const secretText = /^[\x21-\x7e]{4,255}$/

// Stripe writes the mode into its keys, so that a wrong one never gets as far as a charge. dLocal has a host per mode
// instead: a key of the other mode is unknown there.
function fieldsOf(provider: Exclude<ProviderName, 'commet'>, mode: Mode): readonly Field[] {
  if (provider === 'dlocal') {
    const says = 'must be as dLocal shows it: 4 characters or more, none of them a space.'
    return ['login', 'transKey', 'secretKey'].map((name) => ({ name, form: secretText, says }))
  }
  const side = mode === 'live' ? 'live' : 'test'
  const says = (what: string) => `must be a ${side} key of Stripe, beginning with ${what}${side}_.`
  return [
    { name: 'secretKey', form: new RegExp(`^(sk|rk)_${side}_[A-Za-z0-9_]{8,240}$`), says: says('sk_') },
    { name: 'publishableKey', form: new RegExp(`^pk_${side}_[A-Za-z0-9_]{8,240}$`), says: says('pk_') },
    {
      name: 'webhookSecret',
      form: /^whsec_[A-Za-z0-9+/=_-]{8,240}$/,
      says: 'must begin with whsec_.',
      isOptional: true,
    },
  ]
}

/** Reads the credentials of a new connection: nothing missing, and of this mode. Messages never repeat a value. */
export function checkCredentials(
  provider: ProviderName,
  mode: Mode,
  given: Readonly<Record<string, unknown>>,
): CheckedCredentials {
  const fields = provider === 'commet' ? [] : fieldsOf(provider, mode)
  const problems = foreignKeys(provider, fields, given)
  const values: Record<string, string | null> = {}
  for (const { name, form, says, isOptional } of fields) {
    const value = given[name]
    if (isOptional && isBlank(value)) values[name] = null
    else if (typeof value === 'string' && form.test(value.trim())) values[name] = value.trim()
    else problems.push({ field: name, message: isBlank(value) ? `${name} is missing.` : `${name} ${says}` })
  }
  if (problems.length > 0) return { ok: false, problems }
  return { ok: true, credentials: provider === 'commet' ? null : ({ provider, ...values } as Credentials) }
}

const isBlank = (value: unknown): boolean => value === undefined || value === null || value === ''

// A key that is nobody's is a mistake that would go unnoticed until money is to move.
function foreignKeys(provider: ProviderName, fields: readonly Field[], given: Readonly<Record<string, unknown>>) {
  const known = fields.map(({ name }) => name)
  const foreign = Object.keys(given).filter((name) => name !== 'provider' && !known.includes(name))
  return foreign.map((name) => ({
    field: name,
    message:
      known.length === 0
        ? `${name}: the built-in processor has no keys.`
        : `${name} is not a key of ${provider}, which has ${known.join(', ')}.`,
  }))
}

/** What pages may show of a connection. */
export function publicSettings(credentials: Credentials | null): { readonly publishableKey?: string } {
  return credentials?.provider === 'stripe' ? { publishableKey: credentials.publishableKey } : {}
}
