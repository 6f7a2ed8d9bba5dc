import * as z from 'zod'
import { customerFields, ownId } from '#customers/customer-fields.contract.ts'
import { livemode, pageQuery, reference, time } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'

const Address = z.object({
  id: z.string().meta({ description: 'Starts with `addr_`.' }),
  line1: z.string(),
  line2: z.string().nullable(),
  city: z.string(),
  state: z.string().nullable(),
  postalCode: z.string(),
  country: z.string(),
  region: z.string().nullable(),
})

export const Customer = z
  .object({
    id: z.string().meta({ description: 'Public id, starts with `cus_`.' }),
    externalId: z.string().nullable().meta({ description: 'Your own id, when you gave one.' }),
    fullName: z.string().nullable(),
    email: z.string(),
    taxDocument: z.string().nullable(),
    documentType: z.string().nullable().meta({
      description:
        'What the tax document is called in the country of the address: CUIT, CNPJ, CPF, RFC, RUT, NIT, RUC, VAT or EIN.',
    }),
    timezone: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()).nullable(),
    createdAt: time,
    updatedAt: time,
    object: z.literal('customer'),
    livemode,
    address: Address.nullable().meta({ description: 'The billing address.' }),
    taxExemption: z
      .string()
      .nullable()
      .meta({ description: 'Why no tax is charged, as it is printed on invoices; null: it is. An addition.' }),
    poNumber: z.string().nullable().meta({
      description: 'The purchase order that each invoice copies when it becomes final. An addition.',
    }),
  })
  .meta({ id: 'Customer', description: 'Somebody you bill.' })

type Ids = { id?: string | undefined; externalId?: string | undefined }

function refuseTwoIds({ id, externalId }: Ids, context: z.RefinementCtx): void {
  if (id === undefined || externalId === undefined || id === externalId) return
  const message = 'Must be the same as id when both are given: they are two names of one field.'
  context.addIssue({ code: 'custom', path: ['externalId'], message, input: externalId })
}

const newCustomer = { id: ownId.optional(), externalId: ownId.optional(), ...customerFields }

/** One customer of a batch. */
export const BatchCustomer = z.object(newCustomer).superRefine(refuseTwoIds)

// A batch takes its customers unread, so that one which is wrong fails alone; the reference shows what each should be.
const { $schema: _, ...batchCustomerShape } = z.toJSONSchema(BatchCustomer, { io: 'input' })

/** A customer of a batch that failed, as far as what was sent can be shown. */
export const FailedCustomer = z.object({
  id: z.string().optional(),
  externalId: z.string().optional(),
  email: z.string(),
  fullName: z.string().nullable().optional(),
  taxDocument: z.string().nullable().optional(),
  timezone: z.string().optional(),
  metadata: z.record(z.string(), z.unknown()).nullable().optional(),
  address: z
    .object({
      line1: z.string(),
      line2: z.string().optional(),
      city: z.string(),
      state: z.string().optional(),
      postalCode: z.string(),
      country: z.string(),
      region: z.string().optional(),
    })
    .optional(),
})

export const CustomerBatch = z
  .object({
    successful: z.array(z.object({ id: z.string(), externalId: z.string().nullable(), email: z.string() })),
    failed: z.array(
      z.object({
        index: z.int().meta({ description: 'Place in the batch, counted from 0.' }),
        error: z.string().meta({ description: 'What is wrong, every problem as `field: message`.' }),
        data: FailedCustomer.meta({ description: 'What was sent.' }),
      }),
    ),
    object: z.literal('customer'),
    livemode,
  })
  .meta({ id: 'CustomerBatch', description: 'What became of each customer of a batch.' })

const params = z.object({ id: reference.meta({ description: 'Public id or your own id.' }) })

export const listCustomersOperation = operation({
  id: 'Customers.list',
  method: 'GET',
  path: '/customers',
  kind: 'read',
  list: true,
  summary: 'List customers, newest first.',
  query: z.object({ externalId: z.string().max(200).optional(), ...pageQuery }),
  data: z.array(Customer),
})

export const createCustomerOperation = operation({
  id: 'Customers.create',
  method: 'POST',
  path: '/customers',
  kind: 'write',
  status: 201,
  otherStatus: 200,
  summary: 'Create a customer, or return the one with this id.',
  description:
    'When a customer with the given `id` (or `externalId`, the same thing) exists, they are returned unchanged with 200.',
  body: z
    .object({
      ...newCustomer,
      addressId: reference.optional().meta({ description: 'An address that this customer already has.' }),
    })
    .superRefine(refuseTwoIds),
  data: Customer,
  problems: ['not_found'],
})

export const createCustomerBatchOperation = operation({
  id: 'Customers.createBatch',
  method: 'POST',
  path: '/customers/batch',
  kind: 'write',
  summary: 'Create up to 100 customers, each on its own.',
  description:
    'Answers 200 also when some fail. A customer whose id exists counts as successful and stays as they are.',
  body: z.object({
    customers: z
      .array(z.unknown().meta({ ...batchCustomerShape }))
      .max(100, { error: 'Must be at most 100 customers.' }),
  }),
  data: CustomerBatch,
})

export const getCustomerOperation = operation({
  id: 'Customers.get',
  method: 'GET',
  path: '/customers/{id}',
  kind: 'read',
  summary: 'Retrieve a customer.',
  params,
  data: Customer,
  problems: ['customer_not_found'],
})

export const updateCustomerOperation = operation({
  id: 'Customers.update',
  method: 'PUT',
  path: '/customers/{id}',
  kind: 'write',
  summary: 'Update a customer. Fields that are left out stay as they are.',
  params,
  body: z.object({ ...customerFields, email: customerFields.email.optional(), externalId: ownId.optional() }),
  data: Customer,
  problems: ['customer_not_found', 'duplicate'],
})
