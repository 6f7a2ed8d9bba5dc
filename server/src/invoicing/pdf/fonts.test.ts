import assert from 'node:assert/strict'
import files from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { type TestContext, test } from 'node:test'
import { facesFor } from '#invoicing/pdf/fonts.ts'

/** Lets files of a name not be read, as where a process has too many open. Gives the way to end that. */
function refuseToRead(t: TestContext, ending: string): () => void {
  const read = files.readFile
  const refusing = t.mock.method(files, 'readFile', ((path: string, ...more: []) =>
    String(path).endsWith(ending)
      ? Promise.reject(Object.assign(new Error('too many open files'), { code: 'EMFILE' }))
      : read(path, ...more)) as typeof read)
  syncBuiltinESMExports()
  return () => {
    refusing.mock.restore()
    syncBuiltinESMExports()
  }
}

const namesOf = async (text: string, country: string) =>
  (await facesFor(text, [country])).regular.map(({ name }) => name.replace(/-.*/, ''))

for (const [ending, text, country, family] of [
  ['unicode.json', 'สมชาย', 'TH', 'thai'],
  ['woff2', '주식회사', 'KR', 'kr'],
] as const) {
  test(`where ${ending} of a family could not be read once, the next document has its characters`, async (t) => {
    const readAgain = refuseToRead(t, ending)
    await assert.rejects(facesFor(text, [country]), { code: 'EMFILE' })
    readAgain()
    assert((await namesOf(text, country)).includes(family))
  })
}

test('a slice is parsed once for a document, however many of its characters it has', async (t) => {
  const text = '一丁七万丈三上下不与丑专且世丘丙业丛东丝'
  const prototype = Object.getPrototypeOf((await facesFor(text, ['CN'])).regular[1]?.font ?? {})
  const characters = Object.getOwnPropertyDescriptor(prototype, 'characterSet')?.get
  assert(characters, 'a font is asked for its characters when it was parsed')
  let parsed = 0
  t.mock.getter(prototype, 'characterSet', function (this: unknown) {
    parsed += 1
    return characters.call(this)
  })
  const { regular, medium } = await facesFor(text, ['CN'])
  const [, ...slices] = [...new Set([...regular, ...medium].map(({ name }) => name))].filter(
    (name) => name !== 'medium',
  )
  assert(slices.length < 2 * text.length, `${slices.length} slices have the characters`)
  assert.equal(parsed, slices.length)
})
