import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { startThrowAwayPostgres } from '#database/throw-away.ts'
import { prepareTemplate, sharedServerVariable } from './support/database.ts'

/** Runs the tests with Node's runner on one PostgreSQL for all. Arguments: test files, or options of `node --test`. */

const root = dirname(dirname(import.meta.dirname))
const chosen = process.argv.slice(2)
const isOption = (argument: string) => argument.startsWith('-')
const files = chosen.filter((argument) => !isOption(argument))
const everything = globSync('{server,web}/{src,test}/**/*.test.ts', { cwd: root })
  .map((file) => join(root, file))
  .sort()

const postgres = process.env[sharedServerVariable] ? undefined : await startThrowAwayPostgres()
const url = postgres?.url ?? process.env[sharedServerVariable]
try {
  if (url) await prepareTemplate(url)
  const parameters = ['--test', '--test-concurrency=3', '--test-reporter=spec', ...chosen.filter(isOption)]
  const tests = spawn(process.execPath, [...parameters, ...(files.length > 0 ? files : everything)], {
    stdio: 'inherit',
    // What a file compiled, those after it and the processes they start need not: half of what a start costs.
    env: {
      NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'compiled'),
      ...process.env,
      [sharedServerVariable]: url,
    },
  })
  const [code] = await once(tests, 'exit')
  process.exitCode = code ?? 1
} finally {
  await postgres?.stop()
}
