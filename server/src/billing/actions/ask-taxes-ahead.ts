import { listDueSoon } from '#billing/due.store.ts'
import { findCustomersById } from '#customers/customers.store.ts'
import { listTaxCalculators } from '#organisations/settings.store.ts'
import { findOrg } from '#organisations/sides.store.ts'
import type { PaymentServices } from '#payments/services.ts'
import { taxQuestionOf } from '#tax/actions/decide-taxes.ts'
import { isOldAt, questionKey, type TaxQuestion } from '#tax/asked-tax.ts'
import { findAnswers } from '#tax/tax-answers.store.ts'
import { organisationNow } from '#time/clock.ts'

const aheadHours = 12
const customersAtOnce = 200

/**
 * Asks payment providers for the tax of everybody who is billed within hours, as far as it will be old by then: what is due finds its
 * rates in the table and waits for nobody. What cannot be asked now is asked again by the next turn.
 */
export async function askTaxesAhead(
  services: Pick<PaymentServices, 'db' | 'taxes' | 'machineNow'>,
  isStopping: () => boolean,
): Promise<{ readonly asked: number; readonly unanswered: number }> {
  let [asked, unanswered] = [0, 0]
  for (const { orgId, connectionId } of await listTaxCalculators(services.db)) {
    const org = await findOrg(services.db, orgId)
    if (!org) continue
    const until = organisationNow(org.simulatedTime, services.machineNow()).add({ hours: aheadHours })
    for (let after = ''; !isStopping(); ) {
      const page = await listDueSoon(services.db, { orgId, until, after, limit: customersAtOnce })
      const questions = await oldQuestions(services, orgId, connectionId, page)
      asked += questions.size
      unanswered += questions.size === 0 ? 0 : await services.taxes.ask(orgId, connectionId, questions)
      after = page.at(-1)?.id ?? ''
      if (page.length < customersAtOnce) break
    }
  }
  return { asked, unanswered }
}

async function oldQuestions(
  { db }: Pick<PaymentServices, 'db'>,
  orgId: string,
  connectionId: string,
  due: Awaited<ReturnType<typeof listDueSoon>>,
): Promise<Map<string, TaxQuestion>> {
  const ids = due.map(({ customerId }) => customerId)
  const customers = await findCustomersById(db, orgId, ids)
  const wanted = due.flatMap(({ customerId, dueAt }) => {
    const customer = customers.get(customerId)
    const question = customer && taxQuestionOf(customer)
    return question ? [{ key: questionKey(question), question, dueAt }] : []
  })
  const known = await findAnswers(db, orgId, connectionId, [...new Set(wanted.map(({ key }) => key))])
  const old = wanted.filter(({ key, dueAt }) => {
    const answer = known.get(key)
    return !answer || isOldAt(answer, dueAt)
  })
  return new Map(old.map(({ key, question }) => [key, question]))
}
