import assert from 'node:assert/strict'
import { test } from 'node:test'
import { letterOf } from '#mail/letter.ts'
import { type MailContent, mailKinds } from '#mail/mail.ts'
import { mailExamples, exampleParties as parties } from '#mail/mail-examples.ts'
import { letterHtml, letterText } from '#mail/render-letter.ts'
import { readerIn } from '#words/language.ts'

const english = readerIn('US', 'en')
const spanish = readerIn('ES', 'en')
const contentOf = (kind: MailContent['kind']): MailContent => {
  const found = mailExamples.find((content) => content.kind === kind)
  assert(found)
  return found
}
const written = (kind: MailContent['kind'], reader = english) => {
  const letter = letterOf(contentOf(kind), parties, reader)
  return { ...letter, text: letterText(letter), html: letterHtml(letter) }
}

test('every mail has its words in both languages, none left out, none shared by accident', () => {
  assert.deepEqual(new Set(mailExamples.map(({ kind }) => kind)), new Set(mailKinds))
  for (const content of mailExamples) {
    const both = [english, spanish].map((reader) => {
      const letter = letterOf(content, parties, reader)
      for (const text of [letter.subject, letterText(letter), letterHtml(letter)]) {
        assert(text.length > 10)
        // The style sheet alone has braces.
        const words = text.replace(/<style>[\s\S]*<\/style>/, '').replaceAll(/style="[^"]*"/g, '')
        assert.doesNotMatch(words, /[{}]|undefined|null/, `${content.kind} ${reader.language}`)
      }
      assert(letter.subject.length <= 90, letter.subject)
      assert(letter.paragraphs.length > 0 && letter.facts.length > 0, content.kind)
      return letterText(letter)
    })
    assert.notEqual(both[0], both[1], content.kind)
  }
})

test('a receipt says what was paid, to whom, and which invoice is attached', () => {
  const { subject, text } = written('receipt')
  assert.equal(subject, 'Your receipt from Acme (INV-000042)')
  assert.equal(
    text,
    `We received $29.00

Hello Ada Lovelace,

Thank you: your payment of $29.00 has arrived. The invoice is attached.

Invoice: INV-000042
Amount:  $29.00

Questions? Answer this mail or write to billing@acme.example.

Acme
`,
  )
})

test('a failed payment says why, when it is tried again, and where to pay: in Spanish to a Spaniard', () => {
  const { subject, text, button } = written('payment_failed', spanish)
  assert.equal(subject.replaceAll('\u00a0', ' '), 'Tu pago de 29,00 US$ a Acme no se ha podido cobrar')
  assert.match(text, /Tu banco dice que no hay fondos suficientes\./)
  assert.match(text, /Lo intentaremos de nuevo el 17 de junio de 2026\./)
  assert.deepEqual(button, { label: 'Actualizar la forma de pago', url: 'https://billing.example.com/recover/1' })
})

test('a reminder names the day, the plan and the amount', () => {
  const { text } = written('renewal_reminder')
  assert.match(text, /Your subscription to Pro renews on July 16, 2026 for \$29\.00/)
})

test('whatever a name holds is text, never markup', () => {
  const sneaky = '<img src=x onerror=alert(1)>"&\''
  const letter = letterOf(
    { kind: 'cancel_scheduled', facts: { planName: sneaky, endsOn: '2026-07-16' } },
    { ...parties, customerName: sneaky, sellerName: sneaky },
    english,
  )
  const html = letterHtml(letter)
  assert(!html.includes('<img'), html)
  assert(html.includes('&lt;img src=x onerror=alert(1)&gt;&quot;&amp;&#39;'))
  assert(letterText(letter).includes(sneaky))
})

test('a mail loads nothing from anywhere and is made for dark screens too', () => {
  for (const content of mailExamples) {
    const html = letterHtml(letterOf(content, parties, english))
    assert.doesNotMatch(html, /<(?:img|script|link|iframe)|url\(|@import/)
    assert.match(html, /prefers-color-scheme: dark/)
    assert.match(html, /<meta name="color-scheme" content="light dark">/)
  }
})

test('a mail of the sandbox says so before anything else', () => {
  const letter = letterOf(contentOf('receipt'), { ...parties, livemode: false }, english)
  assert.match(letterText(letter), /^Sent from a sandbox: nothing in this mail is real/)
  assert.match(letterHtml(letter), /Sent from a sandbox/)
})
