import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { rules } from '#billing/explanation/rules.ts'
import { problems } from '#problem.ts'
import { launchBrowser } from '../support/browser.ts'
import { createWorld } from '../support/world.ts'

const world = await createWorld()
after(() => world.close())

const directory = new URL('../../../docs/errors/', import.meta.url)
const codes = Object.keys(problems) as (keyof typeof problems)[]
const sections = ['When it happens', 'What to do', 'Is retrying useful?', 'Example']

test('every error code has a page, and there is no page for anything else', () => {
  assert.deepEqual(readdirSync(directory).sort(), codes.map((code) => `${code}.md`).sort())
})

test('every page says what it means, when it happens, what to do, and shows a true example', () => {
  for (const code of codes) {
    const text = readFileSync(new URL(`${code}.md`, directory), 'utf8')
    assert(text.startsWith(`# ${code}\n\n`), code)
    assert.deepEqual(
      [...text.matchAll(/^## (.+)$/gm)].map(([, title]) => title),
      sections,
      code,
    )
    const example = JSON.parse(/```json\n([\s\S]+?)```/.exec(text)?.[1] ?? '')
    assert.equal(example.success, false)
    assert.equal(example.error.code, code)
    assert.equal(example.error.type, problems[code].type, code)
    assert.equal(example.error.doc_url, `https://billing.example.com/docs/errors/${code}`)
    assert.equal(Array.isArray(example.error.details), code === 'validation_error', code)
  }
})

test('the page of invoice lines has a section for every rule, which explanations point at', async () => {
  const { status, headers, body } = await world.request('GET', '/docs/invoice-lines', { key: null })
  assert.equal(status, 200)
  assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/)
  for (const rule of Object.keys(rules)) assert(body.includes(`<h2 id="${rule}">`), rule)
})

test('every page is served, without script and without anything from elsewhere', async () => {
  for (const code of codes) {
    const { status, headers, body } = await world.request('GET', `/docs/errors/${code}`, { key: null })
    assert.equal(status, 200, code)
    assert.equal(headers.get('content-type'), 'text/html; charset=utf-8')
    assert.match(headers.get('content-security-policy') ?? '', /^default-src 'none'; style-src 'self';/)
    assert.match(
      body.replaceAll('<wbr>', ''),
      new RegExp(`<h1>${code}</h1>\\n<p class="facts"><span>HTTP ${problems[code].status}`),
    )
    assert.doesNotMatch(body, /<script|style=|src="http/)
  }
})

test('a refusal points at its page, and a code that does not exist has none', async () => {
  const refusal = await world.request('GET', '/api/v1/features', { key: null })
  assert.equal(refusal.body.error.doc_url, 'http://halley.test/docs/errors/unauthorized')
  for (const unknown of ['nothing', 'toString', '..%2Funauthorized', '%00']) {
    const { status, headers } = await world.request('GET', `/docs/errors/${unknown}`, { key: null })
    assert.equal(status, 404, unknown)
    assert.equal(headers.get('content-type'), 'text/html; charset=utf-8')
  }
})

test('the index leads to every page', async () => {
  const { status, body } = await world.request('GET', '/docs/errors', { key: null })
  assert.equal(status, 200)
  for (const code of codes) assert(body.includes(`<a href="/docs/errors/${code}">${code}</a>`), code)
})

test('a page reads well on a phone, in light and in dark', { timeout: 60_000 }, async () => {
  const browser = await launchBrowser()
  try {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.newPage({ colorScheme, viewport: { width: 360, height: 740 } })
      await page.goto(`${world.url}/docs/errors/idempotency_key_mismatch`)
      const paper = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
      const widest = await page.evaluate<number>('document.documentElement.scrollWidth')
      assert.equal(paper, colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(14, 20, 19)')
      assert.equal(widest, 360)
    }
  } finally {
    await browser.close()
  }
})
