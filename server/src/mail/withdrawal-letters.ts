import type { LetterBody, LetterParts } from '#mail/letter-parts.ts'
import type { MailContent } from '#mail/mail.ts'

type WithdrawalMail = Extract<
  MailContent,
  { readonly kind: 'withdrawal_receipt' | 'withdrawal_declared' | 'refund_failed' }
>

/** Mails about contracts that were withdrawn from, and about money that could not be given back. */
export function withdrawalBody(
  content: WithdrawalMail,
  seller: string,
  { say, money, moment, fact }: LetterParts,
): LetterBody {
  switch (content.kind) {
    case 'withdrawal_receipt': {
      const { contractName: name, withdrawnAt, isSubscription } = content.facts
      const isPaid = content.facts.amount !== '0'
      const values = { name, seller, moment: moment(withdrawnAt), amount: money(content.facts) }
      return {
        subject: say('withdrawnSubject', values),
        heading: say('withdrawnHeading'),
        paragraphs: [
          say('withdrawnLead', values),
          ...(isSubscription ? [say('withdrawnEnded', values)] : []),
          say(isPaid ? 'withdrawnRefund' : 'withdrawnNothing', values),
        ],
        facts: [
          ...fact('contract', name),
          ...fact('withdrawnAt', values.moment),
          ...fact('givenBack', isPaid ? values.amount : ''),
        ],
      }
    }
    case 'withdrawal_declared': {
      const { contractName: name, withdrawnAt, customer, byHand, currency, subscriptionId } = content.facts
      return {
        subject: say('declaredSubject', { name, customer }),
        heading: say('declaredHeading', { name, customer }),
        paragraphs: [
          say('declaredLead', { customer, name }),
          ...(content.facts.amount === '0' ? [] : [say('declaredRefund', { amount: money(content.facts) })]),
          ...(byHand === '0' ? [] : [say('declaredByHand', { amount: money({ amount: byHand, currency }) })]),
        ],
        facts: [
          ...fact('customer', content.facts.customerId),
          ...fact('subscription', subscriptionId),
          ...fact('withdrawnAt', moment(withdrawnAt)),
          ...fact('earlierWithdrawals', content.facts.earlier ?? ''),
        ],
      }
    }
    case 'refund_failed': {
      const amount = money(content.facts)
      return {
        subject: say('refundFailedSubject', { amount }),
        heading: say('refundFailedHeading', { amount }),
        paragraphs: [say('refundFailedLead', { amount })],
        facts: [...fact('transaction', content.facts.transactionId), ...fact('reason', content.facts.reason)],
      }
    }
    default:
      return content satisfies never
  }
}
