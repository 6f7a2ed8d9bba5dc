import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createWorld, type World } from '../support/world.ts'

let world: World
before(async () => {
  world = await createWorld()
})
after(() => world.close())

const models = '/api/v1/ai-models'
const get = async (query: string) => (await world.request('GET', `${models}${query}`)).body
const put = (body: Record<string, unknown>) => world.request('PUT', models, { body })
const remove = (body: Record<string, unknown>) => world.request('DELETE', models, { body })

test('AiModels.list: more than 150 models, page by page, each once', async () => {
  const seen = new Set<string>()
  let cursor = ''
  do {
    const { data, nextCursor, hasMore } = await get(`?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
    for (const { id } of data) {
      assert.ok(!seen.has(id), `${id} came twice`)
      seen.add(id)
    }
    cursor = hasMore ? nextCursor : ''
  } while (cursor !== '')
  assert.ok(seen.size > 1_400, `${seen.size} models`)
})

test('AiModels.list: found by part of the name and by provider', async () => {
  const { data } = await get('?search=Sonnet-4-0&provider=anthropic')
  assert.deepEqual(data, [
    {
      id: 'anthropic/claude-sonnet-4-0',
      provider: 'anthropic',
      model: 'claude-sonnet-4-0',
      name: 'Claude Sonnet 4',
      source: 'shipped',
      inputPrice: 30_000,
      outputPrice: 150_000,
      cacheReadPrice: 3_000,
      cacheWritePrice: 37_500,
      longInput: [],
      effectiveFrom: null,
      object: 'ai_model',
      livemode: false,
    },
  ])
})

test('AiModels.lookup: a dated name in any case, and prices that are no whole rate', async () => {
  assert.equal((await get('/lookup?model=GPT-4o-2024-08-06')).data.id, 'openai/gpt-4o')
  const { data } = await get('/lookup?model=quicksilverpro/deepseek-v4-pro')
  assert.equal(data.cacheReadPrice, 36.25)
  const { status, body } = await world.request('GET', `${models}/lookup?model=acme/none`)
  assert.deepEqual([status, body.error.code], [404, 'model_not_found'])
})

test('AiModels.lookup: what long input costs', async () => {
  const { data } = await get('/lookup?model=google/gemini-2.5-pro')
  assert.deepEqual(
    data.longInput.map(({ above, inputPrice, outputPrice }: Record<string, number>) => [
      above,
      inputPrice,
      outputPrice,
    ]),
    [[200_000, 25_000, 150_000]],
  )
})

test('AiModels.setPrice, AiModels.removePrice: changes hold from their dates and are all kept', async () => {
  const price = { model: 'acme/Large-1', inputPrice: 12.5, outputPrice: 100 }
  const first = await put({ ...price, effectiveFrom: '2026-01-01T00:00:00Z' })
  assert.equal(first.status, 200)
  const { createdAt: _, ...rest } = first.body.data
  assert.deepEqual(rest, {
    id: 'acme/large-1',
    inputPrice: 12.5,
    outputPrice: 100,
    cacheReadPrice: null,
    cacheWritePrice: null,
    removed: false,
    effectiveFrom: '2026-01-01T00:00:00.000Z',
    object: 'ai_model_price',
    livemode: false,
  })
  await put({ ...price, inputPrice: 20, cacheReadPrice: 2, effectiveFrom: '2026-02-01T00:00:00Z' })
  await remove({ model: 'acme/large-1', effectiveFrom: '2026-03-01T00:00:00Z' })
  const at = async (day: string) => await get(`/lookup?model=acme/large-1&at=2026-${day}T00:00:00Z`)
  const early = (await at('01-31')).data
  assert.deepEqual([early.inputPrice, early.source, early.effectiveFrom], [12.5, 'own', '2026-01-01T00:00:00.000Z'])
  assert.deepEqual(
    early.changes.map(({ inputPrice, removed }: Record<string, unknown>) => [inputPrice, removed]),
    [
      [12.5, false],
      [20, false],
      [null, true],
    ],
  )
  assert.equal((await at('02-01')).data.inputPrice, 20)
  assert.equal((await at('03-01')).error.code, 'model_not_found')
  const again = await remove({ model: 'acme/large-1', effectiveFrom: '2026-03-02T00:00:00Z' })
  assert.deepEqual([again.status, again.body.error.code], [404, 'model_not_found'])
})

test('AiModels.setPrice: a shipped model by any of its names, on this side alone', async () => {
  await put({ model: 'GPT-4o', inputPrice: 1, outputPrice: 2 })
  const { data } = await get('/lookup?model=openai/gpt-4o')
  assert.deepEqual([data.id, data.source, data.inputPrice], ['openai/gpt-4o', 'own', 1])
  const live = await world.request('GET', `${models}/lookup?model=gpt-4o`, { key: world.liveKey })
  assert.deepEqual([live.body.data.source, live.body.data.inputPrice], ['shipped', 25_000])
})

test('AiModels.setPrice: what cannot be a price or a name is refused', async () => {
  const fieldsOf = async (body: Record<string, unknown>) => {
    const { status, body: answer } = await put(body)
    assert.equal(status, 422)
    return answer.error.details.map(({ field }: { field: string }) => field)
  }
  assert.deepEqual(await fieldsOf({ model: 'unheard-of', inputPrice: 1, outputPrice: 1 }), ['model'])
  assert.deepEqual(await fieldsOf({ model: 'acme/x', inputPrice: -1, outputPrice: 1e11 }), [
    'inputPrice',
    'outputPrice',
  ])
  assert.deepEqual(await fieldsOf({ model: ' ', inputPrice: '1' }), ['model', 'inputPrice', 'outputPrice'])
})
