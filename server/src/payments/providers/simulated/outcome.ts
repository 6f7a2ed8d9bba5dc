import type { ChargeRequest } from '#payments/provider.ts'
import type { Behaviour, DeclineCode } from '#payments/providers/simulated/test-cards.ts'

/** What the processor remembers of a vaulted card. `hasSucceeded`: a charge or set-up with this token went through (false where no matter). */
export type CardFacts = {
  readonly behaviour: Behaviour
  readonly declineCode: DeclineCode | null
  readonly hasSucceeded: boolean
}

export type Outcome =
  | { readonly state: 'succeeded' | 'requires_action'; readonly declineCode: null }
  | { readonly state: 'declined'; readonly declineCode: DeclineCode }

const succeeded: Outcome = { state: 'succeeded', declineCode: null }
const requiresAction: Outcome = { state: 'requires_action', declineCode: null }
const declined = (declineCode: DeclineCode): Outcome => ({ state: 'declined', declineCode })

/** Whether the fate of a charge depends on what went through before. */
export function remembersSuccess(behaviour: Behaviour): boolean {
  return behaviour === 'declines_later' || behaviour === 'authenticates_once'
}

/** What becomes of a charge or set-up of this card. */
export function decideCharge(card: CardFacts, { offSession }: Pick<ChargeRequest, 'offSession'>): Outcome {
  switch (card.behaviour) {
    case 'succeeds':
    case 'disputed_as_fraudulent':
    case 'disputed_as_not_received':
      return succeeded
    case 'declines':
      return declined(card.declineCode ?? 'card_declined')
    case 'declines_later':
      return offSession || card.hasSucceeded ? declined(card.declineCode ?? 'card_declined') : succeeded
    case 'authenticates_once':
      if (!offSession) return requiresAction
      return card.hasSucceeded ? succeeded : declined('authentication_required')
    case 'authenticates_always':
      return offSession ? declined('authentication_required') : requiresAction
    case 'authenticates_on_session':
      return offSession ? succeeded : requiresAction
    default:
      return card.behaviour satisfies never
  }
}

/** Why the customer's bank wants a charge of this card back as soon as it is made; null when it does not. */
export function disputeReason(behaviour: Behaviour): string | null {
  switch (behaviour) {
    case 'disputed_as_fraudulent':
      return 'fraudulent'
    case 'disputed_as_not_received':
      return 'product_not_received'
    default:
      return null
  }
}

/** What becomes of a charge once the customer has answered their bank. */
export function decideAction(card: Pick<CardFacts, 'declineCode'>, answer: 'approve' | 'fail'): Outcome {
  if (answer === 'fail') return declined('authentication_failed')
  return card.declineCode === null ? succeeded : declined(card.declineCode)
}
