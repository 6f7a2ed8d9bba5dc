import { createCustomer } from '#customers/actions/create-customer.ts'
import { updateCustomer } from '#customers/actions/update-customer.ts'
import { customerNotFound } from '#customers/customer.ts'
import { createBatch } from '#customers/customer-batch.routes.ts'
import {
  createCustomerOperation,
  getCustomerOperation,
  listCustomersOperation,
  updateCustomerOperation,
} from '#customers/customers.contract.ts'
import { listCustomers, resolveCustomer } from '#customers/customers.store.ts'
import { toApiCustomer, toNewCustomer } from '#customers/customers.view.ts'
import { Answer, type Route, route } from '#http/operation.ts'

const list = route(listCustomersOperation, async (db, { org }, { query }) => {
  const { limit, cursor, externalId } = query
  const customers = await listCustomers(db, org.id, { externalId }, limit + 1, cursor)
  const page = customers.slice(0, limit)
  const items = page.map((customer) => toApiCustomer(customer, org.livemode))
  return { items, next: customers.length > limit ? (page.at(-1)?.id ?? null) : null }
})

const create = route(createCustomerOperation, async (tx, context, { body }) => {
  const input = { ...toNewCustomer(body), addressId: body.addressId ?? null }
  const { customer, isNew } = await createCustomer(tx, context, input)
  return new Answer(toApiCustomer(customer, context.org.livemode), isNew ? 201 : 200)
})

const get = route(getCustomerOperation, async (db, { org }, { params }) => {
  const customer = await resolveCustomer(db, org.id, params.id)
  if (!customer) throw customerNotFound(params.id, 'id')
  return toApiCustomer(customer, org.livemode)
})

const update = route(updateCustomerOperation, async (tx, context, { params, body }) => {
  const customer = await updateCustomer(tx, context, { reference: params.id, changes: body })
  return toApiCustomer(customer, context.org.livemode)
})

export const customerRoutes: Route[] = [list, create, createBatch, get, update]
