import { createHash } from 'node:crypto'
import type { Db } from '#database/transaction.ts'
import type { PayoutResult, ProviderPayouts } from '#payments/provider.ts'
import { type BookedPayout, bookPayout, insertBankAccount } from '#payments/providers/simulated/payout-books.store.ts'

/** How long a payout is on its way to the bank. */
const transitHours = 24

/** Account numbers whose payouts fail, with the reason; every other one is paid. */
const failing: Readonly<Record<string, string>> = {
  '000111111113': 'account_closed',
  '000111111116': 'no_account',
}
const failureMessages: Readonly<Record<string, string>> = {
  account_closed: 'The bank account was closed.',
  no_account: 'There is no such bank account.',
}

/** Payouts of the simulated processor: a day on their way, then paid or refused by the bank. No money moves. */
export function simulatedPayouts(db: Db, machineNow: () => Temporal.Instant): ProviderPayouts {
  return {
    openAccount: async (key) => ({
      accountId: `sim_acct_${createHash('sha256').update(key).digest('hex').slice(0, 24)}`,
      status: 'verified',
    }),
    async addBankAccount({ accountNumber }) {
      const token = newReference('ba')
      const failureCode = failing[accountNumber] ?? null
      await insertBankAccount(db, { token, last4: accountNumber.slice(-4), failureCode }, machineNow())
      return { ok: true, token, bankName: 'Test bank', currency: 'usd' }
    },
    async send({ idempotencyKey, bankToken, amount, currency }) {
      const order = { id: newReference('po'), idempotencyKey, bankToken, amount, currency }
      const booked = await bookPayout(db, order, machineNow())
      if (booked.amount !== amount || booked.currency !== currency)
        throw new Error(`The key ${idempotencyKey} was used before for another payout.`)
      return standingOf(booked, machineNow())
    },
  }
}

function standingOf({ id, failureCode, createdAt }: BookedPayout, now: Temporal.Instant): PayoutResult {
  if (Temporal.Instant.compare(now, createdAt.add({ hours: transitHours })) < 0)
    return { outcome: 'in_transit', reference: id }
  if (failureCode === null) return { outcome: 'paid', reference: id }
  const message = failureMessages[failureCode] ?? 'The bank refused the payout.'
  return { outcome: 'failed', reference: id, code: failureCode, message }
}

function newReference(kind: 'ba' | 'po'): string {
  return `sim_${kind}_${crypto.randomUUID().replaceAll('-', '')}`
}
