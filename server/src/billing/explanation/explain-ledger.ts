import { amountStep, type Computed, exchangeStep, notKept } from '#billing/explanation/explained-line.ts'
import type { OverdraftFacts, PurchaseFacts } from '#billing/explanation/facts.ts'
import { countInput, exchangeInput, type LineInput, minorInput, rateInput } from '#billing/explanation/inputs.ts'
import { type Currency, currency } from '#money/currency.ts'
import { formatMinor, formatRate } from '#money/format.ts'
import { minorPerMajor, type Rate, rateScale } from '#money/rate.ts'

const usd = currency('usd')

/** Movements in the words of an invoice. */
const words: Readonly<Record<string, string>> = {
  grant: 'granted',
  reset: 'reset to what is included',
  consumption: 'used',
  top_up: 'topped up',
  adjustment: 'adjusted',
  expiry: 'expired',
  purchase: 'bought',
  cancellation: 'given up',
}

const fromLedger = { source: 'ledger_entry' } as const

/** An overdraft: every movement of the balance since its last refill, added up. */
export function explainOverdraft({ run, atDecision }: OverdraftFacts, c: Currency): Computed {
  if (atDecision !== undefined) {
    const [step, recomputed] = shortStep(atDecision, c)
    const inputs = [rateInput('short when the change was decided', atDecision, c, { source: 'plan_change' })]
    return { rule: 'balance_overdraft', inputs, steps: [step], recomputed }
  }
  if (!run) return notKept('balance_overdraft', [], 'no entry of the ledger bills this window')
  const inputs: LineInput[] = [rateInput('balance before', run.before, c, fromLedger)]
  const steps: string[] = []
  let held: Rate = run.before
  for (const { kind, count, sum } of run.movements) {
    const word = words[kind] ?? kind
    inputs.push(rateInput(word, sum, c, fromLedger), countInput(`${word}: entries`, count, fromLedger))
    const [sign, size] = sum < 0n ? ['−', -sum] : ['+', sum]
    steps.push(
      `${formatRate(held, c)} ${sign} ${formatRate(size, c)} ${word} in ${count} ${count === 1n ? 'entry' : 'entries'} = ${formatRate(held + sum, c)}`,
    )
    held += sum
  }
  const short = held < 0n ? -held : 0n
  const [last, amount] = shortStep(short, c)
  return { rule: 'balance_overdraft', inputs, steps: [...steps, last], recomputed: amount }
}

function shortStep(short: Rate, c: Currency): readonly [string, bigint] {
  const exact = { numerator: short * minorPerMajor(c), denominator: rateScale }
  return amountStep(`${formatRate(short, c)} short`, exact, c)
}

/** Credits or a top-up that were bought; null where the invoice sold something else. */
export function explainPurchase({ purchase }: PurchaseFacts, c: Currency): Computed | null {
  const about = { source: 'ledger_purchase' } as const
  if (!purchase) return null
  if (purchase.kind === 'balance') {
    const exact = { numerator: purchase.added * minorPerMajor(c), denominator: rateScale }
    const [step, amount] = amountStep(`${formatRate(purchase.added, c)} added to the balance`, exact, c)
    return {
      rule: 'balance_topup',
      inputs: [rateInput('added', purchase.added, c, about)],
      steps: [step],
      recomputed: amount,
    }
  }
  const credits = countInput('credits', purchase.credits, about)
  if (purchase.price === null) return notKept('credit_pack', [credits], 'its price then is not kept')
  if (purchase.rate !== null) {
    const dollars = minorInput('price in US dollars', purchase.price, usd, about)
    const [step, recomputed] = exchangeStep(purchase.price, purchase.rate, c)
    const inputs = [credits, dollars, exchangeInput(purchase.rate, about)]
    return { rule: 'credit_pack', inputs, steps: [`1 × ${purchase.name}, ${credits.text} credits`, step], recomputed }
  }
  if (c !== 'usd') return notKept('credit_pack', [credits], 'how its price became this currency is not kept')
  const text = formatMinor(purchase.price, c)
  return {
    rule: 'credit_pack',
    inputs: [credits, minorInput('price', purchase.price, c, about)],
    steps: [`1 × ${purchase.name}, ${credits.text} credits = ${text}`],
    recomputed: purchase.price,
  }
}
