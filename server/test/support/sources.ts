import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Kinds of source files; each has its own rules about what it may import (docs/decisions/0012). */
export type Kind = 'pure' | 'contract' | 'store' | 'view' | 'action' | 'routes' | 'part' | 'shell' | 'root'

export type Import = { readonly path: string; readonly isTypeOnly: boolean }

export type Source = {
  /** Below `src`, with slashes. */
  readonly path: string
  readonly folder: string
  readonly kind: Kind
  readonly text: string
  readonly imports: readonly Import[]
}

export const sourceDirectory = join(import.meta.dirname, '..', '..', 'src')

export const domains = [
  'organisations',
  'webhooks',
  'mail',
  'catalogue',
  'customers',
  'tax',
  'invoicing',
  'payments',
  'metering',
  'billing',
  'subscriptions',
  'hosted',
  'verification',
] as const

const shellFolders = ['http', 'jobs', 'database', 'cli']

/** The composition root and what it delegates: the only files that know all parts. */
const roots = [
  'app.ts',
  'main.ts',
  'provider-factories.ts',
  'workers.ts',
  'settlements.ts',
  'links.ts',
  'http/operations.ts',
  'cli/serve.ts',
]

/** Whether a path is in a folder that is written in the domain's words. */
export function isDomain(folder: string): boolean {
  return (domains as readonly string[]).includes(folder)
}

/** Every source file that is not a test, read once. `parts` are the files of a domain that hold state or speak to something. */
export function readSources(parts: readonly string[]): Source[] {
  return globSync('**/*.ts', { cwd: sourceDirectory })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !path.endsWith('.test.ts') && !path.endsWith('.generated.ts'))
    .sort()
    .map((path) => readSource(path, parts))
}

function readSource(path: string, parts: readonly string[]): Source {
  const text = readFileSync(join(sourceDirectory, path), 'utf8')
  const folder = path.includes('/') ? (path.split('/')[0] ?? '') : ''
  return { path, folder, kind: kindOf(path, folder, parts), text, imports: importsOf(text, path) }
}

function kindOf(path: string, folder: string, parts: readonly string[]): Kind {
  if (roots.includes(path) || path === 'config.ts') return 'root'
  for (const kind of ['contract', 'store', 'view', 'routes'] as const) if (path.endsWith(`.${kind}.ts`)) return kind
  if (path.includes('/actions/')) return 'action'
  // What a domain does by itself in a worker process.
  if (path.endsWith('.worker.ts')) return 'part'
  if (shellFolders.includes(folder)) return 'shell'
  // Hosted pages are the edge of their domain: pages, tokens and sessions, nothing that decides.
  return folder === 'hosted' || parts.includes(path) ? 'part' : 'pure'
}

function importsOf(text: string, path: string): Import[] {
  const statements = text.matchAll(/^(?:import|export)\s(type\s)?([^;'"]*?)from\s+'([^']+)'/gms)
  const late = text.matchAll(/\bimport\('([^']+)'\)/g)
  const found = [...late].map(([, from = '']) => ({ path: resolve(from, path), isTypeOnly: false }))
  return [...statements]
    .map<Import>(([, type, names = '', from = '']) => ({
      path: resolve(from, path),
      isTypeOnly: type !== undefined || isAllTypes(names),
    }))
    .concat(found)
}

function isAllTypes(names: string): boolean {
  const [, list] = /^\s*\{(.*)\}\s*$/s.exec(names) ?? []
  const each = list
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  return each?.every((name) => name.startsWith('type ')) ?? false
}

/** '#money/money.ts' → 'money/money.ts'; './port.ts' → below its folder; packages stay as they are. */
function resolve(from: string, path: string): string {
  if (from.startsWith('#')) return from.slice(1)
  if (!from.startsWith('.')) return `npm:${from}`
  return new URL(from, `file:///${path}`).pathname.slice(1)
}
