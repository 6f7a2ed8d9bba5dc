import { Problem } from '#problem.ts'

/** 409 charge_in_progress: the bank wants the customer, who is present, to confirm the charge. What it pays for waits until then. */
export class ConfirmationNeeded extends Problem {
  readonly attemptId: string

  constructor(attemptId: string) {
    super('charge_in_progress', 'The bank asks the customer to confirm this payment. What it is for waits until then.')
    this.attemptId = attemptId
  }
}
