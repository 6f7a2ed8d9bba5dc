import { inTransaction, type Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { Context } from '#organisations/org.ts'
import { payoutProvider } from '#payments/actions/payout-provider.ts'
import type { BankAccountType, BusinessType } from '#payments/payout.ts'
import {
  type BankAccount,
  findDefaultBankAccount,
  insertBankAccount,
  insertPayoutAccount,
  lockPayoutAccount,
  type PayoutAccount,
} from '#payments/payouts.store.ts'
import { ProviderUnreachable } from '#payments/provider.ts'
import type { PaymentServices } from '#payments/services.ts'
import { Problem } from '#problem.ts'

export type BankDetails = {
  readonly accountNumber: string
  readonly accountHolderName: string
  readonly accountType?: BankAccountType | undefined
  readonly setDefault?: boolean | undefined
}

export type VerificationDetails = {
  readonly businessType: BusinessType
  readonly bank: BankDetails
  readonly individual?: { readonly address: { readonly country: string } } | undefined
  readonly company?: { readonly address: { readonly country: string } } | undefined
}

/** Adds a bank account at the provider; the first one becomes the default. Of its number the last four characters are kept. */
export async function addBankAccount(
  services: PaymentServices,
  context: Context,
  details: BankDetails,
  country = 'US',
): Promise<BankAccount> {
  const { org, now } = context
  const { payouts } = await payoutProvider(services, org)
  const { accountNumber, accountHolderName } = details
  const added = await reached(() => payouts.addBankAccount({ accountNumber, accountHolderName, country }))
  return inTransaction(services.db, async (tx) => {
    const isFirst = (await findDefaultBankAccount(tx, org.id)) === undefined
    return insertBankAccount(tx, {
      orgId: org.id,
      id: newId('pba'),
      providerToken: added.token,
      holderName: accountHolderName,
      last4: accountNumber.slice(-4),
      bankName: added.bankName,
      country,
      currency: 'usd',
      accountType: details.accountType ?? null,
      isDefault: isFirst || details.setDefault === true,
      status: 'active',
      createdAt: now,
    })
  })
}

/** Opens the account that pays out, with its first bank account. Asked again, the existing one comes back unchanged. */
export async function completeVerification(
  services: PaymentServices,
  context: Context,
  details: VerificationDetails,
): Promise<{ readonly account: PayoutAccount; readonly isNew: boolean }> {
  const { org, now } = context
  const { name, payouts } = await payoutProvider(services, org)
  const existing = await inTransaction(services.db, (tx: Tx) => lockPayoutAccount(tx, org.id))
  if (existing) return { account: existing, isNew: false }
  const { accountId } = await reached(() => payouts.openAccount(org.id))
  const country = (details.company ?? details.individual)?.address.country ?? 'US'
  const opened = await inTransaction(services.db, (tx) =>
    insertPayoutAccount(tx, {
      orgId: org.id,
      provider: name,
      providerAccountId: accountId,
      status: 'verified',
      businessType: details.businessType,
      country,
      toldUntil: now,
      createdAt: now,
      updatedAt: now,
    }),
  )
  if (opened.isNew) await addBankAccount(services, context, { ...details.bank, setDefault: true }, country)
  return opened
}

async function reached<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof ProviderUnreachable)) throw error
    throw new Problem('provider_unsupported', 'The payment provider does not answer. Try again in a minute.')
  }
}
