import Stripe from 'stripe'
import { assertOutsideTransaction } from '#database/transaction.ts'
import type { BankInput, BankResult, PayoutOrder, PayoutResult, ProviderPayouts } from '#payments/provider.ts'
import { fromStripeAmount, toStripeAmount } from '#payments/providers/stripe/amounts.ts'
import { unreachable } from '#payments/providers/stripe/unreachable.ts'

/** Stripe's own default account for a currency: used where it does not show us the accounts that it pays to. */
const defaultDestination = 'default'

/**
 * Payouts of the Stripe account that the keys are of. The account and its bank accounts exist there already and are looked up;
 * what can be paid out is Stripe's balance. Automatic payouts have to be off, or nothing is left to ask for.
 */
export function stripePayouts(stripe: Stripe): ProviderPayouts {
  return {
    openAccount: () => asked(() => openAccount(stripe)),
    addBankAccount: (bank) => asked(() => knownBank(stripe, bank)),
    balance: (currency) =>
      asked(async () => {
        const { available, pending } = await stripe.balance.retrieve()
        return { available: sumOf(available, currency), pending: sumOf(pending, currency) }
      }),
    send: (order) => {
      assertOutsideTransaction()
      return asked(() => send(stripe, order))
    },
  }
}

async function openAccount(stripe: Stripe) {
  const { id, payouts_enabled: isEnabled, requirements } = await stripe.accounts.retrieveCurrent()
  const isRestricted = (requirements?.disabled_reason ?? null) !== null
  return {
    accountId: id,
    status: isEnabled
      ? ('verified' as const)
      : isRestricted
        ? ('restricted' as const)
        : ('pending_verification' as const),
  }
}

// Stripe adds bank accounts of one's own account in its dashboard only: the one meant is found by its last four characters.
async function knownBank(stripe: Stripe, { accountNumber }: BankInput): Promise<BankResult> {
  const { id, default_currency: currency } = await stripe.accounts.retrieveCurrent()
  const last4 = accountNumber.slice(-4)
  const banks = await banksOf(stripe, id)
  if (banks === undefined) return { ok: true, token: defaultDestination, bankName: null, currency: currency ?? 'usd' }
  const bank = banks.find((one) => one.last4 === last4)
  if (bank) return { ok: true, token: bank.id, bankName: bank.bank_name, currency: bank.currency }
  const message = `Stripe knows no bank account that ends in ${last4}. Add it in Stripe's dashboard, then ask again.`
  return { ok: false, message }
}

/** The bank accounts that Stripe pays to; undefined where the keys may not see them. */
async function banksOf(stripe: Stripe, accountId: string): Promise<Stripe.BankAccount[] | undefined> {
  try {
    const { data } = await stripe.accounts.listExternalAccounts(accountId, { object: 'bank_account', limit: 100 })
    return data.filter((one) => one.object === 'bank_account')
  } catch (error) {
    const isHidden =
      error instanceof Stripe.errors.StripePermissionError || error instanceof Stripe.errors.StripeInvalidRequestError
    if (isHidden) return undefined
    throw error
  }
}

const sumOf = (amounts: readonly { readonly amount: number; readonly currency: string }[], currency: string): bigint =>
  amounts.reduce((sum, one) => (one.currency === currency ? sum + fromStripeAmount(one.amount, currency) : sum), 0n)

// Looked for first: Stripe forgets keys after a day, and what it paid out never.
async function send(stripe: Stripe, order: PayoutOrder): Promise<PayoutResult> {
  if (order.reference !== null) return standingOf(await stripe.payouts.retrieve(order.reference))
  const known = await find(stripe, order)
  if (known) return standingOf(known)
  const { idempotencyKey, bankToken, amount, currency } = order
  const stripeAmount = toStripeAmount(amount, currency)
  if (stripeAmount === null)
    return refused({ code: 'amount_not_payable', message: 'Stripe cannot pay out this amount.' })
  try {
    const destination = bankToken === defaultDestination ? {} : { destination: bankToken }
    const params = { amount: stripeAmount, currency, ...destination, metadata: { payout: idempotencyKey } }
    return standingOf(await stripe.payouts.create(params, { idempotencyKey }))
  } catch (error) {
    const isRefusal =
      error instanceof Stripe.errors.StripeInvalidRequestError || error instanceof Stripe.errors.StripePermissionError
    if (isRefusal && !unreachable(error))
      return refused({ code: error.code ?? 'payout_refused', message: 'Stripe refused the payout.' })
    throw error
  }
}

async function find(stripe: Stripe, { idempotencyKey, askedAt }: PayoutOrder): Promise<Stripe.Payout | undefined> {
  // An hour for clocks that differ.
  const since = Math.floor(askedAt.epochMilliseconds / 1000) - 3600
  for await (const payout of stripe.payouts.list({ created: { gte: since }, limit: 100 }))
    if (payout.metadata?.payout === idempotencyKey) return payout
  return undefined
}

function standingOf({ id, status, failure_code: code }: Stripe.Payout): PayoutResult {
  if (status === 'paid') return { outcome: 'paid', reference: id }
  if (status === 'failed')
    return { ...refused({ code: code ?? 'payout_failed', message: 'The bank refused the payout.' }), reference: id }
  if (status === 'canceled')
    return { ...refused({ code: 'canceled', message: 'The payout was canceled in Stripe.' }), reference: id }
  return { outcome: 'in_transit', reference: id }
}

const refused = ({ code, message }: { readonly code: string; readonly message: string }) =>
  ({ outcome: 'failed', reference: null, code, message }) as const

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw unreachable(error) ?? error
  }
}
