import type * as z from 'zod'
import { Failure, failureResponses, problemCodes, takesIdempotencyKey } from '#http/openapi-failures.ts'
import { type JsonSchema, SchemaCollector } from '#http/openapi-schemas.ts'
import { type Operation, statuses } from '#http/operation.ts'
import { currentVersion } from '#http/versions/registry.ts'

/** Operations under one base path. Without a key the path itself (a signed token in it) is the permission. */
export type OperationGroup = {
  readonly basePath: string
  readonly needsKey: boolean
  readonly operations: readonly Operation[]
}

/** An event that endpoints are told: the whole message as it is sent. */
export type PublishedEvent = {
  readonly type: string
  readonly summary: string
  readonly message: z.ZodType
  readonly example: unknown
}

export type OpenApiDocument = {
  readonly openapi: '3.1.0'
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>
  readonly components: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>
  readonly [key: string]: unknown
}

/** The OpenAPI 3.1 document of all operations: from the same definitions that validate and serialise them. */
export function openApiDocument(
  publicUrl: string,
  groups: readonly OperationGroup[],
  events: readonly PublishedEvent[] = [],
): OpenApiDocument {
  const schemas = new SchemaCollector()
  const paths: Record<string, Record<string, JsonSchema>> = {}
  for (const { basePath, needsKey, operations } of groups) {
    for (const operation of operations) {
      const path = `${basePath}${operation.path}`
      paths[path] = { ...paths[path], [operation.method.toLowerCase()]: describe(schemas, operation, needsKey) }
    }
  }
  const tags = new Set(groups.flatMap(({ operations }) => operations.map(({ id }) => resourceOf(id))))
  return {
    openapi: '3.1.0',
    info: { title: 'Halley API', version: currentVersion, description: introduction, license: { name: 'MIT' } },
    servers: [{ url: publicUrl }],
    security: [{ apiKey: [] }],
    tags: [...tags].map((name) => ({ name })),
    paths,
    webhooks: Object.fromEntries(events.map((event) => [event.type, { post: describeEvent(schemas, event) }])),
    components: { ...components, schemas: { ...schemas.components, Failure } },
  }
}

const introduction = `Billing over HTTP: JSON in and out, times in ISO 8601 UTC.

- **Authentication:** send an API key in the header \`x-api-key\`. A key belongs to one organisation and one mode, live or sandbox.
- **Envelope:** \`{"success": true, "data": …}\`, or \`{"success": false, "error": {…}}\` with a \`code\` that has [a page of its own](/docs/errors).
- **Money:** integers in the currency's minor unit. Unit prices and prepaid balances are on the rate scale: 10,000 is one unit of the currency.
- **Idempotency:** send an \`Idempotency-Key\` and a repeated request gets the first one's answer, for 24 hours.
- **Lists:** newest first; pass \`nextCursor\` as \`cursor\` while \`hasMore\` is true.`

const components = {
  securitySchemes: {
    apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'Begins with `ck_test_` or `ck_live_`.' },
  },
  parameters: {
    IdempotencyKey: {
      name: 'Idempotency-Key',
      in: 'header',
      description: 'Your own name for this request, 1–255 printable ASCII characters, remembered for 24 hours.',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    },
    Version: {
      name: 'commet-version',
      in: 'header',
      description: 'The API version to speak, as a date. The answer repeats the one that was used.',
      schema: { type: 'string', format: 'date' },
    },
  },
  headers: {
    RequestId: { description: 'Id of this request, for support.', schema: { type: 'string' } },
    RetryAfter: { description: 'Whole seconds to wait.', schema: { type: 'integer', minimum: 1 } },
    Version: { description: 'The API version that was used.', schema: { type: 'string', format: 'date' } },
    Replayed: {
      description: '`true` on the stored answer of an earlier request.',
      schema: { type: 'string', enum: ['true'] },
    },
  },
}

