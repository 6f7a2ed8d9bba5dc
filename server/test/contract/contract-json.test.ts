import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { eventTypes } from '#webhooks/event-types.ts'
import { readData } from '#webhooks/events.contract.ts'
import { type Contract, compareFields, compareType } from '../support/contract-comparison.ts'
import { readFields, readType } from '../support/contract-types.ts'
import { createWorld } from '../support/world.ts'
import { gapsNotBuiltYet, methodsNotBuiltYet } from './not-built-yet.ts'

type Endpoint = {
  endpoint: string
  sdk: [string, ...string[]]
  path?: string[]
  query?: Record<string, string>
  body?: Record<string, string>
  data: string
}
type ContractFile = Contract & { endpoints: Endpoint[]; webhookEvents: Record<string, string> }

const contract: ContractFile = JSON.parse(readFileSync(new URL('./contract.json', import.meta.url), 'utf8'))
const world = await createWorld()
after(() => world.close())
const { body: document } = await world.request('GET', '/openapi.json')

/** What is published of an endpoint; undefined when it is not built. */
function published({ endpoint }: Endpoint) {
  const [method = '', path = ''] = endpoint.split(' ')
  return document.paths[path]?.[method.toLowerCase()]
}

/** Everything in which a built endpoint differs from the contract to a client's harm. */
function gaps(endpoint: Endpoint): string[] {
  const operation = published(endpoint)
  const { components } = document
  const parameters = (place: string) => operation.parameters.filter(({ in: where }: { in: string }) => where === place)
  const asObject = (list: { name: string; required: boolean; schema: unknown }[]) => ({
    properties: Object.fromEntries(list.map(({ name, schema }) => [name, schema])),
    required: list.filter(({ required }) => required).map(({ name }) => name),
  })
  const body = operation.requestBody?.content['application/json'].schema ?? { properties: {} }
  const success = operation.responses[operation.responses['201'] ? '201' : '200'].content['application/json'].schema
  return [
    ...compareFields(contract, components, 'request', readFields(endpoint.query ?? {}), asObject(parameters('query'))),
    ...compareFields(contract, components, 'request', readFields(endpoint.body ?? {}), body),
    ...compareType(contract, components, 'response', readType(endpoint.data), success.properties.data),
  ].map((gap) => `${endpoint.sdk[0]}: ${gap}`)
}

const built = contract.endpoints.filter(published)

test('every method of the public client is built, or named as not built yet', () => {
  const missing = contract.endpoints.filter((endpoint) => !published(endpoint)).flatMap(({ sdk }) => sdk)
  assert.deepEqual(missing.sort(), methodsNotBuiltYet.toSorted())
})

test('built operations carry the names of the public client', () => {
  for (const endpoint of built) {
    assert(endpoint.sdk.includes(published(endpoint).operationId), endpoint.endpoint)
    const path = published(endpoint)
      .parameters.filter((parameter: { in: string }) => parameter.in === 'path')
      .map(({ name }: { name: string }) => name)
    assert.deepEqual(path, endpoint.path ?? [], endpoint.endpoint)
  }
})

test('built operations take every field of the contract and answer every field in its order, additions after them', () => {
  assert.deepEqual(built.flatMap(gaps).sort(), gapsNotBuiltYet.toSorted())
})

test('the events are those of the contract, in its order', () => {
  assert.deepEqual([...eventTypes], Object.keys(contract.webhookEvents))
})

test('the payload of every event has the fields of the contract, in its order, and no others', () => {
  const types = (contract as unknown as { webhookEventData: Record<string, Record<string, string>> }).webhookEventData
  const found = Object.entries(contract.webhookEvents).flatMap(([event, type]) => {
    const message = document.webhooks[event].post.requestBody.content['application/json'].schema
    const fields = readFields(types[type] ?? {})
    const data = document.components.schemas[message.properties.data.$ref.split('/').at(-1)]
    const more = Object.keys(data.properties).filter((name) => !fields.some((field) => field.name === name))
    const gaps = compareFields(contract, document.components, 'response', fields, data)
    return [...gaps, ...more.map((name) => `${name} is not in the contract`)].map((gap) => `${event}: ${gap}`)
  })
  assert.deepEqual(found, [])
  assert.equal(Object.keys(document.webhooks).length, 56)
})

test('the example of every event is one that could be sent', () => {
  for (const type of eventTypes) {
    const { example } = document.webhooks[type].post.requestBody.content['application/json']
    assert.deepEqual(readData(type, example.data), { data: example.data }, type)
  }
})
