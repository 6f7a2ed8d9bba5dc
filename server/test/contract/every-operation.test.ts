import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { inTransaction } from '#database/transaction.ts'
import type { Operation } from '#http/operation.ts'
import { createApiKey } from '#organisations/actions/create-api-key.ts'
import { machineNow } from '#time/clock.ts'
import { type Given, type Place, samples } from '../support/operation-ids.ts'
import { newOrganisation } from '../support/organisations.ts'
import { makeObjects, type SideObjects } from '../support/side-objects.ts'
import { type Answer, createWorld, type RequestOptions, type World } from '../support/world.ts'

const world = await createWorld()
after(() => world.close())
const operations = world.app.routes.map(({ operation }) => operation)
// The clock stands still, so that the same question has the same answer.
await world.client.testClock.advance({ advanceDays: 1 })
const { body: document } = await world.request('GET', '/openapi.json')
const withBody = operations.filter(({ body }) => body !== undefined)

/** Sends what is given to an operation. Nothing may ever be answered with a failure of the server. */
async function send(at: World, operation: Operation, given: Given, options: RequestOptions = {}): Promise<Answer> {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_all, name) =>
    encodeURIComponent(given.params?.[name] ?? 'none'),
  )
  const query = new URLSearchParams(given.query).toString()
  const body = given.body === undefined ? {} : { body: given.body }
  const answer = await at.request(operation.method, `/api/v1${path}${query && `?${query}`}`, { ...body, ...options })
  assert(answer.status < 500, `${operation.id} answered ${answer.status}: ${JSON.stringify(answer.body)}`)
  return answer
}

type Described = { name: string; in: string; schema: { type?: string | string[] } }
type Schema = { type?: string | string[]; anyOf?: Schema[]; enum?: unknown[]; $ref?: string }

/** What is published of an operation's fields. */
function published(operation: Operation): { parameters: Described[]; body: Record<string, Schema> } {
  const described = document.paths[`/api/v1${operation.path}`][operation.method.toLowerCase()]
  const parameters: Described[] = described.parameters.filter((parameter: { name?: string }) => parameter.name)
  return { parameters, body: described.requestBody?.content['application/json'].schema.properties ?? {} }
}

for (const [what, key] of [
  ['no key', null],
  ['a key that is cut off', 'ck_test_0123456789'],
  ['an unknown key', `ck_test_${'x'.repeat(43)}`],
] as const) {
  test(`${what}: every operation answers 401`, async () => {
    const fresh = await createWorld()
    try {
      for (const operation of operations) {
        const { status, body, headers } = await send(fresh, operation, {}, { key })
        assert.equal(status, 401, operation.id)
        assert.equal(body.error.code, 'unauthorized')
        assert.match(headers.get('x-request-id') ?? '', /^req_/)
      }
    } finally {
      await fresh.close()
    }
  })
}

test('every place that names an object is tried with objects of other sides', () => {
  const naming = /^(id|code|feature|\w+Id|\w+Code)$/
  const notNames = ['idempotencyKey', 'promoCode', 'externalId', 'taxId', 'hsnCode']
  for (const operation of operations) {
    const { parameters, body } = published(operation)
    const places = [
      ...parameters.filter(({ in: place }) => place !== 'header').map(({ name }) => name),
      ...(operation.id.endsWith('.create')
        ? Object.keys(body).filter((name) => name !== 'id' && name !== 'code')
        : Object.keys(body)),
    ].filter((name) => naming.test(name) && !notNames.includes(name))
    const tried = samples[operation.id]?.(new Proxy({} as SideObjects, { get: () => 'any' })).names.map(
      ([, name]) => name,
    )
    const left = places.filter((name) => !tried?.includes(name))
    assert.deepEqual(left, left.length > 0 ? namedOtherwise[operation.id] : [], operation.id)
  }
})

