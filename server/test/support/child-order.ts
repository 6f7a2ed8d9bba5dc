import type { Faults } from '#payments/providers/simulated/line.ts'
import type { CrashPoint } from '#payments/services.ts'

/** Where a child may die; 'settlement' and 'refund.settling' are in the middle of the transaction that settles. */
export type Moment = CrashPoint | 'settlement' | 'refund.settling'

/** What a child process is told: the same as what a Halley is configured with, and where it dies. */
export type Order = {
  /** Its database. */
  readonly url: string
  readonly secret: string
  readonly role: 'api' | 'worker' | 'all'
  readonly crashAt?: Moment
  /** How often it passes `crashAt` alive. */
  readonly survives?: number
  /** Where a double of Stripe listens. */
  readonly stripe?: string
  /** Where a double of dLocal listens. */
  readonly dlocal?: string
  /** Of its line to the simulated processor. */
  readonly faults?: Partial<Faults>
  readonly logLevel?: 'error' | 'fatal'
}

/** What the database calls the sessions of a child. */
export const sessionsOf = (pid: number | undefined): string => `child ${pid}`
