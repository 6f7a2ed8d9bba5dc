import * as z from 'zod'
import { amount, currencyCode, description, livemode, time, webAddress } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'
import {
  accountStatuses,
  bankAccountStatuses,
  bankAccountTypes,
  businessTypes,
  payoutStatuses,
} from '#payments/payout.ts'

const text = z
  .string()
  .trim()
  .min(1, { error: 'Must not be empty.' })
  .max(200, { error: 'Must be at most 200 characters.' })
const accountNumber = z
  .string()
  .trim()
  .regex(/^[0-9A-Za-z]{4,34}$/, { error: 'Must be an account number: 4 to 34 letters and digits.' })
const country = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^[A-Z]{2}$/, { error: 'Must be a country code such as US.' })

const bank = {
  accountNumber: accountNumber.meta({ description: 'Goes to the provider; only its last four characters are kept.' }),
  accountHolderName: text,
  routingNumber: z.string().trim().max(50).optional(),
  accountType: z.enum(bankAccountTypes).optional(),
}
const address = z.object({
  line1: text,
  line2: z.string().trim().max(200).optional(),
  city: text,
  state: z.string().trim().max(100).optional(),
  postalCode: z.string().trim().max(20),
  country,
})

export const Payout = z
  .object({
    id: z.string().meta({ description: 'Public id, starts with `po_`.' }),
    status: z.enum(payoutStatuses),
    amount,
    fee: amount,
    netAmount: amount,
    currency: currencyCode,
    description: z.string().nullable(),
    providerTransferId: z.string(),
    createdAt: time,
    object: z.literal('payout'),
    livemode,
  })
  .meta({ id: 'Payout' })

export const PayoutBankAccount = z
  .object({
    id: z.string().meta({ description: 'Public id, starts with `pba_`.' }),
    providerExternalAccountId: z.string().nullable(),
    holderName: z.string(),
    last4: z.string(),
    bankName: z.string().nullable(),
    country: z.string(),
    currency: z.string(),
    accountType: z.enum(bankAccountTypes).nullable(),
    isDefault: z.boolean(),
    status: z.enum(bankAccountStatuses),
    createdAt: time,
    object: z.literal('payout_bank_account'),
    livemode,
  })
  .meta({ id: 'PayoutBankAccount' })

export const PayoutVerification = z
  .object({
    providerAccountId: z.string(),
    status: z.enum(accountStatuses),
    transfersEnabled: z.boolean(),
    alreadyExists: z.boolean().optional(),
    businessType: z.enum(businessTypes).optional(),
    country: z.string().optional(),
    object: z.literal('payout_account'),
    livemode,
  })
  .meta({ id: 'PayoutVerification' })

export const requestPayoutOperation = operation({
  id: 'Payouts.request',
  method: 'POST',
  path: '/payouts',
  kind: 'staged',
  status: 201,
  summary: 'Pay available money out to the default bank account. Live mode only.',
  description:
    'At least 1000 minor units of USD, and at most what is available: settled payments become so after the provider’s delay.',
  body: z.object({ amount, description: description.optional() }),
  data: Payout,
  problems: ['payouts_not_available_in_sandbox', 'provider_unsupported', 'insufficient_balance', 'charge_in_progress'],
})

export const addBankAccountOperation = operation({
  id: 'Payouts.addBankAccount',
  method: 'POST',
  path: '/payouts/bank-accounts',
  kind: 'staged',
  status: 201,
  summary: 'Add a bank account for payouts. Live mode only.',
  body: z.object({ ...bank, setDefault: z.boolean().optional() }),
  data: PayoutBankAccount,
  problems: ['payouts_not_available_in_sandbox', 'provider_unsupported'],
})

export const completeVerificationOperation = operation({
  id: 'Payouts.completeVerification',
  method: 'POST',
  path: '/payouts/verification',
  kind: 'staged',
  status: 201,
  summary:
    'Give the provider what it needs before it pays out. Asked again, the existing account comes back. Live mode only.',
  body: z
    .object({
      email: z.email({ error: 'Must be an email address.' }),
      businessType: z.enum(businessTypes),
      businessUrl: webAddress,
      documentUrl: webAddress,
      bank: z.object(bank),
      individual: z
        .object({
          firstName: text,
          lastName: text,
          phone: text,
          dateOfBirth: z.iso.date({ error: 'Must be a date such as 1990-01-31.' }),
          ssnLast4: z.string().max(4).optional(),
          idNumber: z.string().max(50).optional(),
          address,
        })
        .optional(),
      company: z
        .object({
          name: text,
          taxId: text,
          address,
          representative: z.object({
            firstName: text,
            lastName: text,
            phone: z.string().max(50).optional(),
            email: z.email().optional(),
          }),
        })
        .optional(),
    })
    .refine(({ businessType, individual }) => businessType !== 'individual' || individual !== undefined, {
      path: ['individual'],
      error: 'Is needed for an individual.',
    })
    .refine(({ businessType, company }) => businessType !== 'company' || company !== undefined, {
      path: ['company'],
      error: 'Is needed for a company.',
    }),
  data: PayoutVerification,
  problems: ['payouts_not_available_in_sandbox', 'provider_unsupported'],
})