// planCode is the code of a plan: codes of two sides do not collide. addressId: test/contract/customers-rules.test.ts.
const namedOtherwise: Readonly<Record<string, string[]>> = {
  'Subscriptions.create': ['planCode'],
  'Customers.create': ['addressId'],
}

test('an object of another organisation, or of the other mode, is answered exactly like one that does not exist', async () => {
  const stranger = await newOrganisation(world.db)
  const { apiKey } = await inTransaction(world.db, (tx) =>
    createApiKey(tx, stranger.sandbox, { name: 'Theirs', expiresInDays: 1, machineNow: machineNow() }),
  )
  const sandbox = await makeObjects(world, world.sandboxKey)
  const live = await makeObjects(world, world.liveKey)
  const theirs = await makeObjects(world, apiKey)
  for (const [key, own, foreign] of [
    [world.sandboxKey, sandbox, theirs],
    [world.liveKey, live, sandbox],
    [world.sandboxKey, sandbox, live],
  ] as const) {
    for (const operation of operations) {
      const sample = samples[operation.id]?.(own)
      for (const [place, name, kind] of sample?.names ?? []) {
        const id = foreign[kind]
        if (!sample || id === 'none_on_this_side') continue
        const unknown = `${id.split('_')[0]}_${'0'.repeat(26)}`
        const [seen, expected] = [
          await send(world, operation, replaced(sample.given, place, name, id), { key }),
          await send(world, operation, replaced(sample.given, place, name, unknown), { key }),
        ]
        const story = `${operation.id} ${place}.${name}`
        assert.equal(seen.status, expected.status, story)
        assert.equal(JSON.stringify(seen.body).replaceAll(id, unknown), JSON.stringify(expected.body), story)
        if (place === 'query') assert(seen.status === 404 || seen.body.data.length === 0, story)
        else assert.equal(seen.status, 404, story)
      }
    }
  }
})

function replaced(given: Given, place: Place, name: string, value: string): Given {
  return { ...given, [place]: { ...given[place], [name]: value } }
}

test('a body that is not JSON is 400 invalid_json', async () => {
  for (const operation of withBody) {
    for (const text of ['{"name": ', '{name: 1}', 'name=1', '[', "{'a': 1}"]) {
      const { status, body } = await send(world, operation, {}, { text })
      assert.deepEqual([status, body.error.code], [400, 'invalid_json'], operation.id)
    }
  }
})

test('a body of another shape is 422 with details', async () => {
  for (const operation of withBody) {
    for (const text of ['[]', '"text"', '1', 'true', 'null']) {
      const { status, body } = await send(world, operation, {}, { text })
      assert.deepEqual([status, body.error.code], [422, 'validation_error'], `${operation.id} ${text}`)
      assert(Array.isArray(body.error.details) && body.error.details.length > 0)
    }
  }
})

test('a field of a wrong type is 422 and named in the details', async () => {
  for (const operation of withBody) {
    for (const [name, schema] of Object.entries(published(operation).body)) {
      const types = typesOf(schema)
      const wrong = [{ wrong: [] }, ['wrong'], true, 'wrong', 1.5].find((value) => !types.includes(typeOf(value)))
      if (types.length === 0 || wrong === undefined) continue
      const { status, body } = await send(world, operation, { body: { [name]: wrong } })
      assert.equal(status, 422, `${operation.id} ${name}`)
      const fields: string[] = body.error.details.map(({ field }: { field: string }) => field)
      assert(
        fields.some((field) => field === name || field.startsWith(`${name}.`)),
        `${operation.id} ${name}: ${fields}`,
      )
      assert.equal(body.error.param, fields[0])
    }
  }
})

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'object' ? 'object' : typeof value
}

function typesOf(schema: Schema): string[] {
  if (schema.$ref) return ['object']
  if (schema.anyOf) return schema.anyOf.flatMap(typesOf)
  if (schema.type === undefined) return []
  return [schema.type].flat().map((type) => (type === 'integer' ? 'number' : type))
}

