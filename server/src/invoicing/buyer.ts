import type { CustomerRecord } from '#customers/customer.ts'

/** What a finalised invoice keeps of its customer, as they were then. */
export type Buyer = Pick<CustomerRecord, 'email' | 'fullName' | 'taxDocument' | 'taxExemption' | 'address'>

export function buyerOf({ email, fullName, taxDocument, taxExemption, address }: CustomerRecord): Buyer {
  return { email, fullName, taxDocument, taxExemption, address }
}
