import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import type {
  AuthenticationPageProps,
  CheckoutPageProps,
  MessagePageProps,
  PageAssets,
  PageLocale,
  PageTheme,
} from '../../../web/src/checkout/render.types.ts'
import type {
  ConfirmationPageProps,
  EmailChangeProps,
  MailChoiceProps,
  PortalEndedProps,
  PortalPageProps,
  WithdrawalPageProps,
} from '../../../web/src/portal/portal.types.ts'

/** The built hosted pages: functions that give whole HTML documents, and the addresses of what they load. */
export type HostedPages = {
  readonly renderCheckout: (props: CheckoutPageProps) => string
  readonly renderAuthentication: (props: AuthenticationPageProps) => string
  readonly renderMessage: (props: MessagePageProps) => string
  readonly renderPortal: (props: PortalPageProps) => string
  readonly renderPortalEnded: (props: PortalEndedProps) => string
  readonly renderConfirmation: (props: ConfirmationPageProps) => string
  readonly renderMailChoice: (props: MailChoiceProps) => string
  readonly renderEmailChange: (props: EmailChangeProps) => string
  readonly renderWithdrawal: (props: WithdrawalPageProps) => string
  /** The locale of a page from `?locale=` and Accept-Language. */
  readonly chooseLocale: (wishes: readonly (string | undefined)[], accepted: string | undefined) => PageLocale
  readonly chooseTheme: (wish: string | undefined) => PageTheme
  readonly assets: Omit<PageAssets, 'nonce'>
}

const built = fileURLToPath(new URL('../../../web/dist/', import.meta.url))

type Manifest = Record<string, { file: string; css?: string[]; isEntry?: boolean }>
type Renderers = Omit<HostedPages, 'assets'> & { readonly clientEntry: string }

/** Loads the web workspace's build. Throws with what to do when it was never built. */
export async function loadPages(): Promise<HostedPages> {
  try {
    const renderers = (await import(join(built, 'server/render.js'))) as Renderers
    const manifest = JSON.parse(readFileSync(join(built, 'client/.vite/manifest.json'), 'utf8')) as Manifest
    const entry = manifest[renderers.clientEntry]
    if (!entry) throw new Error(`the build has no ${renderers.clientEntry}`)
    return { ...renderers, assets: { script: `/${entry.file}`, styles: (entry.css ?? []).map((file) => `/${file}`) } }
  } catch (error) {
    throw new Error('The hosted pages are not built: run "npm run build".', { cause: error })
  }
}

/** Serves the hashed files of the build, for ever cacheable. */
export function registerAssets(server: FastifyInstance): void {
  server.register(fastifyStatic, {
    root: join(built, 'client/assets'),
    prefix: '/assets/',
    index: false,
    preCompressed: true,
    immutable: true,
    maxAge: '365d',
    decorateReply: false,
  })
}
