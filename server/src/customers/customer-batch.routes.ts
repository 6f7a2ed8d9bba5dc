import type * as z from 'zod'
import { createCustomers, type Refusal } from '#customers/actions/create-customers.ts'
import type { NewCustomer } from '#customers/customer.ts'
import {
  BatchCustomer,
  type CustomerBatch,
  createCustomerBatchOperation,
  FailedCustomer,
} from '#customers/customers.contract.ts'
import { toBatchCustomer, toNewCustomer } from '#customers/customers.view.ts'
import { route } from '#http/operation.ts'
import { parse } from '#http/validation.ts'
import { type FieldProblem, Problem } from '#problem.ts'

export const createBatch = route(createCustomerBatchOperation, async (tx, context, { body }) => {
  const results = await createCustomers(tx, context, body.customers.map(read))
  const answer: z.output<typeof CustomerBatch> = {
    successful: [],
    failed: [],
    object: 'customer',
    livemode: context.org.livemode,
  }
  for (const [index, result] of results.entries()) {
    if ('error' in result) answer.failed.push({ index, error: result.error, data: shown(body.customers[index]) })
    else answer.successful.push(toBatchCustomer(result))
  }
  return answer
})

function read(given: unknown): NewCustomer | Refusal {
  try {
    return toNewCustomer(parse(BatchCustomer, given, 'body') as z.output<typeof BatchCustomer>)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const problems = error.details as readonly FieldProblem[]
    return { error: problems.map(({ field, message }) => `${field}: ${message}`).join('; ') }
  }
}

// What was sent, as far as it has the form of an answer: what is wrong with the rest is told in the error.
function shown(given: unknown): z.output<typeof FailedCustomer> {
  const sent = new Map(Object.entries(typeof given === 'object' && given !== null ? given : {}))
  const fields: [string, z.ZodType][] = Object.entries(FailedCustomer.shape)
  const fitting = fields.filter(([name, field]) => sent.has(name) && field.safeParse(sent.get(name)).success)
  return FailedCustomer.parse({ email: '', ...Object.fromEntries(fitting.map(([name]) => [name, sent.get(name)])) })
}
