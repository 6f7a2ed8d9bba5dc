import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { extractText, getDocumentProxy } from 'unpdf'
import { inTransaction } from '#database/transaction.ts'
import { queueMail } from '#mail/outbox.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { cards, confirmation, hosted, newCheckout } from '../support/checkouts.ts'
import { createWorld, type World } from '../support/world.ts'

/** What the mail server has taken, and how it answers the next messages: a code, or nothing for yes. */
const taken: Email[] = []
const seen: string[] = []
const answers: { recipient?: number; message?: number }[] = []
let refusal: { recipient?: number; message?: number } = {}

function answered(code: number | undefined): Error | null {
  return code === undefined ? null : Object.assign(new Error('not now'), { responseCode: code })
}

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  logger: false,
  onMailFrom: (_address, _session, done) => {
    refusal = answers.shift() ?? {}
    done()
  },
  onRcptTo: (_address, _session, done) => done(answered(refusal.recipient)),
  onData: (stream, _session, done) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', async () => {
      const email = await PostalMime.parse(Buffer.concat(chunks))
      seen.push(email.messageId ?? '')
      const error = answered(refusal.message)
      if (!error) taken.push(email)
      done(error)
    })
  },
})

let world: World
before(async () => {
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  world = await createWorld({
    role: 'all',
    mail: { url: `smtp://127.0.0.1:${port}`, from: 'Billing <billing@acme.example>' },
  })
  await settings({ supportEmail: 'help@acme.example', mail: { delivery: 'smtp' } })
})
after(async () => {
  await world.close()
  await new Promise<void>((resolve) => server.close(() => resolve()))
})

const settings = (body: unknown) => world.request('PUT', '/api/v1/settings', { body })

async function until<T>(what: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (let turn = 0; turn < 400; turn++) {
    const found = await what()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  assert.fail('it did not happen within 20 seconds')
}

const stateOf = async (kind: 'invoice_sent', state: 'waiting' | 'sent' | 'failed', attempts: number) =>
  world.db
    .selectFrom('mail')
    .selectAll()
    .where('kind', '=', kind)
    .where('state', '=', state)
    .where('attempts', '=', attempts)
    .orderBy('id', 'desc')
    .executeTakeFirst()

let invoiceId: string

test('a paid checkout sends a receipt with its invoice, to the customer, from the seller', async () => {
  const checkout = await newCheckout(world)
  assert.equal((await hosted(world, 'POST', `${checkout.token}/confirm`, confirmation(cards.pays))).status, 200)
  const receipt = await until(() => taken.find(({ subject }) => subject?.startsWith('Your receipt')))
  const { data } = await world.client.invoices.list({ subscriptionId: checkout.subscriptionId })
  invoiceId = data?.[0]?.id ?? ''
  const number = data?.[0]?.invoiceNumber
  assert.equal(receipt.subject, `Your receipt from Acme (${number})`)
  assert.deepEqual([receipt.from?.name, receipt.from?.address], ['Acme', 'billing@acme.example'])
  assert.deepEqual(
    receipt.to?.map(({ name, address }) => [name, address]),
    [['Ada Lovelace', 'ada@example.com']],
  )
  assert.deepEqual(
    receipt.replyTo?.map(({ address }) => address),
    ['help@acme.example'],
  )
  assert.match(receipt.text ?? '', /your payment of \$29\.00 has arrived/)
  assert.match(receipt.html ?? '', /your payment of \$29\.00 has arrived/)
  assert.match(receipt.messageId ?? '', /^<eml_[0-9a-z]{26}@acme\.example>$/)
  const [file] = receipt.attachments
  assert.deepEqual([file?.filename, file?.mimeType], [`${number}.pdf`, 'application/pdf'])
  const pdf = await getDocumentProxy(new Uint8Array(file?.content as ArrayBuffer))
  const { text } = await extractText(pdf, { mergePages: true })
  assert.match(text.replaceAll(/\s+/g, ' '), /\$29\.00 paid on/)
  await until(() => taken.find(({ subject }) => subject === 'Your Pro subscription with Acme'))
  const row = await until(() =>
    world.db
      .selectFrom('mail')
      .selectAll()
      .where('kind', '=', 'receipt')
      .where('state', '=', 'sent')
      .executeTakeFirst(),
  )
  assert.deepEqual([row.recipient, row.attempts], ['ada@example.com', 1])
  const [noted] = row.attachments as unknown as { name: string; sha256: string }[]
  assert.equal(noted?.name, `${number}.pdf`)
  assert.match(noted?.sha256 ?? '', /^[0-9a-f]{64}$/)
})

test('Invoices.send: a mail server that is busy is asked again, under the same message id', async () => {
  answers.push({ message: 451 })
  await world.client.invoices.send({ id: invoiceId })
  const waiting = await until(() => stateOf('invoice_sent', 'waiting', 1))
  await until(() => (seen.length >= 3 ? true : undefined))
  const held = await until(async () => {
    const row = await stateOf('invoice_sent', 'waiting', 1)
    return row?.last_error ? row : undefined
  })
  assert(held.next_attempt_at && held.next_attempt_at.epochMilliseconds - Date.now() > 30_000)
  // Its minute is over.
  await world.db.updateTable('mail').set({ next_attempt_at: held.queued_at }).where('id', '=', waiting.id).execute()
  await until(() => stateOf('invoice_sent', 'sent', 2))
  const mine = seen.filter((id) => id === `<${waiting.id}@acme.example>`)
  assert.equal(mine.length, 2)
  assert.equal(taken.filter(({ messageId }) => messageId === mine[0]).length, 1)
})

test('an address that does not exist is given up at once, and the reason is kept', async () => {
  answers.push({ recipient: 550 })
  await world.client.invoices.send({ id: invoiceId })
  const failed = await until(() => stateOf('invoice_sent', 'failed', 1))
  assert.match(failed.last_error ?? '', /550|not now/)
  assert.equal(failed.next_attempt_at, null)
})

test('a hint says where to end hints, in words and for mail programs; a receipt does not', async () => {
  const org = await findOrg(world.db, world.orgId)
  const row = await world.db.selectFrom('customer').select('id').executeTakeFirstOrThrow()
  assert(org)
  const facts = { planName: 'Pro', credits: '5', total: '5' }
  await inTransaction(world.db, (tx) =>
    queueMail(tx, { org, now: Temporal.Now.instant() }, row.id, 'credits_granted', facts),
  )
  const hint = await until(() => taken.find(({ subject }) => subject === 'Credits added to Pro: 5'))
  const header = (mail: Email, key: string) => mail.headers.find((one) => one.key === key)?.value
  const [, url = ''] = /^<(http.*\/mails\/[\w-]+)>$/.exec(header(hint, 'list-unsubscribe') ?? '') ?? []
  assert.equal(header(hint, 'list-unsubscribe-post'), 'List-Unsubscribe=One-Click')
  assert(url !== '' && hint.html?.includes(url) && hint.text?.includes(`Stop hints like this one: ${url}`))
  const receipt = taken.find(({ subject }) => subject?.startsWith('Your receipt'))
  assert(receipt && header(receipt, 'list-unsubscribe') === undefined)
})
