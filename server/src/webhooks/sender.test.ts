import assert from 'node:assert/strict'
import type { lookup } from 'node:dns'
import { createServer } from 'node:net'
import { after, test } from 'node:test'
import { createSender, type Sender } from '#webhooks/sender.ts'
import { Receiver } from '../../test/support/webhook-receiver.ts'

const receiver = await Receiver.start()
const sender = createSender()
after(async () => {
  await sender.close()
  await receiver.close()
})

const send = (url: string, livemode: boolean, by: Sender = sender) =>
  by.send({ url, livemode, headers: { 'content-type': 'application/json' }, body: '{"event":"x"}' })

/** Answers each look-up with the next of these addresses, the last one ever after. */
function resolver(...answers: string[][]): { lookup: typeof lookup; asked: string[] } {
  const asked: string[] = []
  const fake = (name: string, _options: object, callback: (error: null, found: object[]) => void) => {
    const found = answers[Math.min(asked.length, answers.length - 1)] ?? []
    asked.push(name)
    callback(
      null,
      found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
  return { lookup: fake as unknown as typeof lookup, asked }
}

test('no spelling of an address of this machine is dialled in live mode, though somebody listens there', async () => {
  const { port } = receiver
  const hosts = [
    '127.0.0.1',
    'localhost',
    '2130706433',
    '0x7f000001',
    '017700000001',
    '0177.0.0.1',
    '127.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '0.0.0.0',
    '0',
    '[::]',
  ]
  const before = receiver.connections
  for (const host of hosts) {
    for (const scheme of ['http', 'https']) {
      const { reply } = await send(`${scheme}://${host}:${port}/hook`, true)
      assert('error' in reply, host)
      assert.match(reply.error, /not a public address/, host)
    }
  }
  assert.equal(receiver.connections, before, 'not one connection was made')
})

test('the sandbox reaches this machine and no network around it', async () => {
  const { reply } = await send(receiver.url, false)
  assert.deepEqual(reply, { status: 200 })
  for (const host of [
    '10.0.0.1',
    '192.168.0.1',
    '172.16.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '[fd00::1]',
    '[fe80::1]',
    '0.0.0.0',
  ]) {
    const answer = await send(`http://${host}:${receiver.port}/`, false)
    assert('error' in answer.reply && /not a public address/.test(answer.reply.error), host)
  }
})

test('a name is judged by the very answer it is dialled with: one that changes afterwards gains nothing', async () => {
  // Public when somebody checks, this machine when it is dialled: there is only one look-up, and its answer is the one dialled.
  const changing = resolver(['127.0.0.1'], ['93.184.216.34'])
  const rebound = createSender({ lookup: changing.lookup, deadlineMs: 2_000 })
  const before = receiver.connections
  const { reply } = await send(`http://rebinding.example:${receiver.port}/`, true, rebound)
  assert('error' in reply && /rebinding.example \(127.0.0.1\) is not a public address/.test(reply.error))
  assert.deepEqual(changing.asked, ['rebinding.example'])
  await rebound.close()

  // The other way round: the first answer is public, and whatever comes later is asked and judged for each new connection.
  const later = resolver(['127.0.0.1'], ['169.254.169.254'])
  const local = createSender({ lookup: later.lookup, deadlineMs: 2_000 })
  const url = `http://turning.example:${receiver.port}/`
  receiver.behaviour = (_received, response) => {
    response.writeHead(200, { connection: 'close' }).end()
    return undefined
  }
  assert.deepEqual((await send(url, false, local)).reply, { status: 200 })
  const second = await send(url, false, local)
  assert('error' in second.reply && /169.254.169.254/.test(second.reply.error))
  await local.close()
  receiver.behaviour = () => 200
  assert.equal(receiver.connections, before + 1)
})

test('one forbidden address among public ones is one too many', async () => {
  const mixed = createSender({ lookup: resolver(['93.184.216.34', '10.0.0.1']).lookup })
  const { reply } = await send('https://mixed.example/', true, mixed)
  assert('error' in reply && /10.0.0.1/.test(reply.error))
  const mapped = createSender({ lookup: resolver(['::ffff:127.0.0.1']).lookup })
  const other = await send('https://mapped.example/', true, mapped)
  assert('error' in other.reply && /not a public address/.test(other.reply.error))
  await mixed.close()
  await mapped.close()
})

test('a redirect is an answer like any other and is not followed', async () => {
  const target = await Receiver.start()
  receiver.behaviour = (_received, response) => {
    response.writeHead(307, { location: target.url }).end('elsewhere')
    return undefined
  }
  const { reply, response } = await send(receiver.url, false)
  receiver.behaviour = () => 200
  assert.deepEqual([reply, response], [{ status: 307 }, 'elsewhere'])
  assert.equal(target.connections, 0)
  await target.close()
})

test('of a huge answer 2 KB are read, of an endless one too, and nothing waits for the rest', async () => {
  receiver.behaviour = (_received, response) => {
    response.writeHead(200)
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
      response.once('drain', more)
    }
    more()
    return undefined
  }
  const { reply, response, durationMs } = await send(receiver.url, false)
  receiver.behaviour = () => 200
  assert.deepEqual([reply, response?.length], [{ status: 200 }, 2048])
  assert(durationMs < 1_000, `${durationMs} ms`)
})

test('a body that drips is cut off; what it said before counts', async () => {
  receiver.behaviour = (_received, response) => {
    response.writeHead(201)
    const timer = setInterval(() => response.write('.'), 100)
    response.on('close', () => clearInterval(timer))
    return undefined
  }
  const { reply, response, durationMs } = await send(receiver.url, false)
  receiver.behaviour = () => 200
  assert.deepEqual(reply, { status: 201 })
  assert.match(response ?? '', /^\.{5,25}$/)
  assert(durationMs < 3_000, `${durationMs} ms`)
})

test('headers that drip, silence, and no answer at all end with the deadline', async () => {
  const quick = createSender({ deadlineMs: 600 })
  const dripping = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.write('HTTP/1.1 200 OK\r\n')
    const timer = setInterval(() => socket.write('x-more: a\r\n'), 50)
    socket.on('close', () => clearInterval(timer))
  }).listen(0, '127.0.0.1')
  const silent = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1')
  await new Promise((resolve) => setTimeout(resolve, 20))
  for (const server of [dripping, silent]) {
    const { port } = server.address() as { port: number }
    const { reply, durationMs } = await send(`http://127.0.0.1:${port}/`, false, quick)
    assert.deepEqual(reply, { error: 'no answer within 0.6 seconds' })
    assert(durationMs < 1_200, `${durationMs} ms`)
  }
  await quick.close()
  dripping.close()
  silent.close()
})

