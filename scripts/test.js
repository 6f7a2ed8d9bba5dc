// npm test: style, types, then every test. `npm test -- <files or node:test options>` runs only those tests.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pinnedNode, prepare, prepareWeb, root } from './prepare.js'

prepare()

const program = (path, ...parameters) => [join(root, 'node_modules', path), ...parameters]
const chosen = process.argv.slice(2)
const checks = [
  ['Style', program('@biomejs/biome/bin/biome', 'check', '.')],
  ['Types of the server', program('typescript/bin/tsc', '-p', 'server')],
  ['Types of the web pages', program('typescript/bin/tsc', '-p', 'web')],
]
const tests = ['Tests', [join(root, 'server', 'test', 'run.ts'), ...chosen]]

const failed = prepareWeb() ? [] : ['Build of the web pages']
for (const [name, parameters] of chosen.length > 0 ? [tests] : [...checks, tests]) {
  process.stdout.write(`\n── ${name}\n`)
  const { status } = spawnSync(pinnedNode, parameters, { cwd: root, stdio: 'inherit' })
  if (status !== 0) failed.push(name)
}
process.stdout.write(failed.length > 0 ? `\nFailed: ${failed.join(', ')}\n` : '\nAll passed.\n')
process.exitCode = failed.length > 0 ? 1 : 0
