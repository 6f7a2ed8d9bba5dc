import { execFile } from 'node:child_process'
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright-core'

/**
 * A headless Chromium that comes from npm, with its own libraries and fonts: nothing has to be installed, no network is
 * needed, and it runs as root as well as an ordinary user. The caller closes it. `HALLEY_TEST_BROWSER` names another
 * program where the package has none (it is for Linux on x64).
 */
export async function launchBrowser(): Promise<Browser> {
  const own = process.env.HALLEY_TEST_BROWSER
  if (own) return chromium.launch({ executablePath: own, headless: true })
  const directory = await unpackOnce()
  return chromium.launch({
    executablePath: join(directory, 'chromium'),
    headless: true,
    // Its sandbox needs rights that containers and root do not have; the pages are our own.
    args: ['--no-sandbox', '--no-zygote', '--disable-gpu', '--disable-dev-shm-usage', '--font-render-hinting=none'],
    env: {
      ...definedVariables(),
      LD_LIBRARY_PATH: join(directory, 'al2023', 'lib'),
      FONTCONFIG_FILE: join(directory, 'fonts.conf'),
    },
  })
}

function definedVariables(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

const packageDirectory = dirname(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))))
const parts = ['chromium.br', 'swiftshader.tar.br', 'fonts.tar.br', 'al2023.tar.br']

/** Unpacks the package's archives beside it, for the next time too. Complete or not at all. */
async function unpackOnce(): Promise<string> {
  const { version }: { version: string } = JSON.parse(readFileSync(join(packageDirectory, 'package.json'), 'utf8'))
  const target = join(writableParent(), `halley-browser-${version}`)
  if (existsSync(target)) return target
  await unpackInto(target)
  return target
}

async function unpackInto(target: string): Promise<void> {
  const unfinished = `${target}.${process.pid}`
  mkdirSync(unfinished, { recursive: true, mode: 0o755 })
  await inflateArchives(unfinished)
  chmodSync(join(unfinished, 'chromium'), 0o755)
  // The package's own names directories of the place it was made for.
  const fonts = `<fontconfig><dir>${target}/fonts/fonts</dir><cachedir>${target}/fonts-cache</cachedir></fontconfig>`
  writeFileSync(join(unfinished, 'fonts.conf'), `<?xml version="1.0"?>${fonts}\n`)
  try {
    renameSync(unfinished, target)
  } catch {
    // Another test file was faster.
    rmSync(unfinished, { recursive: true, force: true })
  }
}

/** The package unpacks into the temporary directory, whatever that is; so a process of its own is told another. */
async function inflateArchives(directory: string): Promise<void> {
  const paths = parts.map((part) => join(packageDirectory, 'bin', part))
  const script = `
    import { inflate } from ${JSON.stringify(import.meta.resolve('@sparticuz/chromium'))}
    await Promise.all(${JSON.stringify(paths)}.map((path) => inflate(path)))`
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, TMPDIR: directory },
  })
}

/** The packages' own cache directory, or one of this user where the packages belong to somebody else. */
function writableParent(): string {
  const cache = join(dirname(dirname(packageDirectory)), '.cache')
  try {
    mkdirSync(cache, { recursive: true })
    accessSync(cache, constants.W_OK)
    return cache
  } catch {
    const own = join(tmpdir(), `halley-test-${process.getuid?.() ?? 'user'}`)
    mkdirSync(own, { recursive: true, mode: 0o700 })
    // Programs are run from here: a directory that somebody else prepared is not used.
    if (statSync(own).uid !== process.getuid?.()) throw new Error(`${own} belongs to somebody else`)
    return own
  }
}
