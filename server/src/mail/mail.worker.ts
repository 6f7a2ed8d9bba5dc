import { createHash } from 'node:crypto'
import { type Db, inTransaction } from '#database/transaction.ts'
import { Limit } from '#jobs/limit.ts'
import { keepWaiting, type MailRecord, markSent, markUnsent, takeDueMails } from '#mail/mail.store.ts'
import { nextAttempt } from '#mail/retries.ts'
import { type MailTransport, type Message, Undeliverable } from '#mail/transport.ts'

export type MailWorkerParts = {
  readonly db: Db
  /** Null: no mail server is configured, mails stay in the inbox. */
  readonly transport: MailTransport | null
  /** Puts a mail into words as things are now; undefined when there is nobody or nothing left to write about. */
  readonly compose: (mail: MailRecord) => Promise<Message | undefined>
  readonly machineNow: () => Temporal.Instant
  readonly onFailure: (mail: MailRecord, error: unknown) => void
}

const atOnce = 4
const takenAtOnce = 20
/** Longer than composing and sending can take: nobody else takes a mail that is under way. */
const holdSeconds = 300

/**
 * Sends what waits, at least once each: a mail is taken (its next turn put off) in one transaction, sent, and noted as sent in
 * another. Dying in between sends it again, under the same message id.
 */
export class MailWorker {
  readonly #parts: MailWorkerParts
  #isStopped = false

  constructor(parts: MailWorkerParts) {
    this.#parts = parts
  }

  /** Sends everything that is due. */
  async turn(): Promise<void> {
    const { db, transport, machineNow } = this.#parts
    if (!transport) return keepWaiting(db)
    while (!this.#isStopped) {
      const mails = await inTransaction(db, (tx) => takeDueMails(tx, machineNow(), { limit: takenAtOnce, holdSeconds }))
      const limit = new Limit(atOnce)
      for (const mail of mails) await limit.start(() => this.#send(transport, mail))
      await limit.drained()
      if (mails.length < takenAtOnce) return
    }
  }

  stop(): void {
    this.#isStopped = true
    this.#parts.transport?.close()
  }

  async #send(transport: MailTransport, mail: MailRecord): Promise<void> {
    const { db, compose, machineNow, onFailure } = this.#parts
    try {
      const message = await compose(mail)
      if (!message) throw new Undeliverable('There is nobody or nothing left to write about.')
      await transport.send(message)
      const { to, subject } = message
      const attachments = message.attachments.map(({ name, content }) => ({
        name,
        bytes: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
      }))
      await inTransaction(db, (tx) => markSent(tx, mail, { recipient: to.address, subject, attachments }, machineNow()))
    } catch (error) {
      onFailure(mail, error)
      const again = error instanceof Undeliverable ? null : nextAttempt(mail.attempts, machineNow())
      const reason = (error instanceof Error ? error.message : String(error)).slice(0, 500)
      await inTransaction(db, (tx) => markUnsent(tx, mail, reason, again)).catch((failure) => onFailure(mail, failure))
    }
  }
}
