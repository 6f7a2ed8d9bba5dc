import * as z from 'zod'

// Payloads are stored in their published form: numbers, ISO text. The order of the fields is the one they are sent in.
export const text = z.string()
export const number = z.number()
export const flag = z.boolean()
export const moment = z.iso.datetime()
export const record = z.record(z.string(), z.unknown())

export const PlanRef = z
  .strictObject({
    id: text,
    name: text,
  })
  .meta({ id: 'WebhookPlanRef' })

export const AddonRef = z
  .strictObject({
    id: text,
    name: text,
  })
  .meta({ id: 'WebhookAddonRef' })

export const BankRef = z
  .strictObject({
    bankName: text.nullable(),
    last4: text,
  })
  .meta({ id: 'WebhookBankRef' })

export const CardInfo = z
  .strictObject({
    brand: text,
    last4: text,
    expMonth: number,
    expYear: number,
  })
  .meta({ id: 'WebhookCardInfo' })

export const CreditsBalance = z
  .strictObject({
    planCredits: number,
    purchasedCredits: number,
    totalCredits: number,
  })
  .meta({ id: 'WebhookCreditsBalance' })

export const Balance = z
  .strictObject({
    currentBalance: number,
  })
  .meta({ id: 'WebhookBalance' })

export const FeatureAccess = z
  .strictObject({
    code: text,
    name: text,
    type: text,
    allowed: flag,
    enabled: flag.nullable(),
    current: number.nullable(),
    included: number.nullable(),
    remaining: number.nullable(),
    overageQuantity: number.nullable(),
    overageUnitPrice: number.nullable(),
    unlimited: flag.nullable(),
    overageEnabled: flag.nullable(),
    billedQuantity: number.nullable(),
  })
  .meta({ id: 'WebhookFeatureAccess' })

export const SeatSummary = z
  .strictObject({
    code: text,
    current: number.nullable(),
    included: number.nullable(),
    remaining: number.nullable(),
    unlimited: flag.nullable(),
  })
  .meta({ id: 'WebhookSeatSummary' })