test('headers without end are refused', async () => {
  const wordy = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.write(`HTTP/1.1 200 OK\r\nx-long: ${'a'.repeat(200_000)}\r\n\r\n`)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => setTimeout(resolve, 20))
  const { reply } = await send(`http://127.0.0.1:${(wordy.address() as { port: number }).port}/`, false)
  assert.deepEqual(reply, { error: 'the headers of the answer are too large' })
  wordy.close()
})

test('what goes wrong is said in words', async () => {
  const nobody = await Receiver.start()
  const { url } = nobody
  await nobody.close()
  assert.deepEqual((await send(url, false)).reply, { error: 'nothing listens there' })
  const rude = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await new Promise((resolve) => setTimeout(resolve, 20))
  const port = (rude.address() as { port: number }).port
  assert.deepEqual((await send(`http://127.0.0.1:${port}/`, false)).reply, {
    error: 'the connection was closed without an answer',
  })
  rude.close()
})

test('an answer that is no text is kept as far as it can be', async () => {
  receiver.behaviour = (_received, response) => {
    response.writeHead(500).end(Buffer.from([0x61, 0x00, 0xff, 0x62]))
    return undefined
  }
  const { response } = await send(receiver.url, false)
  receiver.behaviour = () => 200
  assert.equal(response, 'a\ufffd\ufffdb')
})
