import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Command } from 'commander'
import type { Terminal } from '#cli/command.ts'
import { eventsCommand } from '#cli/events.ts'
import { addressOf, listenCommand } from '#cli/listen.ts'
import { readMessages } from '#cli/server-sent-events.ts'
import { triggerCommand } from '#cli/trigger.ts'
import { runCli } from '../../test/support/terminal.ts'
import { headerOf, Receiver } from '../../test/support/webhook-receiver.ts'
import { listenAt, tell } from '../../test/support/webhooks.ts'
import { createWorld } from '../../test/support/world.ts'

const world = await createWorld()
const receiver = await Receiver.start()
after(async () => {
  await world.close()
  await receiver.close()
})
const defaults = { url: () => world.url, environment: {} }

/** Something that goes on until it is told to end, and what it has said so far. */
function running(start: (terminal: Terminal, signal: AbortSignal) => (program: Command) => void, ...words: string[]) {
  const said = { out: [] as string[], err: [] as string[] }
  const end = new AbortController()
  const terminal: Terminal = {
    out: (line) => said.out.push(line),
    err: (line) => said.err.push(line),
    exitWith: () => undefined,
    ask: null,
  }
  const ended = runCli((program) => start(terminal, end.signal)(program), world.db, words)
  return {
    said,
    async stop() {
      end.abort()
      await ended
    },
  }
}

async function until(isSo: () => boolean): Promise<void> {
  for (const give = Date.now() + 10_000; !isSo(); await wait(20)) assert(Date.now() < give, 'it never happened')
}

const open = async () => ({ db: world.db, close: async () => undefined })

test('halley listen forwards what happens, signed with the secret it prints, a line for each', async () => {
  const listening = running(
    (terminal, signal) => (program) => listenCommand(program, open, defaults, terminal, signal),
    'listen',
    receiver.url,
    '--events',
    'customer.created,customer.updated',
  )
  await until(() => listening.said.err.length > 0)
  const [welcome = ''] = listening.said.err
  const secret = /whsec_\S+/.exec(welcome)?.[0] ?? ''
  await world.client.customers.create({ id: 'heard', email: 'heard@example.com' })
  await world.client.features.create({ code: 'unheard', name: 'Unheard', type: 'boolean' })
  await world.client.customers.update({ id: 'heard', fullName: 'Heard' })
  await until(() => listening.said.out.length === 2)
  const [received] = receiver.received
  assert(received)
  const payload = world.client.webhooks.verifyAndParse({
    rawBody: received.body,
    signature: headerOf(received, 'x-commet-signature'),
    secret,
  })
  assert.equal(payload?.event, 'customer.created')
  assert.match(listening.said.out[0] ?? '', /^customer\.created {2}whev_\w{26} {2}200 \(\d+ ms\)$/)
  assert.match(listening.said.out[1] ?? '', /^customer\.updated/)
  await listening.stop()
  // The key that was made for it is gone.
  const { data: keys } = await world.client.apiKeys.list()
  assert(!keys?.some(({ name }) => name === 'halley command line'))
})

test('halley events tail shows what happens, and nothing of before', async () => {
  const tailing = running(
    (terminal, signal) => (program) => eventsCommand(program, open, defaults, terminal, signal),
    'events',
    'tail',
    '--json',
  )
  await wait(800)
  await world.client.customers.create({ id: 'tailed', email: 'tailed@example.com' })
  await until(() => tailing.said.out.length > 0)
  await tailing.stop()
  const told = tailing.said.out.map((line) => JSON.parse(line))
  assert.deepEqual(
    told.map(({ event, data }) => [event, data.externalId]),
    [['customer.created', 'tailed']],
  )
})

test('a stream that breaks is taken up where it was, as soon as the server is there again', async () => {
  const stream = (id: string, event: string) =>
    `event: ${event}\nid: ${id}\ndata: ${JSON.stringify({ secret: 'whsec_x', body: JSON.stringify({ id, event }) })}\n\n`
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (asked.length === 1) return response.end(stream('whev_beginning', 'ready'))
    if (asked.length === 2) return response.writeHead(503).end('starting')
    const missed = stream('whev_missed', 'customer.created')
    response.write(stream('whev_beginning', 'ready') + missed + missed)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const tailing = running(
    (terminal, signal) => (program) =>
      eventsCommand(program, open, { url: () => url, environment: {} }, terminal, signal),
    'events',
    'tail',
    '--json',
  )
  await until(() => tailing.said.out.length === 1)
  await tailing.stop()
  assert.match(asked[2] ?? '', /after=whev_beginning/)
  assert.deepEqual(tailing.said.err, ['The connection to Halley is lost; trying again.', 'Connected again.'])
  server.closeAllConnections()
  server.close()
})

