import type { CustomerRecord } from '#customers/customer.ts'

/** What a finalised invoice keeps of its customer, as they were then. */
export type Buyer = Pick<CustomerRecord, 'email' | 'fullName' | 'taxDocument' | 'taxExemption' | 'address'>

export function buyerOf({ email, fullName, taxDocument, taxExemption, address }: CustomerRecord): Buyer {
  return { email, fullName, taxDocument, taxExemption, address }
}

/** Everything that an invoice copies of its customer when it becomes final. A purchase order of its own stays. */
export function copiesOf(
  customer: CustomerRecord,
  { poNumber }: { readonly poNumber: string | null },
): { readonly buyer: Buyer; readonly poNumber: string | null } {
  return { buyer: buyerOf(customer), poNumber: poNumber ?? customer.poNumber }
}
