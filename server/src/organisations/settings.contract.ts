import * as z from 'zod'
import { isCountry } from '#customers/countries.ts'
import { livemode } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'
import { mailDeliveries, mailKinds, wantedMailKinds } from '#mail/mail.ts'
import { isRegistration, taxModes } from '#organisations/tax-settings.ts'
import { languages } from '#words/language.ts'

const text = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most, { error: `Must be at most ${most} characters.` })

const Address = z
  .object({
    line1: text(200),
    line2: text(200).nullable().default(null),
    city: text(200),
    state: text(200).nullable().default(null),
    postalCode: text(20),
    country: z
      .string()
      .trim()
      .toUpperCase()
      .refine(isCountry, { error: 'Must be a country of ISO 3166-1 in two letters.' }),
  })
  .meta({ id: 'SellerAddress' })

const seller = {
  legalName: text(200).nullable().meta({ description: "The registered name. Null: the organisation's name." }),
  address: Address.nullable(),
  taxId: text(50).nullable().meta({ description: 'VAT number, EIN, RFC …, printed on invoices.' }),
  registration: text(300).nullable().meta({ description: 'Company register or other text for the foot of invoices.' }),
  hsnCode: z
    .string()
    .trim()
    .regex(/^(\d{4}|\d{6}|\d{8})$/, { error: 'Must be 4, 6 or 8 digits.' })
    .nullable()
    .meta({ description: 'HSN or SAC code of what is sold, on the invoices of sellers in India: 998314.' }),
  supportEmail: z.email().max(254).nullable().meta({ description: 'On invoices, and where answers to mails go.' }),
  paymentInstructions: text(1000)
    .nullable()
    .meta({ description: 'How to pay an invoice that is not charged to a card.' }),
  language: z.enum(languages).meta({ description: 'For whoever lives where no language that Halley writes is read.' }),
}

const notificationEmail = z.email().max(254).nullable().meta({
  description: 'Where operators are told of what needs them, such as webhooks that fail. Null: in the inbox alone.',
})

const netDays = z
  .int({ error: 'Must be a whole number of days.' })
  .min(0, { error: 'Must not be negative.' })
  .max(365, { error: 'Must be at most 365 days.' })
  .meta({
    description:
      'Days that a customer has to pay an adjustment; 30 at first. Those that were issued keep their due date.',
  })

const mail = {
  enabled: z.boolean().meta({
    description: 'The master switch for all mails to customers. Mails to operators have only their own.',
  }),
  delivery: z
    .enum(mailDeliveries)
    .nullable()
    .meta({ description: 'Null: `inbox` in the sandbox, whose mails go to nobody; `smtp` on the live side.' }),
  off: z.array(z.enum(mailKinds)).max(mailKinds.length).meta({ description: 'Mails that are not sent.' }),
  wanted: z
    .array(z.enum(wantedMailKinds))
    .max(wantedMailKinds.length)
    .meta({ description: 'Mails that are sent only where they are named here: `sale_made` tells of each sale.' }),
}

const registration = z
  .string()
  .trim()
  .toUpperCase()
  .refine((code) => isRegistration(code, isCountry), {
    error: 'Must be a country (DE), a region of one (US-CA), or EU for the One-Stop Shop.',
  })

const tax = {
  mode: z.enum(taxModes).meta({
    description:
      '`automatic` (the usual): by the rates of `/tax-rates`, where `registrations` says. `none`: never. `provider`: by the tax service of a connected payment provider (Stripe Tax), which knows registrations and rates by itself; 409 `provider_unsupported` where none is connected in this mode.',
  }),
  registrations: z.array(registration).max(300).meta({
    description:
      'Where tax is charged in the mode `automatic`: countries in two letters, regions as US-CA, EU for all countries of the One-Stop Shop. Empty at first: nowhere.',
  }),
}

const connection = z.string().trim().min(1).max(100).nullable().meta({
  description:
    'Whose tax service calculates in the mode `provider`: id of the connection, in requests also its name. Null in a request: the default one. Null in other modes.',
})

const withdrawal = {
  enabled: z.boolean().meta({
    description:
      'Whether consumers of the European Economic Area and the United Kingdom are led to withdraw from a contract during their fourteen days, and get back what they have paid. True at first: the law asks for it (Directive 2011/83, Article 11a). Switch it off where another system does it.',
  }),
}

/** What an operator sets for a side. An addition: the public client does not know it. */
export const SettingsObject = z
  .object({
    ...seller,
    notificationEmail,
    netDays,
    mail: z.object(mail),
    tax: z.object({ ...tax, connection }),
    withdrawal: z.object(withdrawal),
    object: z.literal('settings'),
    livemode,
  })
  .meta({
    id: 'Settings',
    description: 'The seller as it stands on invoices, which mails are sent, and what tax is charged.',
  })

/** Every field may be left out, and stays as it is then. */
export const SettingsBody = z
  .object({
    ...seller,
    notificationEmail,
    netDays,
    mail: z.object(mail).partial(),
    tax: z.object({ ...tax, connection }).partial(),
    withdrawal: z.object(withdrawal).partial(),
  })
  .partial()

export const getSettingsOperation = operation({
  id: 'Settings.get',
  method: 'GET',
  path: '/settings',
  kind: 'read',
  summary: 'Read the settings of this side: the seller on its invoices, its mails, and its taxes.',
  description: 'An addition of Halley.',
  data: SettingsObject,
})

export const updateSettingsOperation = operation({
  id: 'Settings.update',
  method: 'PUT',
  path: '/settings',
  kind: 'write',
  summary: 'Change settings of this side. What is left out stays, null takes away.',
  description: 'An addition of Halley. Invoices that are final keep the seller they were made with.',
  body: SettingsBody,
  data: SettingsObject,
  problems: ['provider_unsupported'],
})