test('a name that no event has is refused, not waited for', async () => {
  await assert.rejects(halley('events', 'tail', '--events', 'customer.create'), /customer\.create/)
})

const halley = (...words: string[]) =>
  runCli(
    (program, opened, terminal) => {
      triggerCommand(program, opened, defaults, terminal)
      eventsCommand(program, opened, defaults, terminal)
    },
    world.db,
    words,
  )

test('halley trigger makes a real event, and asks before it moves the clock', async () => {
  const { out } = await halley('trigger', 'seats.updated')
  assert.match(out, /seats\.updated has happened/)
  assert.match((await halley('events', 'list')).out, /seats\.updated {2}whev_/)
  await assert.rejects(halley('trigger', 'trial.expired'), { code: 'confirmation_required' })
  await assert.rejects(halley('trigger', 'nothing.happened'), { code: 'not_found' })
  assert.match((await halley('trigger')).out, /trial\.expired {2}\(moves the clock\)/)
})

test('who wants single uses is told that no endpoint names them; where one does they can be triggered', async () => {
  await assert.rejects(halley('trigger', 'usage.recorded'), { code: 'nobody_listens' })
  const listening = running(
    (terminal, signal) => (program) => listenCommand(program, open, defaults, terminal, signal),
    'listen',
    receiver.url,
    '--events',
    'customer.created,usage.recorded',
  )
  await until(() => listening.said.err.length === 2)
  await listening.stop()
  assert.match(listening.said.err[1] ?? '', /told only while an endpoint that is on names it/)
  const { id } = await listenAt(world, receiver.url, ['usage.recorded'])
  assert.match((await halley('trigger', 'usage.recorded')).out, /usage\.recorded has happened/)
  assert.match((await halley('events', 'list')).out, /usage\.recorded {2}whev_/)
  await world.client.webhooks.delete({ id })
})

test('halley events resend sends a delivery again', async () => {
  receiver.received.length = 0
  const { id } = await listenAt(world, receiver.url, ['customer.created'])
  await world.client.customers.create({ email: 'again@example.com' })
  await tell(world)
  const { body } = await world.request('GET', `/api/v1/webhooks/${id}/deliveries`)
  const { out } = await halley('events', 'resend', body.data[0].id)
  assert.match(out, /^whd_\w{26}\n$/)
  await tell(world)
  assert.equal(receiver.received.length, 2)
  assert.equal(receiver.received[0]?.body, receiver.received[1]?.body)
  await assert.rejects(halley('events', 'resend', 'whd_none'), { code: 'not_found' })
})

test('the stream wants a key, like everything', async () => {
  assert.equal((await world.request('GET', '/api/v1/events/stream', { key: null })).status, 401)
})

test('a port, a port with a path, or an address', () => {
  assert.equal(addressOf('3000'), 'http://localhost:3000')
  assert.equal(addressOf('3000/webhooks'), 'http://localhost:3000/webhooks')
  assert.equal(addressOf('https://example.test/a'), 'https://example.test/a')
  for (const wrong of ['nonsense', 'ftp://example.com', '']) assert.throws(() => addressOf(wrong))
})

test('messages of a stream are read whole, however they are cut', async () => {
  const text = ': alive\n\nevent: a\nid: 1\ndata: {"x":1}\n\ndata: one\ndata: two\n\n'
  for (const size of [1, 3, 1000]) {
    const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
      text.slice(at * size, (at + 1) * size),
    )
    const read = []
    async function* body() {
      for (const chunk of chunks) yield new TextEncoder().encode(chunk)
    }
    for await (const message of readMessages(body())) read.push(message)
    assert.deepEqual(read, [
      { event: 'a', id: '1', data: '{"x":1}' },
      { event: 'message', id: undefined, data: 'one\ntwo' },
    ])
  }
})
