import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Connection, chooseRoute, type RouteWish } from './connection.ts'

const at = Temporal.Instant.from('2026-06-16T12:00:00Z')

function connection(id: string, changes: Partial<Connection> = {}): Connection {
  const plain = { isDefault: false, removedAt: null, createdAt: at, countries: [] }
  return { orgId: 'org_1', id, provider: 'stripe', name: id, ...plain, ...changes }
}

const wish = (changes: Partial<RouteWish> = {}): RouteWish => ({
  mode: 'live',
  provider: undefined,
  country: null,
  ...changes,
})

const world = connection('con_world', { isDefault: true })
const brazil = connection('con_brazil', { provider: 'dlocal', countries: ['BR', 'CL'] })
const europe = connection('con_europe', { countries: ['DE', 'BR'], removedAt: at })

test('a country’s route comes before the default, and other countries get the default', () => {
  assert.deepEqual(chooseRoute([world, brazil], wish({ country: 'BR' })), {
    provider: 'dlocal',
    connectionId: 'con_brazil',
  })
  assert.deepEqual(chooseRoute([world, brazil], wish({ country: 'FR' })), {
    provider: 'stripe',
    connectionId: 'con_world',
  })
  assert.deepEqual(chooseRoute([world, brazil], wish()), { provider: 'stripe', connectionId: 'con_world' })
})

test('a provider that was asked for is kept to, whatever the routes say', () => {
  assert.deepEqual(chooseRoute([world, brazil], wish({ provider: 'stripe', country: 'BR' })), {
    provider: 'stripe',
    connectionId: 'con_world',
  })
  assert.deepEqual(chooseRoute([world, brazil], wish({ provider: 'dlocal', country: 'FR' })), {
    provider: 'dlocal',
    connectionId: 'con_brazil',
  })
  assert.equal(chooseRoute([world], wish({ provider: 'dlocal' })), undefined)
})

test('removed connections are chosen no more', () => {
  assert.deepEqual(chooseRoute([world, europe], wish({ country: 'DE' })), {
    provider: 'stripe',
    connectionId: 'con_world',
  })
  assert.equal(chooseRoute([europe], wish({ provider: 'stripe' })), undefined)
})

test('without a connection the sandbox pays at the built-in processor, and the live side asks in vain for it', () => {
  const builtIn = { provider: 'commet', connectionId: null }
  assert.deepEqual(chooseRoute([], wish({ mode: 'sandbox' })), builtIn)
  assert.deepEqual(chooseRoute([], wish({ mode: 'sandbox', provider: 'commet' })), builtIn)
  assert.deepEqual(chooseRoute([brazil], wish({ mode: 'sandbox', country: 'FR' })), builtIn)
  assert.equal(chooseRoute([], wish({ mode: 'live', provider: 'commet' })), undefined)
})
