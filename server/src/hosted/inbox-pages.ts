import { readFileSync } from 'node:fs'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { HostedPages } from '#hosted/assets.ts'
import type { HostedServices } from '#hosted/hosted-context.ts'
import { inboxCookie, readInboxToken, tokenInCookies } from '#hosted/inbox-access.ts'
import { type InboxEntry, inboxPage, mailPage } from '#hosted/inbox-view.ts'
import { look, type PageHandler, type PageRequest, page } from '#hosted/page.ts'
import { isId } from '#id.ts'
import { composeLetter, invoiceFile } from '#invoicing/actions/compose-mail.ts'
import { findMail, listMails, type MailRecord } from '#mail/mail.store.ts'
import { attachesInvoice } from '#mail/mail.ts'
import { letterHtml, letterText } from '#mail/render-letter.ts'
import type { Org } from '#organisations/org.ts'
import { findOrganisation } from '#organisations/organisations.store.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { Problem } from '#problem.ts'

export type InboxServices = HostedServices & { readonly pages: HostedPages; readonly publicUrl: string }

const shownAtOnce = 50
const stylesheet = readFileSync(new URL('./inbox.css', import.meta.url), 'utf8')
export const inboxPolicy =
  "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
// A mail is shown as a mail program would: its own styles, no script, links in a window of their own.
export const mailPolicy =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

/**
 * The built-in inbox: what was mailed, for operators alone. It opens with a link that the start and `halley inbox` print; a
 * cookie keeps it afterwards. Nothing is changed by looking.
 */
export function registerInbox(server: FastifyInstance, services: InboxServices): void {
  server.get('/dev/inbox/open/:token', page(services, enter))
  server.get('/dev/inbox', page(services, showList))
  server.get('/dev/inbox/:token', page(services, showMail))
  server.get('/dev/inbox/:token/html', page(services, showHtml))
  server.get('/dev/inbox/:token/text', page(services, showText))
  server.get('/dev/inbox/:token/invoice.pdf', page(services, showFile))
  server.get('/dev/inbox.css', (_request, reply) =>
    reply
      .headers({ 'cache-control': 'public, max-age=300', 'x-content-type-options': 'nosniff' })
      .type('text/css; charset=utf-8')
      .send(stylesheet),
  )
}

const closed = {
  en: {
    title: 'The inbox is closed',
    message: 'Open it with the link that Halley prints when it starts, or with a new one: npx halley inbox',
  },
  es: {
    title: 'La bandeja está cerrada',
    message: 'Ábrela con el enlace que Halley muestra al arrancar, o con uno nuevo: npx halley inbox',
  },
}

const enter: PageHandler<InboxServices> = async (services, request, reply) => {
  const { token } = request.params
  const organisationId = readInboxToken(services.secret, token, services.machineNow())
  if (organisationId === undefined || organisationId === 'expired') return refuse(services, request, reply)
  return reply
    .header('set-cookie', inboxCookie(token, services.publicUrl.startsWith('https:')))
    .redirect('/dev/inbox', 303)
}

const showList: PageHandler<InboxServices> = async (services, request, reply) => {
  const sides = await sidesOf(services, request)
  if (!sides) return refuse(services, request, reply)
  const before = request.query.before
  const after = typeof before === 'string' && isId('eml', before) ? before : undefined
  const mails = await listMails(services.db, [...sides.keys()], shownAtOnce + 1, after)
  const entries = await Promise.all(mails.slice(0, shownAtOnce).map((mail) => entryOf(services, sides, mail)))
  const next = mails.length > shownAtOnce ? (entries.at(-1)?.mail.id ?? null) : null
  return reply.header('content-security-policy', inboxPolicy).send(inboxPage(entries, next))
}

const showMail: PageHandler<InboxServices> = async (services, request, reply) => {
  const found = await findShown(services, request)
  if (!found) return refuse(services, request, reply)
  return reply
    .header('content-security-policy', inboxPolicy)
    .send(mailPage(found.entry, request.query.as === 'text' ? letterText(found.letter) : null))
}

const showHtml: PageHandler<InboxServices> = async (services, request, reply) => {
  const found = await findShown(services, request)
  if (!found) return refuse(services, request, reply)
  const html = letterHtml(found.letter).replace('<head>', '<head>\n<base target="_blank">')
  return reply.header('content-security-policy', mailPolicy).header('x-frame-options', 'SAMEORIGIN').send(html)
}

const showText: PageHandler<InboxServices> = async (services, request, reply) => {
  const found = await findShown(services, request)
  if (!found) return refuse(services, request, reply)
  return reply.type('text/plain; charset=utf-8').send(letterText(found.letter))
}

const showFile: PageHandler<InboxServices> = async (services, request, reply) => {
  const found = await findShown(services, request)
  if (!found) return refuse(services, request, reply)
  const file = await invoiceFile(services.db, found.org, linksOf(services, found.org), found.entry.mail)
  if (!file) throw new Problem('not_found', 'This mail has no file.')
  return reply
    .type('application/pdf')
    .header('content-disposition', `inline; filename="${file.name}"`)
    .header('content-security-policy', "frame-ancestors 'none'")
    .send(file.content)
}

/** Both sides of the organisation whose inbox the request may see; undefined without a good cookie. */
export async function sidesOf(services: InboxServices, request: PageRequest): Promise<Map<string, Org> | undefined> {
  const token = tokenInCookies(request.headers.cookie)
  const organisationId = readInboxToken(services.secret, token, services.machineNow())
  if (organisationId === undefined || organisationId === 'expired') return undefined
  const organisation = await findOrganisation(services.db, organisationId)
  if (!organisation) return undefined
  const sides = await Promise.all(
    [organisation.sandboxOrgId, organisation.liveOrgId].map((id) => findOrg(services.db, id)),
  )
  return new Map(sides.flatMap((side) => (side ? [[side.id, side] as const] : [])))
}

async function findShown(services: InboxServices, request: PageRequest) {
  const sides = await sidesOf(services, request)
  if (!sides) return undefined
  const { token: id } = request.params
  const mail = isId('eml', id) ? await findMail(services.db, [...sides.keys()], id) : undefined
  const org = mail && sides.get(mail.orgId)
  const composed = mail && org && (await composeLetter(services.db, org, linksOf(services, org), mail))
  if (!mail || !org || !composed) throw new Problem('not_found', 'There is no such mail.')
  return { org, letter: composed.letter, entry: await entryOf(services, sides, mail) }
}

async function entryOf(services: InboxServices, sides: Map<string, Org>, mail: MailRecord): Promise<InboxEntry> {
  const org = sides.get(mail.orgId)
  const composed = org && (await composeLetter(services.db, org, linksOf(services, org), mail))
  return {
    mail,
    isLive: org?.livemode ?? false,
    subject: mail.subject ?? composed?.letter.subject ?? mail.content.kind,
    preview: composed?.letter.preview ?? '',
    recipient: mail.recipient ?? composed?.to.address ?? '',
    language: composed?.letter.language ?? 'en',
    hasInvoice: attachesInvoice(mail.content) !== null,
  }
}

const linksOf = (services: InboxServices, org: Org) => services.contextFor(org, services.machineNow()).links

/** The answer to whoever has no good cookie. */
export function refuse({ pages }: InboxServices, request: PageRequest, reply: FastifyReply): FastifyReply {
  const view = look(pages, request)
  return reply.status(403).send(pages.renderMessage({ ...view, kind: 'expired', ...closed[view.locale] }))
}
