import * as z from 'zod'
import {
  amount,
  count,
  currencyCode,
  DeletedObject,
  description,
  livemode,
  name,
  reference,
  time,
} from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'

const credits = count.refine((value) => value >= 1n, { error: 'Must be at least 1.' })

export const CreditPack = z
  .object({
    id: z.string().meta({ description: 'Public id, starts with `cpk_`.' }),
    name: z.string(),
    description: z.string().nullable(),
    credits: count,
    price: amount.meta({ description: 'Minor units of USD.' }),
    currency: currencyCode.optional(),
    isActive: z.boolean().optional(),
    createdAt: time.optional(),
    updatedAt: time.optional(),
    object: z.literal('credit_pack'),
    livemode,
  })
  .meta({ id: 'CreditPack', description: 'A number of credits that customers of credits plans can buy.' })

const byId = z.object({ id: reference })

export const listCreditPacks = operation({
  id: 'CreditPacks.list',
  method: 'GET',
  path: '/credit-packs',
  kind: 'read',
  summary: 'List the credit packs that can be bought, newest first.',
  description: 'Returns up to 1,000 active packs; `cursor` continues after that.',
  query: z.object({ cursor: z.string().max(1000).optional() }),
  data: z.array(CreditPack),
  list: true,
})

export const createCreditPack = operation({
  id: 'CreditPacks.create',
  method: 'POST',
  path: '/credit-packs/manage',
  kind: 'write',
  status: 201,
  summary: 'Create a credit pack.',
  body: z.object({
    name,
    description: description.optional(),
    credits,
    price: amount,
    isActive: z.boolean().optional(),
  }),
  data: CreditPack,
  problems: ['duplicate'],
})

export const updateCreditPack = operation({
  id: 'CreditPacks.update',
  method: 'PUT',
  path: '/credit-packs/{id}',
  kind: 'write',
  summary: 'Change a credit pack. A new price holds for the next purchase.',
  params: byId,
  body: z.object({
    name: name.optional(),
    description: description.nullable().optional(),
    credits: credits.optional(),
    price: amount.optional(),
    isActive: z.boolean().optional(),
  }),
  data: CreditPack,
  problems: ['credit_pack_not_found', 'duplicate'],
})

export const deleteCreditPack = operation({
  id: 'CreditPacks.delete',
  method: 'DELETE',
  path: '/credit-packs/{id}',
  kind: 'write',
  summary: 'Delete a credit pack. Credits that were bought stay.',
  params: byId,
  data: DeletedObject,
  problems: ['credit_pack_not_found'],
})
