import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createCustomer } from '#customers/actions/create-customer.ts'
import { inTransaction } from '#database/transaction.ts'
import { insertOperatorMail, keepWaiting, listMails, markSent, markUnsent, takeDueMails } from '#mail/mail.store.ts'
import { queueAskedMail, queueMail, queueMails } from '#mail/outbox.ts'
import { updateSettings } from '#organisations/actions/update-settings.ts'
import type { Org } from '#organisations/org.ts'
import { machineNow } from '#time/clock.ts'
import { type ClonedDatabase, cloneDatabase } from '../../test/support/database.ts'
import { contextAt, newOrganisation, noon } from '../../test/support/organisations.ts'

let database: ClonedDatabase
before(async () => {
  database = await cloneDatabase()
})
after(() => database.drop())

const receipt = { invoiceId: 'inv_1', invoiceNumber: 'INV-000001', amount: '2900', currency: 'usd' }
const soon = () => machineNow().add({ seconds: 5 })

/** A customer on a side of a new organisation, and what is in its outbox. */
async function setting(mode: 'live' | 'sandbox') {
  const org = (await newOrganisation(database.db))[mode]
  const context = contextAt(org)
  const { customer } = await inTransaction(database.db, (tx) =>
    createCustomer(tx, context, { ...newCustomer, email: 'ada@example.com' }),
  )
  const queue = () => inTransaction(database.db, (tx) => queueMail(tx, context, customer.id, 'receipt', receipt))
  const mails = () => listMails(database.db, [org.id], 100, undefined)
  return { org, context, customerId: customer.id, queue, mails }
}

const newCustomer = {
  ownId: null,
  fullName: null,
  taxDocument: null,
  taxExemption: null,
  poNumber: null,
  timezone: null,
  metadata: null,
  addressId: null,
  address: null,
}

const take = (limit = 10, holdSeconds = 300) =>
  inTransaction(database.db, (tx) => takeDueMails(tx, soon(), { limit, holdSeconds }))
const configure = (org: Org, mail: Parameters<typeof updateSettings>[2]['mail']) =>
  inTransaction(database.db, (tx) => updateSettings(tx, org, { mail }, noon))

test('a mail exists exactly when what caused it does', async () => {
  const { context, customerId, mails } = await setting('live')
  const failing = inTransaction(database.db, async (tx) => {
    await queueMail(tx, context, customerId, 'receipt', receipt)
    throw new Error('undone')
  })
  await assert.rejects(failing, /undone/)
  assert.deepEqual(await mails(), [])
})

test('live mails wait for the mail server, those of the sandbox for nobody', async () => {
  const live = await setting('live')
  const sandbox = await setting('sandbox')
  await live.queue()
  await sandbox.queue()
  assert.deepEqual(
    (await live.mails()).map(({ state, content }) => [state, content.kind, content.facts]),
    [['waiting', 'receipt', receipt]],
  )
  assert.deepEqual(
    (await sandbox.mails()).map(({ state }) => state),
    ['inbox'],
  )
  await configure(sandbox.org, { delivery: 'smtp' })
  await sandbox.queue()
  assert.deepEqual(
    (await sandbox.mails()).map(({ state }) => state),
    ['waiting', 'inbox'],
  )
  await keepWaiting(database.db)
  assert.deepEqual(
    (await live.mails()).map(({ state }) => state),
    ['inbox'],
  )
})

test('what is switched off is not written, one by one or all, unless somebody asks for it', async () => {
  const { org, context, customerId, queue, mails } = await setting('sandbox')
  await configure(org, { off: ['receipt'] })
  await inTransaction(database.db, (tx) =>
    queueMails(tx, context, [
      { customerId, content: { kind: 'receipt', facts: receipt } },
      { customerId, content: { kind: 'cancel_scheduled', facts: { planName: 'Pro', endsOn: '2026-07-16' } } },
    ]),
  )
  assert.deepEqual(
    (await mails()).map(({ content }) => content.kind),
    ['cancel_scheduled'],
  )
  await configure(org, { enabled: false, off: [] })
  await queue()
  assert.equal((await mails()).length, 1)
  const asked = { ...receipt, dueOn: '2026-06-16' }
  await inTransaction(database.db, (tx) => queueAskedMail(tx, context, customerId, 'invoice_sent', asked))
  assert.equal((await mails()).length, 2)
})

test('sixteen workers at once take every mail once, and again only after the hold', async () => {
  const { queue, mails } = await setting('live')
  for (let count = 0; count < 20; count++) await queue()
  const taken = (await Promise.all(Array.from({ length: 16 }, () => take(3)))).flat()
  assert.equal(taken.length, 20)
  assert.equal(new Set(taken.map(({ id }) => id)).size, 20)
  assert.deepEqual(await take(), [])
  assert((await mails()).every(({ attempts }) => attempts === 1))
  const later = machineNow().add({ seconds: 400 })
  const again = await inTransaction(database.db, (tx) => takeDueMails(tx, later, { limit: 100, holdSeconds: 1 }))
  assert.equal(again.length, 20)
  for (const mail of again) {
    const sent = { recipient: 'ada@example.com', subject: 'Hello', attachments: [] }
    await inTransaction(database.db, (tx) => markSent(tx, mail, sent, noon))
  }
})

test('a mail that was sent is not brought back by a late failure', async () => {
  const { queue, mails } = await setting('live')
  await queue()
  const [mail] = await take()
  assert(mail)
  const sent = { recipient: 'ada@example.com', subject: 'Hello', attachments: [] }
  await inTransaction(database.db, (tx) => markSent(tx, mail, sent, noon))
  await inTransaction(database.db, (tx) => markUnsent(tx, mail, 'too late', noon))
  assert.deepEqual(
    (await mails()).map(({ state, recipient, lastError }) => [state, recipient, lastError]),
    [['sent', 'ada@example.com', null]],
  )
})

test('what fails all the time is told to operators once an hour, each endpoint by itself', async () => {
  const { org, mails } = await setting('live')
  const tell = (endpointId: string, minutes: number) => {
    const facts = { endpointId, url: '', event: 'a', eventId: 'whev_1', attempts: 8, reason: '', further: 0 }
    const quiet = { fact: 'endpointId', hours: 1 }
    return inTransaction(database.db, (tx) =>
      insertOperatorMail(tx, org.id, { kind: 'webhook_failed', facts }, noon.add({ minutes }), quiet),
    )
  }
  for (const minutes of [0, 1, 59, 60, 61]) await tell('wh_1', minutes)
  await tell('wh_2', 5)
  const told = (await mails()).map(({ content, occurredAt }) => {
    assert(content.kind === 'webhook_failed')
    return `${content.facts.endpointId} ${occurredAt.since(noon).total('minutes')}`
  })
  assert.deepEqual(told.sort(), ['wh_1 0', 'wh_1 60', 'wh_2 5'])
})
