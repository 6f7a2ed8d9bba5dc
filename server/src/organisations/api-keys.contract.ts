import * as z from 'zod'
import { DeletedObject, livemode, name, pageQuery, reference, time } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'
import { defaultExpiryDays, longestExpiryDays } from '#organisations/api-key.ts'

const prefix = z.string().meta({ description: 'The first 12 characters, to tell keys apart.' })

export const ApiKey = z
  .object({
    id: z.string().meta({ description: 'Public id, starts with `key_`.' }),
    name: z.string(),
    prefix,
    expiresAt: time.nullable().meta({ description: 'In real time. Null: never.' }),
    lastUsedAt: time.nullable().meta({ description: 'In real time, to the minute or so.' }),
    createdAt: time,
    object: z.literal('api_key'),
    livemode,
  })
  .meta({ id: 'ApiKey', description: 'A key of this side, without its secret part.' })

export const CreatedApiKey = z
  .object({
    id: z.string(),
    name: z.string(),
    apiKey: z.string().meta({ description: 'The key itself. It is shown this once and stored nowhere.' }),
    prefix,
    expiresAt: time,
    createdAt: time,
    object: z.literal('api_key'),
    livemode,
  })
  .meta({ id: 'CreatedApiKey', description: 'A key that was just made.' })

const expiryError = `Must be a whole number of days, 1 to ${longestExpiryDays}.`

export const listApiKeysOperation = operation({
  id: 'ApiKeys.list',
  method: 'GET',
  path: '/api-keys',
  kind: 'read',
  list: true,
  summary: 'List the API keys of this side, newest first.',
  query: z.object(pageQuery),
  data: z.array(ApiKey),
})

export const createApiKeyOperation = operation({
  id: 'ApiKeys.create',
  method: 'POST',
  path: '/api-keys',
  kind: 'write',
  status: 201,
  secret: true,
  summary: 'Create an API key of this side. The full key is in this answer and nowhere else.',
  body: z.object({
    name,
    expiresInDays: z
      .int({ error: expiryError })
      .min(1, { error: expiryError })
      .max(longestExpiryDays, { error: expiryError })
      .default(defaultExpiryDays),
  }),
  data: CreatedApiKey,
})

export const deleteApiKeyOperation = operation({
  id: 'ApiKeys.delete',
  method: 'DELETE',
  path: '/api-keys/{id}',
  kind: 'write',
  summary: 'Delete an API key. It answers 401 from now on, on every server.',
  description: 'A key may delete itself.',
  params: z.object({ id: reference }),
  data: DeletedObject,
  problems: ['api_key_not_found'],
})
