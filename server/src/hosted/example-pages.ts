import type { FastifyInstance } from 'fastify'
import { examplePage, examplesPage, type ShownExample } from '#hosted/example-view.ts'
import { type InboxServices, inboxPolicy, mailPolicy, refuse, sidesOf } from '#hosted/inbox-pages.ts'
import { type PageHandler, type PageRequest, page } from '#hosted/page.ts'
import { letterOf } from '#mail/letter.ts'
import { mailExamples, partiesOfExample } from '#mail/mail-examples.ts'
import { letterHtml, letterText } from '#mail/render-letter.ts'
import { findOrganisation } from '#organisations/organisations.store.ts'
import { findSettings } from '#organisations/settings.store.ts'
import { Problem } from '#problem.ts'
import { languages, readerIn } from '#words/language.ts'

/** Every mail that Halley writes, with made-up facts and the name of the organisation, in each language: beside the inbox. */
export function registerExamplePages(server: FastifyInstance, services: InboxServices): void {
  server.get('/dev/inbox/examples', page(services, showExamples))
  server.get('/dev/inbox/examples/:token', page(services, showExample))
  server.get('/dev/inbox/examples/:token/html', page(services, showHtml))
}

const showExamples: PageHandler<InboxServices> = async (services, request, reply) => {
  const seller = await sellerOf(services, request)
  if (!seller) return refuse(services, request, reply)
  const shown = mailExamples.map((content, index) => ({
    index,
    kind: content.kind,
    letters: languages.map((language) =>
      letterOf(content, partiesOfExample(content, seller), readerIn(null, language)),
    ),
  }))
  return reply.header('content-security-policy', inboxPolicy).send(examplesPage(shown))
}

const showExample: PageHandler<InboxServices> = async (services, request, reply) => {
  const example = await findExample(services, request)
  if (!example) return refuse(services, request, reply)
  const text = request.query.as === 'text' ? letterText(example.letter) : null
  return reply.header('content-security-policy', inboxPolicy).send(examplePage(example, text))
}

const showHtml: PageHandler<InboxServices> = async (services, request, reply) => {
  const example = await findExample(services, request)
  if (!example) return refuse(services, request, reply)
  return reply
    .header('content-security-policy', mailPolicy)
    .header('x-frame-options', 'SAMEORIGIN')
    .send(letterHtml(example.letter))
}

/** The example that an address names: its place and its language, as `12-es`. */
async function findExample(services: InboxServices, request: PageRequest): Promise<ShownExample | undefined> {
  const seller = await sellerOf(services, request)
  if (!seller) return undefined
  const [, place = '', wish] = /^(\d{1,3})-([a-z]{2})$/.exec(request.params.token) ?? []
  const content = place === '' ? undefined : mailExamples[Number(place)]
  const language = languages.find((one) => one === wish)
  if (!content || !language) throw new Problem('not_found', 'There is no such example.')
  return {
    index: Number(place),
    kind: content.kind,
    language,
    letter: letterOf(content, partiesOfExample(content, seller), readerIn(null, language)),
  }
}

async function sellerOf(services: InboxServices, request: PageRequest) {
  const [side] = (await sidesOf(services, request))?.values() ?? []
  if (!side) return undefined
  const organisation = await findOrganisation(services.db, side.organisationId)
  const { seller } = await findSettings(services.db, side.id)
  return { sellerName: organisation?.name ?? '', supportEmail: seller.supportEmail }
}
