import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { mailCommand } from '#cli/mail.ts'
import { inTransaction } from '#database/transaction.ts'
import { type MailTransport, type Message, Undeliverable } from '#mail/transport.ts'
import { createFirstOrganisation } from '#organisations/actions/create-first-organisation.ts'
import { updateSettings } from '#organisations/actions/update-settings.ts'
import { findSide } from '#organisations/sides.store.ts'
import { type ClonedDatabase, cloneDatabase } from '../../test/support/database.ts'
import { noon } from '../../test/support/organisations.ts'
import { runCli } from '../../test/support/terminal.ts'

let database: ClonedDatabase
before(async () => {
  database = await cloneDatabase()
  const input = { name: 'Acme', fixedKeys: { live: undefined, sandbox: undefined }, machineNow: noon }
  const { organisation } = await inTransaction(database.db, (tx) => createFirstOrganisation(tx, input))
  const side = await findSide(database.db, organisation.id, 'sandbox')
  assert(side)
  await inTransaction(database.db, (tx) => updateSettings(tx, side, { supportEmail: 'help@acme.example' }, noon))
})
after(() => database.drop())

const sent: Message[] = []
const works: MailTransport = { send: async (message) => void sent.push(message), close: () => {} }
const halley = (words: string[], transport: MailTransport | null = works) =>
  runCli((program, open, terminal) => mailCommand(program, open, () => transport, terminal), database.db, [
    'mail',
    ...words,
  ])

test('test sends an example to the address, from the organisation, in the language asked for', async () => {
  const { out, exitCode } = await halley(['test', 'card_expiring', '--to', 'me@acme.example', '--language', 'es'])
  assert.equal(exitCode, 0)
  const [message] = sent
  assert.deepEqual(message?.to, { name: '', address: 'me@acme.example' })
  assert.deepEqual([message?.senderName, message?.replyTo], ['Acme', 'help@acme.example'])
  assert.match(message?.subject ?? '', /^Tu tarjeta terminada en 4242 en Acme caduca el 31 de julio de 2026$/)
  assert.match(message?.text ?? '', /^Enviado desde un entorno de pruebas/)
  assert.match(message?.html ?? '', /<html lang="es">/)
  assert.match(out, /^Sent to me@acme\.example: Tu tarjeta/)
})

test('a mail server that refuses, or none, is said with what to do', async () => {
  const refusing = {
    ...works,
    send: async () => {
      throw new Undeliverable('550 no such user')
    },
  }
  const refused = await halley(['test', 'receipt', '--to', 'me@acme.example'], refusing)
  assert.deepEqual([refused.exitCode, /550 no such user/.test(refused.err)], [1, true])
  const none = await halley(['test', 'receipt', '--to', 'me@acme.example'], null)
  assert.deepEqual([none.exitCode, /Set SMTP_URL and MAIL_FROM/.test(none.err)], [1, true])
})

test('kinds lists the names', async () => {
  const { out } = await halley(['kinds'])
  assert(out.split('\n').includes('credits_low'))
})