function describe(schemas: SchemaCollector, operation: Operation, needsKey: boolean): JsonSchema {
  const codes = problemCodes(operation).filter((code) => needsKey || code !== 'unauthorized')
  return {
    operationId: operation.id,
    tags: [resourceOf(operation.id)],
    summary: operation.summary,
    ...(operation.description === undefined ? {} : { description: operation.description }),
    ...(needsKey ? {} : { security: [] }),
    parameters: [
      ...parameters(schemas, operation.params, 'path'),
      ...parameters(schemas, operation.query, 'query'),
      ...headerParameters(operation, needsKey),
    ],
    ...(operation.body ? { requestBody: requestBody(schemas.wire(operation.body)) } : {}),
    responses: {
      ...Object.fromEntries(statuses(operation).map((status) => [status, success(schemas, operation, needsKey)])),
      ...failureResponses(codes),
    },
  }
}

function describeEvent(schemas: SchemaCollector, { type, summary, message, example }: PublishedEvent): JsonSchema {
  return {
    operationId: type,
    tags: ['Events'],
    summary,
    security: [],
    parameters: eventHeaders.map(([name, description]) => ({
      name,
      in: 'header',
      required: true,
      description,
      schema: { type: 'string' },
    })),
    requestBody: { required: true, content: { 'application/json': { schema: schemas.wire(message), example } } },
    responses: { '2XX': { description: 'Received. Anything else, or nothing within ten seconds, is tried again.' } },
  }
}

const eventHeaders = [
  ['X-Commet-Signature', 'HMAC-SHA256 of the body in hexadecimal, keyed with the whole secret.'],
  ['X-Commet-Event', 'The type of the event.'],
  ['X-Commet-Timestamp', 'When it happened.'],
  ['X-Commet-Event-Id', 'The id of the event: the same in every attempt.'],
  ['webhook-id', 'The same id, for Standard Webhooks.'],
  ['webhook-timestamp', 'When this attempt was made, in seconds since 1970.'],
  ['webhook-signature', 'Standard Webhooks: `v1,` and a signature, two of them while a secret is being replaced.'],
] as const

function resourceOf(operationId: string): string {
  return operationId.split('.')[0] ?? operationId
}

function parameters(schemas: SchemaCollector, definition: z.ZodType | undefined, place: 'path' | 'query') {
  if (!definition) return []
  const { properties = {}, required = [] } = schemas.wire(definition) as {
    properties?: Record<string, JsonSchema>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
  }))
}

function headerParameters(operation: Operation, needsKey: boolean): JsonSchema[] {
  const names = [...(takesIdempotencyKey(operation) ? ['IdempotencyKey'] : []), ...(needsKey ? ['Version'] : [])]
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }))
}

// An absent body equals {}: it is required only when some field is.
function requestBody(schema: JsonSchema): JsonSchema {
  const required = Array.isArray(schema.required) && schema.required.length > 0
  return { required, content: { 'application/json': { schema } } }
}

function success(schemas: SchemaCollector, operation: Operation, needsKey: boolean): JsonSchema {
  return {
    description: 'Success.',
    headers: {
      'x-request-id': { $ref: '#/components/headers/RequestId' },
      ...(needsKey ? { 'commet-version': { $ref: '#/components/headers/Version' } } : {}),
      ...(takesIdempotencyKey(operation) ? { 'idempotent-replayed': { $ref: '#/components/headers/Replayed' } } : {}),
    },
    content: { 'application/json': { schema: envelope(schemas.wire(operation.data), operation.list) } },
  }
}

function envelope(data: JsonSchema, isList: boolean): JsonSchema {
  const page = {
    hasMore: { type: 'boolean' },
    nextCursor: { type: 'string', description: 'Pass it as `cursor`. Only while there is more.' },
  }
  return {
    type: 'object',
    required: ['success', 'data', ...(isList ? ['hasMore'] : [])],
    properties: { success: { type: 'boolean', const: true }, data, ...(isList ? page : {}) },
  }
}
