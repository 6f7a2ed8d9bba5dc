import type * as z from 'zod'
import type {
  PayoutBankAccount as ApiBankAccount,
  Payout as ApiPayout,
  PayoutVerification,
} from '#payments/payouts.contract.ts'
import type { BankAccount, Payout, PayoutAccount } from '#payments/payouts.store.ts'
import type { EventData } from '#webhooks/outbox.ts'

export function toApiPayout(payout: Payout, livemode: boolean): z.output<typeof ApiPayout> {
  const { id, status, amount, fee, currency, description, createdAt } = payout
  return {
    id,
    status,
    amount,
    fee,
    netAmount: amount - fee,
    currency,
    description,
    providerTransferId: payout.providerReference ?? '',
    createdAt,
    object: 'payout',
    livemode,
  }
}

/** A bank account as the API shows it: of its number only the last characters. */
export function toApiBankAccount(account: BankAccount, livemode: boolean): z.output<typeof ApiBankAccount> {
  const { id, holderName, last4, bankName, country, currency, accountType, isDefault, status, createdAt } = account
  const shown = { holderName, last4, bankName, country, currency, accountType, isDefault, status, createdAt }
  return { id, providerExternalAccountId: account.providerToken, ...shown, object: 'payout_bank_account', livemode }
}

export function toApiVerification(
  { providerAccountId, status, businessType, country }: PayoutAccount,
  isNew: boolean,
  livemode: boolean,
): z.output<typeof PayoutVerification> {
  return {
    providerAccountId,
    status,
    transfersEnabled: status === 'verified',
    alreadyExists: !isNew,
    businessType,
    country,
    object: 'payout_account',
    livemode,
  }
}

/** What every event of a payout tells. */
export function toPayoutEvent({ id, amount, fee, currency, status }: Payout, bank: BankAccount): EventData {
  return {
    payoutId: id,
    amount: Number(amount),
    fee: Number(fee),
    netAmount: Number(amount - fee),
    currency,
    status,
    destinationBank: { bankName: bank.bankName, last4: bank.last4 },
  }
}
