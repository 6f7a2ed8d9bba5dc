import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { problems } from '#problem.ts'
import { createWorld } from '../support/world.ts'

const world = await createWorld()
after(() => world.close())
const answer = await world.request('GET', '/openapi.json', { key: null })
const document = answer.body

// biome-ignore lint/suspicious/noExplicitAny: a published document is walked freely
type Json = any
type Described = { path: string; method: string; operation: Json }
const described: Described[] = Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
  Object.entries<Json>(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
)

test('the reference is public, OpenAPI 3.1 and can be cached', async () => {
  assert.equal(answer.status, 200)
  assert.equal(document.openapi, '3.1.0')
  assert.equal(answer.headers.get('cache-control'), 'public, max-age=300')
  const headers = { 'if-none-match': answer.headers.get('etag') ?? '' }
  assert.equal((await world.request('GET', '/openapi.json', { key: null, headers })).status, 304)
})

test('every operation of the server is in it, under its own name, with its summary', () => {
  for (const { operation } of world.app.routes) {
    const found = described.find(({ operation: { operationId } }) => operationId === operation.id)
    assert.equal(found?.path, `/api/v1${operation.path}`, operation.id)
    assert.equal(found?.method, operation.method)
    assert.equal(found?.operation.summary, operation.summary)
    assert.deepEqual(found?.operation.tags, [operation.id.split('.')[0]])
  }
  const ids = described.map(({ operation }) => operation.operationId)
  assert.equal(new Set(ids).size, ids.length)
  assert.deepEqual(
    ids.filter((id) => !world.app.routes.some(({ operation }) => operation.id === id)),
    [
      'HostedCheckout.get',
      'HostedCheckout.quote',
      'HostedCheckout.confirm',
      'HostedCheckout.complete',
      'HostedPortal.get',
      'HostedPortal.plans',
      'HostedPortal.seats',
      'HostedPortal.setSeats',
      'HostedPortal.history',
      'HostedPortal.cancel',
      'HostedPortal.uncancel',
      'HostedPortal.paymentMethod',
      'HostedPortal.useCard',
      'HostedPortal.billingDetails',
      'HostedPortal.email',
      'HostedPortal.dropEmail',
      'HostedPortal.spendCap',
      'HostedPortal.retry',
      'HostedPortal.creditPacks',
      'HostedPortal.topUp',
      'HostedPortal.changePlan',
      'HostedPortal.keepPlan',
      'HostedPortal.activateAddon',
      'HostedPortal.deactivateAddon',
    ],
  )
})

test('every reference in it leads somewhere, and nothing is defined for nobody', () => {
  const used = new Set<string>()
  walk(document, (value) => {
    if (typeof value.$ref === 'string') used.add(value.$ref)
  })
  for (const reference of used) {
    const target = reference
      .split('/')
      .slice(1)
      .reduce((at: Json, key) => at?.[key], document)
    assert(target, reference)
  }
  for (const [kind, entries] of Object.entries<Json>(document.components)) {
    if (kind === 'securitySchemes') continue
    for (const name of Object.keys(entries)) assert(used.has(`#/components/${kind}/${name}`), `${kind}/${name}`)
  }
})

test('every path parameter is described where the path names it', () => {
  for (const { path, method, operation } of described) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    const parameters = operation.parameters.filter((parameter: Json) => parameter.in === 'path')
    assert.deepEqual(parameters.map((parameter: Json) => parameter.name).sort(), named.sort(), `${method} ${path}`)
    assert(parameters.every((parameter: Json) => parameter.required === true))
  }
})

test('every operation names each refusal under its status, and every answer is an envelope', () => {
  for (const { operation } of described) {
    const responses = Object.entries<Json>(operation.responses)
    for (const [status, { content }] of responses) {
      const { schema } = content['application/json']
      if (Number(status) < 300) {
        assert.deepEqual(schema.required.slice(0, 2), ['success', 'data'], operation.operationId)
        continue
      }
      assert.equal(schema.allOf[0].$ref, '#/components/schemas/Failure')
      for (const code of schema.allOf[1].properties.error.properties.code.enum as (keyof typeof problems)[]) {
        const facts: { status: number; otherStatus?: number } = problems[code]
        assert([facts.status, facts.otherStatus].includes(Number(status)), `${operation.operationId} ${code}`)
      }
    }
    const statuses = responses.map(([status]) => status)
    for (const status of ['429', '500']) assert(statuses.includes(status), operation.operationId)
    const isHosted = operation.operationId.startsWith('Hosted')
    assert.equal(statuses.includes('401'), !isHosted)
    assert.deepEqual(operation.security, isHosted ? [] : undefined)
  }
  const withKey = described.filter(({ operation }) => JSON.stringify(operation.parameters).includes('IdempotencyKey'))
  assert(withKey.every(({ method, operation }) => method !== 'GET' && operation.responses['409']))
})

test('what is published of an object is what is sent', () => {
  const { Feature } = document.components.schemas
  assert.deepEqual(Object.keys(Feature.properties), [
    'id',
    'name',
    'code',
    'type',
    'description',
    'unitName',
    'createdAt',
    'updatedAt',
    'object',
    'livemode',
  ])
  assert.equal(Feature.properties.createdAt.format, 'date-time')
  const list = document.paths['/api/v1/customers'].get.responses['200'].content['application/json'].schema
  assert.deepEqual(list.required, ['success', 'data', 'hasMore'])
  assert.equal(list.properties.data.items.$ref, '#/components/schemas/Customer')
  const track = document.paths['/api/v1/usage/events'].post.requestBody
  assert.equal(track.required, true)
  assert.deepEqual(track.content['application/json'].schema.required, ['feature', 'customerId'])
  assert.deepEqual(Object.keys(document.paths['/api/v1/customers'].post.responses).slice(0, 2), ['200', '201'])
})

function walk(value: Json, visit: (value: Json) => void): void {
  if (typeof value !== 'object' || value === null) return
  visit(value)
  for (const entry of Object.values(value)) walk(entry, visit)
}
