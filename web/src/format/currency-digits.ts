const zeroDigits = 'bif clp djf gnf isk jpy kmf krw pyg rwf ugx uyi vnd vuv xaf xof xpf'.split(' ')
const threeDigits = 'bhd iqd jod kwd lyd omr tnd'.split(' ')

/** Digits after the point in ISO 4217. `Intl` rounds several currencies differently, so it is not asked. */
export function currencyDigits(currency: string): 0 | 2 | 3 {
  const code = currency.toLowerCase()
  if (zeroDigits.includes(code)) return 0
  return threeDigits.includes(code) ? 3 : 2
}
