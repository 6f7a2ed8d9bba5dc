import { currency, minorDigits } from '#money/currency.ts'

// Stripe's minor units are ISO 4217's but for these (docs.stripe.com/currencies): krónur and shillings are counted in
// hundredths there, and ariary whole.
const digitsAtStripe: Readonly<Record<string, number>> = { isk: 2, ugx: 2, mga: 0 }

function scaleOf(code: string): { readonly up: bigint; readonly down: bigint } {
  const ours = minorDigits(currency(code))
  const theirs = digitsAtStripe[code] ?? ours
  return { up: 10n ** BigInt(Math.max(0, theirs - ours)), down: 10n ** BigInt(Math.max(0, ours - theirs)) }
}

/** An amount in minor units as Stripe counts them; null where it cannot be said in Stripe's. */
export function toStripeAmount(amount: bigint, code: string): number | null {
  const { up, down } = scaleOf(code)
  return amount % down === 0n ? Number((amount * up) / down) : null
}

/** An amount of Stripe's in minor units of ours. */
export function fromStripeAmount(amount: number, code: string): bigint {
  const { up, down } = scaleOf(code)
  return (BigInt(amount) * down) / up
}
