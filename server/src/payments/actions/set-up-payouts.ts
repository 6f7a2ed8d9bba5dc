import { inTransaction } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { Context } from '#organisations/org.ts'
import { lockOrganisation } from '#organisations/organisations.store.ts'
import { payoutProvider, reached } from '#payments/actions/payout-provider.ts'
import type { BankAccountType, BusinessType } from '#payments/payout.ts'
import {
  type BankAccount,
  findDefaultBankAccount,
  findPayoutAccount,
  insertBankAccount,
  insertPayoutAccount,
  type PayoutAccount,
  updatePayoutAccount,
} from '#payments/payouts.store.ts'
import type { PaymentServices } from '#payments/services.ts'
import { invalidField } from '#problem.ts'

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
  { country = 'US', field = 'accountNumber' }: { readonly country?: string; readonly field?: string } = {},
): Promise<BankAccount> {
  const { org, now } = context
  const { payouts } = await payoutProvider(services, org)
  const { accountNumber, accountHolderName } = details
  const added = await reached(() => payouts.addBankAccount({ accountNumber, accountHolderName, country }))
  if (!added.ok) throw invalidField(field, added.message)
  return inTransaction(services.db, async (tx) => {
    // Two at once come one after the other: one of them is the default.
    await lockOrganisation(tx, org.organisationId)
    const isFirst = (await findDefaultBankAccount(tx, org.id)) === undefined
    return insertBankAccount(tx, {
      orgId: org.id,
      id: newId('pba'),
      providerToken: added.token,
      holderName: accountHolderName,
      last4: accountNumber.slice(-4),
      bankName: added.bankName,
      country,
      currency: added.currency,
      accountType: details.accountType ?? null,
      isDefault: isFirst || details.setDefault === true,
      status: 'active',
      createdAt: now,
    })
  })
}

/**
 * Opens the account that pays out, with its first bank account. Asked again, the existing one comes back unchanged, but for what
 * its provider says of one that was not verified yet. 422 for a bank account that the provider does not take.
 */
export async function completeVerification(
  services: PaymentServices,
  context: Context,
  details: VerificationDetails,
): Promise<{ readonly account: PayoutAccount; readonly isNew: boolean }> {
  const { org, now } = context
  const { provider, connectionId, payouts } = await payoutProvider(services, org)
  const existing = await findPayoutAccount(services.db, org.id)
  const hasBank = existing && (await findDefaultBankAccount(services.db, org.id)) !== undefined
  if (existing?.status === 'verified' && hasBank) return { account: existing, isNew: false }
  const { accountId, status } = await reached(() => payouts.openAccount(org.id))
  const country = (details.company ?? details.individual)?.address.country ?? 'US'
  // The bank account first: one that is refused leaves nothing behind.
  if (!hasBank)
    await addBankAccount(
      services,
      context,
      { ...details.bank, setDefault: true },
      { country, field: 'bank.accountNumber' },
    )
  if (existing)
    return {
      account: await inTransaction(services.db, (tx) => updatePayoutAccount(tx, org.id, { status, updatedAt: now })),
      isNew: false,
    }
  return inTransaction(services.db, (tx) =>
    insertPayoutAccount(tx, {
      orgId: org.id,
      provider,
      connectionId,
      providerAccountId: accountId,
      status,
      businessType: details.businessType,
      country,
      toldUntil: now,
      createdAt: now,
      updatedAt: now,
    }),
  )
}
