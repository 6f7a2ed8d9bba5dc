import assert from 'node:assert/strict'
import { machineNow } from '#time/clock.ts'

/** A public id. The prefix in its type keeps ids of different things apart. */
export type Id<Prefix extends string> = `${Prefix}_${string}`

/** Every kind of public id and its prefix. */
export const idPrefixes = {
  organisation: 'org',
  apiKey: 'key',
  customer: 'cus',
  address: 'addr',
  feature: 'ftr',
  plan: 'pln',
  price: 'prc',
  planGroup: 'pgr',
  addon: 'adn',
  creditPack: 'cpk',
  promoCode: 'pro',
  subscription: 'sub',
  usageEvent: 'evt',
  usageEventProperty: 'evp',
  usageReservation: 'rsv',
  seatEvent: 'sev',
  quotaEvent: 'qev',
  invoice: 'inv',
  transaction: 'txn',
  refund: 're',
  dispute: 'dp',
  payment: 'pay',
  paymentMethod: 'pm',
  checkout: 'cko',
  portalSession: 'pse',
  emailChange: 'emc',
  payout: 'po',
  payoutBankAccount: 'pba',
  webhook: 'whk',
  webhookEvent: 'whev',
  webhookDelivery: 'whd',
  webhookReplay: 'whr',
  carriedLine: 'car',
  customerCredit: 'ccr',
  planChange: 'chg',
  mail: 'eml',
  paymentConnection: 'con',
  request: 'req',
} as const

export type IdPrefix = (typeof idPrefixes)[keyof typeof idPrefixes]

export type OrganisationId = Id<'org'>
export type ApiKeyId = Id<'key'>
export type CustomerId = Id<'cus'>
export type AddressId = Id<'addr'>
export type FeatureId = Id<'ftr'>
export type PlanId = Id<'pln'>
export type PriceId = Id<'prc'>
export type PlanGroupId = Id<'pgr'>
export type AddonId = Id<'adn'>
export type CreditPackId = Id<'cpk'>
export type PromoCodeId = Id<'pro'>
export type SubscriptionId = Id<'sub'>
export type UsageEventId = Id<'evt'>
export type UsageReservationId = Id<'rsv'>
export type SeatEventId = Id<'sev'>
export type QuotaEventId = Id<'qev'>
export type InvoiceId = Id<'inv'>
export type TransactionId = Id<'txn'>
export type PaymentId = Id<'pay'>
export type PaymentMethodId = Id<'pm'>
export type CheckoutId = Id<'cko'>
export type PayoutId = Id<'po'>
export type PayoutBankAccountId = Id<'pba'>
export type WebhookId = Id<'whk'>
export type WebhookEventId = Id<'whev'>
export type WebhookDeliveryId = Id<'whd'>
export type PaymentConnectionId = Id<'con'>
export type RequestId = Id<'req'>

/** Where the content of new ids comes from: 128 bits that sort by the moment they were taken. */
export type IdSource = () => bigint

/**
 * UUIDv7 values that only ever rise, also within a millisecond and when the clock steps back: the random part is then
 * raised by a random step instead of drawn anew. `nowMs` gives milliseconds since 1970, `random` 64 random bits.
 */
export function risingIds(nowMs: () => number, random: () => bigint): IdSource {
  let lastMs = -1n
  let counter = 0n
  return () => {
    const ms = BigInt(nowMs())
    if (ms > lastMs) {
      lastMs = ms
      counter = firstCounter(random)
    } else {
      counter += 1n + (random() & stepMask)
    }
    return uuidOf(lastMs, counter)
  }
}

// The 74 bits of a UUIDv7 that are free: 12 before the variant, 62 after it.
const counterBits = 74n
const lowerBits = 62n
const lowerMask = (1n << lowerBits) - 1n
// Steps of up to 2^32 keep the next id from being guessed.
const stepMask = (1n << 32n) - 1n

// Starts in the lower half: the half above it has room for 2^41 of the largest steps.
function firstCounter(random: () => bigint): bigint {
  return ((random() << 9n) | (random() & 0x1ffn)) & ((1n << (counterBits - 1n)) - 1n)
}

function uuidOf(ms: bigint, counter: bigint): bigint {
  const version = 0x7n
  const variant = 0b10n
  return (
    (((((ms << 4n) | version) << 12n) | (counter >> lowerBits)) << 64n) | (variant << lowerBits) | (counter & lowerMask)
  )
}

const textLength = 26
// Crockford's digits differ from JavaScript's base 32 from 18 on: i, l, o and u are left out.
const crockfordDigits: Readonly<Record<string, string>> = Object.fromEntries(
  [...'ijklmnopqrstuv'].map((digit, index) => [digit, 'jkmnpqrstvwxyz'.charAt(index)]),
)
const idText = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/

/** 128 bits as 26 characters of Crockford's base 32 in lower case; the texts sort as the numbers do. */
export function idTextOf(bits: bigint): string {
  return bits
    .toString(32)
    .padStart(textLength, '0')
    .replace(/[i-v]/g, (digit) => crockfordDigits[digit] ?? digit)
}

const nextId = risingIds(() => machineNow().epochMilliseconds, pooledRandom(512))

/** Random 64-bit numbers, asked of the machine `size` at a time: one by one they would cost more than the id. */
function pooledRandom(size: number): () => bigint {
  const pool = new BigUint64Array(size)
  let used = size
  return () => {
    if (used === size) {
      crypto.getRandomValues(pool)
      used = 0
    }
    const number = pool[used++]
    assert(number !== undefined)
    return number
  }
}

/** A new id, later than every id this process made before. */
export function newId<Prefix extends IdPrefix>(prefix: Prefix): Id<Prefix> {
  return `${prefix}_${idTextOf(nextId())}`
}

/** Whether a text is an id of this kind, as {@link newId} writes them. */
export function isId<Prefix extends IdPrefix>(prefix: Prefix, text: string): text is Id<Prefix> {
  return text.startsWith(`${prefix}_`) && idText.test(text.slice(prefix.length + 1))
}
