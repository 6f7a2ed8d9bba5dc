import type { DeclineCode } from '#payments/providers/simulated/test-cards.ts'

/** What the processor says of each decline, in words fit for the customer. */
export const declineMessages: Record<DeclineCode, string> = {
  card_declined: 'The card was declined.',
  insufficient_funds: 'The card has insufficient funds.',
  lost_card: 'The card was declined.',
  stolen_card: 'The card was declined.',
  expired_card: 'The card has expired.',
  incorrect_cvc: 'The security code of the card is incorrect.',
  processing_error: 'The card could not be processed. Try again in a little while.',
  card_velocity_exceeded: 'The card was declined for too many payments in a short time.',
  fraudulent: 'The card was declined.',
  authentication_required: 'The bank asks the customer to confirm this payment.',
  authentication_failed: 'The bank could not confirm that it was you. Try again or use another card.',
  authentication_abandoned: 'The confirmation with the bank was not finished.',
}