test('a body over 1 MiB is 413, over 4 MiB for a batch of usage, one just below is read', async () => {
  const filler = (bytes: number) => JSON.stringify({ filler: 'x'.repeat(bytes - 13) })
  for (const operation of withBody) {
    const mebibytes = operation.id === 'Usage.trackBatch' ? 4 : 1
    const { status, body } = await send(world, operation, {}, { text: filler(mebibytes * 1_048_576 + 1) })
    assert.deepEqual([status, body.error.code], [413, 'validation_error'], operation.id)
    assert.deepEqual(body.error.details, [{ field: '', message: `The body is larger than ${mebibytes} MiB.` }])
  }
  const [first] = withBody
  assert(first)
  assert.notEqual((await send(world, first, {}, { text: filler(1_048_576) })).status, 413)
})

test('deep nesting, U+0000, half surrogate pairs and __proto__ are 422 wherever they are', async () => {
  const texts = [
    `{"a":${'['.repeat(20)}${']'.repeat(20)}}`,
    `{"a":${'{"b":'.repeat(5000)}1${'}'.repeat(5000)}}`,
    '{"a":"\\u0000"}',
    '{"a\\u0000":1}',
    '{"metadata":{"a":["\\u0000"]}}',
    '{"a":"\\ud800"}',
    '{"__proto__":{"a":1}}',
  ]
  for (const operation of withBody) {
    for (const text of texts) {
      const { status, body } = await send(world, operation, {}, { text })
      assert.deepEqual([status, body.error.code], [422, 'validation_error'], `${operation.id} ${text.slice(0, 40)}`)
      assert(Array.isArray(body.error.details))
    }
  }
  for (const operation of operations.filter(({ params }) => params)) {
    const names = Object.keys(
      samples[operation.id]?.(new Proxy({} as SideObjects, { get: () => 'any' })).given.params ?? {},
    )
    for (const name of names) {
      const { status } = await send(world, operation, { params: { [name]: 'a\u0000b' } })
      assert.equal(status, 422, `${operation.id} ${name}`)
    }
  }
})

test('fields that nobody knows are ignored, in bodies and in queries', async () => {
  const safe = operations.filter(({ path, method }) => path.includes('{') || method === 'GET')
  for (const operation of safe) {
    const known = await send(world, operation, operation.body ? { body: {} } : {})
    const more = { query: { unknownField: '1' }, ...(operation.body ? { body: { unknownField: { a: 1 } } } : {}) }
    const unknown = await send(world, operation, more)
    assert.deepEqual([unknown.status, unknown.body], [known.status, known.body], operation.id)
  }
})

test('a query value that is wrong, repeated or holds U+0000 is 422', async () => {
  for (const operation of operations) {
    for (const { name } of published(operation).parameters.filter((parameter) => parameter.in === 'query')) {
      for (const value of [`${name}=a&${name}=b`, `${name}=%00`]) {
        const path = `/api/v1${operation.path.replaceAll(/\{\w+\}/g, 'none')}?${value}`
        const { status, body } = await world.request(operation.method, path)
        assert.deepEqual([status, body.error?.code], [422, 'validation_error'], `${operation.id} ${value}`)
      }
      if (name !== 'limit') continue
      for (const limit of ['0', '101', '-1', '1.5', 'abc', '', '1e999']) {
        assert.equal((await send(world, operation, { query: { limit } })).status, 422, `${operation.id} ${limit}`)
      }
    }
  }
})

test('an absent or empty body equals {}', async () => {
  for (const operation of withBody.filter(({ path }) => path.includes('{'))) {
    const [absent, empty, braces] = [
      await send(world, operation, {}),
      await send(world, operation, {}, { text: '' }),
      await send(world, operation, { body: {} }),
    ]
    assert.deepEqual(absent.body, braces.body, operation.id)
    assert.deepEqual(empty.body, braces.body, operation.id)
  }
})
