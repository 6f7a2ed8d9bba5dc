import { inTransaction, type Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { Context } from '#organisations/org.ts'
import { payoutProvider, reached } from '#payments/actions/payout-provider.ts'
import { settlePayout } from '#payments/actions/settle-payout.ts'
import { balanceOf, leastPayout, type MerchantBalance } from '#payments/payout.ts'
import {
  balanceFacts,
  findBankAccount,
  findDefaultBankAccount,
  findPayoutBegunBy,
  insertPayout,
  lockPayoutAccount,
  type Payout,
  type PayoutRequest,
  unsentPayouts,
} from '#payments/payouts.store.ts'
import { toPayoutEvent } from '#payments/payouts.view.ts'
import { type PayoutResult, type ProviderPayouts, ProviderUnreachable } from '#payments/provider.ts'
import type { PaymentServices } from '#payments/services.ts'
import { invalidField, Problem } from '#problem.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/**
 * Pays money out, or goes on with what the same request began (payments.md, Payouts). Staged like a charge; a lost answer is
 * asked for by the sweep. 422 below 1000 and without a bank account, 402 insufficient_balance above what is available.
 */
export async function requestPayout(
  services: PaymentServices,
  context: Context,
  input: { readonly amount: bigint; readonly description?: string | undefined },
): Promise<Payout> {
  const { payouts } = await payoutProvider(services, context.org)
  const request = { key: context.idempotency, at: services.machineNow() }
  const bank = await findDefaultBankAccount(services.db, context.org.id)
  const ask = payouts.balance
  const told = bank && ask ? await reached(() => ask(bank.currency)) : undefined
  const payout = await inTransaction(services.db, (tx) => begin(tx, context, input, request, told))
  if (payout.status !== 'pending') return payout
  await services.crashPoint?.('payout.recorded')
  const result = await send(services, payouts, payout)
  if (result === 'unknown') return payout
  await services.crashPoint?.('payout.sent')
  return inTransaction(services.db, (tx) => settlePayout(tx, context, payout, result))
}

async function begin(
  tx: Tx,
  context: Context,
  input: { readonly amount: bigint; readonly description?: string | undefined },
  request: PayoutRequest,
  told: MerchantBalance | undefined,
): Promise<Payout> {
  const { org, now } = context
  const begun = await findPayoutBegunBy(tx, org.id, request)
  if (begun) return begun
  const { amount } = input
  if (amount < leastPayout) throw invalidField('amount', `Must be at least ${leastPayout} minor units.`)
  // Two that ask at once come one after the other: the second finds what the first has left.
  const account = await lockPayoutAccount(tx, org.id)
  const bank = await findDefaultBankAccount(tx, org.id)
  if (account?.status !== 'verified' || !bank)
    throw invalidField('amount', 'Nothing can be paid out yet. Complete the verification with a bank account first.')
  const { currency } = bank
  const { available, pending } = told
    ? { ...told, available: told.available - (await unsentPayouts(tx, org.id, currency)) }
    : balanceOf(await balanceFacts(tx, org.id, currency, now))
  if (amount > available) {
    throw new Problem(
      'insufficient_balance',
      `${available} minor units are available, ${pending} more are on their way.`,
      {
        details: { available: Number(available), pending: Number(pending) },
      },
    )
  }
  const description = input.description ?? null
  const fresh = {
    orgId: org.id,
    id: newId('po'),
    bankAccountId: bank.id,
    amount,
    currency,
    description,
    createdAt: now,
  }
  const payout = await insertPayout(tx, fresh, request)
  const createdAt = now.toString({ smallestUnit: 'millisecond' })
  await recordEvent(tx, context, 'payout.created', null, { ...toPayoutEvent(payout, bank), createdAt })
  return payout
}

/** Asks the provider for a committed payout: the same request each time. `unknown` when its answer was lost. */
export async function send(
  { db }: Pick<PaymentServices, 'db'>,
  payouts: ProviderPayouts,
  { orgId, id, bankAccountId, amount, currency, providerReference: reference, requestedAt: askedAt }: Payout,
): Promise<PayoutResult | 'unknown'> {
  const bank = await findBankAccount(db, orgId, bankAccountId)
  if (!bank) throw new Error(`${id} has a bank account`)
  try {
    return await payouts.send({
      idempotencyKey: id,
      bankToken: bank.providerToken,
      amount,
      currency,
      reference,
      askedAt,
    })
  } catch (error) {
    if (error instanceof ProviderUnreachable) return 'unknown'
    throw error
  }
}
