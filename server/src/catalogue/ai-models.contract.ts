import * as z from 'zod'
import { livemode, pageQuery, time } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'
import { tokenPriceOfRate, tokenPriceToNumber } from '#money/token-price.ts'

const wrongPrice = 'Must be a price on the rate scale (10000 = 1.00 USD) for a million tokens, from 0 to 10000000000.'

/** Rate scale for a million tokens on the wire, with decimals; exact inside. */
const tokenPrice = z.codec(
  z.number({ error: wrongPrice }).min(0, { error: wrongPrice }).max(1e10, { error: wrongPrice }),
  z.bigint(),
  {
    decode: (value, context) => {
      const price = tokenPriceOfRate(value)
      if (price !== undefined) return price
      context.issues.push({ code: 'custom', input: value, message: wrongPrice })
      return z.NEVER
    },
    encode: tokenPriceToNumber,
  },
)

const modelName = z
  .string()
  .trim()
  .min(1, { error: 'Must not be empty.' })
  .max(200, { error: 'Must be at most 200 characters.' })

const prices = {
  inputPrice: tokenPrice.meta({
    description: 'Rate scale (10000 = 1.00 USD) for a million tokens, like all prices here.',
  }),
  outputPrice: tokenPrice,
  cacheReadPrice: tokenPrice.nullable().meta({ description: 'Null: cached tokens cost what input costs.' }),
  cacheWritePrice: tokenPrice.nullable(),
}

export const AiModel = z
  .object({
    id: z.string().meta({ description: '`provider/model`, as usage may name it.' }),
    provider: z.string(),
    model: z.string(),
    name: z.string(),
    source: z
      .enum(['shipped', 'own'])
      .meta({ description: 'The data set that ships with the product, or your own price.' }),
    ...prices,
    longInput: z
      .array(z.object({ above: z.number().meta({ description: 'Input tokens of one event.' }), ...prices }))
      .meta({ description: 'Prices of all tokens of an event whose input is longer.' }),
    effectiveFrom: time.nullable().meta({ description: 'Since when these prices hold; null where they always did.' }),
    object: z.literal('ai_model'),
    livemode,
  })
  .meta({ id: 'AiModel', description: 'What the tokens of an AI model cost, before the margin of a plan.' })

export const AiModelPrice = z
  .object({
    id: z.string().meta({ description: '`provider/model`.' }),
    inputPrice: tokenPrice.nullable(),
    outputPrice: tokenPrice.nullable(),
    cacheReadPrice: tokenPrice.nullable(),
    cacheWritePrice: tokenPrice.nullable(),
    removed: z.boolean().meta({ description: 'From then on the shipped price holds again, where there is one.' }),
    effectiveFrom: time,
    createdAt: time,
    object: z.literal('ai_model_price'),
    livemode,
  })
  .meta({ id: 'AiModelPrice', description: 'A change of your own price of an AI model. Changes are kept for good.' })

export const listAiModels = operation({
  id: 'AiModels.list',
  method: 'GET',
  path: '/ai-models',
  kind: 'read',
  summary: 'List AI models with the prices in force now, by id. An addition.',
  query: z.object({
    search: z.string().max(200).optional().meta({ description: 'Part of an id or a name, in any case.' }),
    provider: z.string().max(200).optional(),
    ...pageQuery,
  }),
  data: z.array(AiModel),
  list: true,
})

export const lookUpAiModel = operation({
  id: 'AiModels.lookup',
  method: 'GET',
  path: '/ai-models/lookup',
  kind: 'read',
  summary: 'Which model a name stands for and what it costs, now or at another time. An addition.',
  description: '`changes` are all changes of your own price, in the order they were made.',
  query: z.object({
    model: modelName.meta({ description: 'A name as usage gives it: `provider/model` or a bare model id.' }),
    at: time.optional(),
  }),
  data: AiModel.extend({ changes: z.array(AiModelPrice) }).meta({ id: 'AiModelLookup' }),
  problems: ['model_not_found'],
})

export const setAiModelPrice = operation({
  id: 'AiModels.setPrice',
  method: 'PUT',
  path: '/ai-models',
  kind: 'write',
  summary: 'Set your own price of an AI model, or add a model. An addition.',
  description:
    'Holds for usage whose timestamp lies at or after `effectiveFrom` (default now), until the next change. Usage that is recorded already keeps its cost. The model is named in the body, as names contain slashes; a dated name is priced for itself alone.',
  body: z.object({
    model: modelName,
    inputPrice: tokenPrice,
    outputPrice: tokenPrice,
    cacheReadPrice: tokenPrice.nullable().optional(),
    cacheWritePrice: tokenPrice.nullable().optional(),
    effectiveFrom: time.optional(),
  }),
  data: AiModelPrice,
})

export const removeAiModelPrice = operation({
  id: 'AiModels.removePrice',
  method: 'DELETE',
  path: '/ai-models',
  kind: 'write',
  summary: 'End your own price of an AI model. An addition.',
  description:
    'From `effectiveFrom` on (default now) the shipped price holds again; a model that did not ship has none.',
  body: z.object({ model: modelName, effectiveFrom: time.optional() }),
  data: AiModelPrice,
  problems: ['model_not_found'],
})
