import { readFileSync } from 'node:fs'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { Marked } from 'marked'
import { isProblemCode, type ProblemCode, problems } from '#problem.ts'

const pagesDirectory = new URL('../../../docs/errors/', import.meta.url)
const guidesDirectory = new URL('../../../docs/guides/', import.meta.url)
const stylesheet = readFileSync(new URL('./error-pages.css', import.meta.url), 'utf8')

/**
 * The page of every error code, which `doc_url` points at, and the page that explanations of invoices point at: whole HTML
 * without script, in memory, from docs/errors and docs/guides.
 */
export function registerErrorPages(server: FastifyInstance): void {
  server.get('/docs/errors', (_request, reply) => sendPage(reply, 200, pages().index))
  server.get('/docs/errors/:code', (request, reply) => {
    const { code } = request.params as { code: string }
    const page = isProblemCode(code) ? pages().ofCode.get(code) : undefined
    return page === undefined ? sendPage(reply, 404, unknownCode) : sendPage(reply, 200, page)
  })
  server.get('/docs/invoice-lines', (_request, reply) => sendPage(reply, 200, pages().invoiceLines))
  server.get('/docs/errors.css', (_request, reply) =>
    reply
      .headers({ 'cache-control': 'public, max-age=3600', 'x-content-type-options': 'nosniff' })
      .type('text/css; charset=utf-8')
      .send(stylesheet),
  )
}

let rendered: ReturnType<typeof renderPages> | undefined

// With the first visit, not with the start of a server that may have none.
function pages() {
  rendered ??= renderPages()
  return rendered
}

function renderPages() {
  return {
    ofCode: new Map(codes().map((code) => [code, renderPage(code)])),
    index: renderIndex(),
    invoiceLines: renderGuide('invoice-lines'),
  }
}

const headers = {
  'cache-control': 'public, max-age=300',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

function sendPage(reply: FastifyReply, status: number, page: string): FastifyReply {
  return reply.status(status).headers(headers).type('text/html; charset=utf-8').send(page)
}

function codes(): ProblemCode[] {
  return Object.keys(problems).filter(isProblemCode)
}

function read(code: ProblemCode): string {
  return readFileSync(new URL(`${code}.md`, pagesDirectory), 'utf8')
}

const markdown = new Marked({
  renderer: {
    // A long example scrolls by itself, also with the keyboard.
    code: ({ text }) => `<pre tabindex="0"><code>${escaped(text)}</code></pre>\n`,
  },
})

function renderPage(code: ProblemCode): string {
  const { status, type, otherStatus }: { status: number; type: string; otherStatus?: number } = problems[code]
  const badge = `<p class="facts"><span>HTTP ${status}${otherStatus ? ` or ${otherStatus}` : ''}</span> <span>${type}</span></p>`
  const [, ...rest] = read(code).split('\n')
  const heading = `<h1>${code.replaceAll('_', '_<wbr>')}</h1>\n${badge}\n`
  const article = heading + markdown.parse(rest.join('\n'), { async: false })
  return layout(code, `<nav><a href="/docs/errors">All error codes</a></nav>\n<article>\n${article}</article>`)
}

// A heading can be pointed at by its text.
const guideMarkdown = new Marked({
  renderer: {
    heading: ({ text, depth }) =>
      `<h${depth} id="${escaped(text.replaceAll(' ', '-'))}">${escaped(text).replaceAll('_', '_<wbr>')}</h${depth}>\n`,
  },
})

function renderGuide(name: string): string {
  const text = readFileSync(new URL(`${name}.md`, guidesDirectory), 'utf8')
  const title = text.slice(2, text.indexOf('\n'))
  return layout(title, `<article>\n${guideMarkdown.parse(text, { async: false })}</article>`)
}

function renderIndex(): string {
  const types = [...new Set(Object.values(problems).map(({ type }) => type))]
  const sections = types.map((type) => {
    const entries = codes().filter((code) => problems[code].type === type)
    return `<h2>${type}</h2>\n<ul class="codes">\n${entries.map(indexEntry).join('\n')}\n</ul>`
  })
  const lead = `<p>Every refusal carries one of these codes in <code>error.code</code>, and the address of its page in <code>error.doc_url</code>.</p>`
  return layout('Error codes', `<article>\n<h1>Error codes</h1>\n${lead}\n${sections.join('\n')}\n</article>`)
}

function indexEntry(code: ProblemCode): string {
  const meaning = read(code).split('\n\n')[1] ?? ''
  return `<li><a href="/docs/errors/${code}">${code}</a> <small>${problems[code].status}</small><br>${markdown.parseInline(meaning, { async: false })}</li>`
}

const unknownCode = layout(
  'Unknown error code',
  `<nav><a href="/docs/errors">All error codes</a></nav>
<article><h1>Unknown error code</h1><p>This Halley has no error code of this name.</p></article>`,
)

function layout(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)} · Halley</title>
<link rel="stylesheet" href="/docs/errors.css">
</head>
<body>
<header><a href="/docs/errors">Halley</a> <a href="/reference">API reference</a></header>
<main>
${content}
</main>
</body>
</html>
`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
