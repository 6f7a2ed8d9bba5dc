import assert from 'node:assert/strict'
import type { Mode } from '#organisations/org.ts'

/** The first characters of a key, shown so that a person can tell keys apart. */
export const displayPrefixLength = 12
export const defaultExpiryDays = 365
export const longestExpiryDays = 365

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** 43 base62 characters hold 256 bits. */
const secretLength = 43

/** 43 letters and digits from random bytes; bytes that would favour some characters are skipped, so give twice as many. */
export function base62(random: Uint8Array): string {
  const letters = [...random].filter((byte) => byte < 4 * alphabet.length).slice(0, secretLength)
  assert.equal(letters.length, secretLength, 'not enough random bytes for a secret')
  return letters.map((byte) => alphabet.charAt(byte % alphabet.length)).join('')
}

/** The text of a key around its secret. */
export function keyText(mode: Mode, secret: string): string {
  return `${beginnings[mode]}${secret}`
}

const beginnings = { live: 'ck_live_', sandbox: 'ck_test_' } as const satisfies Record<Mode, string>
const secretForm = /^[0-9A-Za-z]{32,200}$/

/** What is wrong with a text as a key of a side, as a sentence that does not repeat it; undefined when nothing is. */
export function keyProblem(mode: Mode, key: string): string | undefined {
  const beginning = beginnings[mode]
  if (!key.startsWith(beginning)) return `A ${mode} key begins with ${beginning}.`
  if (!secretForm.test(key.slice(beginning.length)))
    return `${beginning} must be followed by 32 to 200 letters or digits.`
  return undefined
}

/** When a key that is made now ends: days of 24 hours, in real time. */
export function keyExpiry(now: Temporal.Instant, days: number): Temporal.Instant {
  return now.add({ hours: 24 * days })
}
