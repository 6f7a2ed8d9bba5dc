import type { FastifyReply, FastifyRequest } from 'fastify'
import type { HostedPages } from '#hosted/assets.ts'
import { type PageHandler, page } from '#hosted/page.ts'
import type { Problem } from '#problem.ts'

const programs = /^\/(api|hosted)\//
const people = /^\/(checkout|pay|recover|card|portal|email|mails|withdraw|invoices|claim|dev)\//

/**
 * Shows what the server refuses before any page is asked (a body too large, an address that cannot be one, an unknown one) as a page
 * to people: on every page's address, and elsewhere to browsers. Undefined where a program asks.
 */
export function refusalPage(services: { readonly pages: HostedPages }) {
  return (request: FastifyRequest, reply: FastifyReply, problem: Problem): Promise<FastifyReply> | undefined => {
    const address = request.raw.url ?? ''
    const wantsPage = people.test(address) || request.headers.accept?.includes('text/html') === true
    if (programs.test(address) || !wantsPage) return undefined
    const refuse: PageHandler<{ readonly pages: HostedPages }> = () => {
      throw problem
    }
    return page(services, refuse)(request, reply)
  }
}
