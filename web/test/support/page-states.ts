import type { Page } from 'playwright-core'
import { checkoutStates } from './checkout-states.ts'
import { linkStates } from './link-states.ts'
import { operatorStates } from './operator-states.ts'
import { outcomeStates } from './outcome-states.ts'
import type { Seller } from './seller.ts'

/** One of the pages that people are sent to, in one of its states. */
export type PageState = {
  readonly name: string
  /** Leads a browser there. `look` is what follows the `?` of every address: language and colours. */
  readonly enter: (seller: Seller, page: Page, look: string) => Promise<unknown>
}

/** Every page outside of the portal in every state it has. The seller needs customers in arrears: two for every round. */
export const pageStates: readonly PageState[] = [...checkoutStates, ...outcomeStates, ...linkStates, ...operatorStates]
