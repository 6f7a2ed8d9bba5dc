import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { dataDirectory, sandboxKeyIn, startHalley } from '../support/halley-process.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

test('the five-minute tour of the README runs as printed', async (t) => {
  const halley = await startHalley(t, { HALLEY_DATA_DIR: dataDirectory(t) })
  // Where the reader is told to save it; the name keeps two test runs apart.
  const script = join(root, `tour-${process.pid}.mjs`)
  writeFileSync(script, block('js tour.mjs'))
  t.after(() => rmSync(script))
  const tour = spawn(process.execPath, ['--import', 'halley/redirect', script], {
    cwd: root,
    env: { ...process.env, COMMET_BASE_URL: halley.url, COMMET_API_KEY: sandboxKeyIn(halley.welcome) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => tour.kill())
  let printed = ''
  tour.stdout.setEncoding('utf8').on('data', (text: string) => {
    const isPaid = printed.includes('Pay here')
    printed += text
    const [, token] = /Pay here: \S+\/checkout\/(\S+)\n/.exec(printed) ?? []
    if (token && !isPaid) void pay(halley.url, token)
  })
  const [code] = await once(tour, 'close')
  assert.equal(code, 0, printed)
  assert.equal(
    printed.replace(/Pay here: .*/, 'Pay here: http://localhost:4242/checkout/…'),
    block('', 'Same customer'),
  )
})

/** The curl line of the README, with this server's address. */
async function pay(url: string, token: string): Promise<void> {
  const [line] = /curl http:\S+confirm[\s\S]*?\}'/.exec(readme) ?? assert.fail('no line to pay with')
  const command = line.replace('http://localhost:4242', url).replace('curl', 'curl --silent --fail')
  const paying = spawn('/bin/sh', ['-c', command], { env: { ...process.env, TOKEN: token }, stdio: 'ignore' })
  const [code] = await once(paying, 'close')
  assert.equal(code, 0)
}

/** A fenced block by its language and what it begins with. */
function block(info: string, start = ''): string {
  const blocks = readme.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)
  const found = [...blocks].find(([, given, text]) => given === info && text?.startsWith(start))
  return found?.[2] ?? assert.fail(`the README has no such block: ${info} ${start}`)
}
