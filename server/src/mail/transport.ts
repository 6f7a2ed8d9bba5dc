import { createTransport } from 'nodemailer'

/** A mail as it leaves the house. */
export type Message = {
  /** The same for every attempt, so that a mail that arrives twice can be told to be one. */
  readonly id: string
  readonly senderName: string
  readonly to: { readonly name: string; readonly address: string }
  readonly replyTo: string | null
  readonly subject: string
  readonly text: string
  readonly html: string
  /** Where one request says that no more of such mails are wanted; null for mails that come in any case. */
  readonly unsubscribeUrl: string | null
  readonly attachments: readonly { readonly name: string; readonly content: Buffer }[]
}

/** Whoever takes mails. Throws {@link Undeliverable} for what will never be taken, anything else for what may be later. */
export type MailTransport = {
  send(message: Message): Promise<void>
  close(): void
}

/** The mail server refuses this mail for good: an address that does not exist, a message that it does not want. */
export class Undeliverable extends Error {
  override readonly name = 'Undeliverable'
}

export type SmtpSettings = { readonly url: string; readonly from: string }

/** Sends over SMTP. Connections are kept and shared. */
export function smtpTransport({ url, from }: SmtpSettings): MailTransport {
  const sender = addressOf(from)
  const transporter = createTransport(
    { url, pool: true, maxConnections: 4, connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 30_000 },
    { disableFileAccess: true, disableUrlAccess: true },
  )
  return {
    async send(message) {
      try {
        await transporter.sendMail({
          messageId: `<${message.id}@${sender.split('@').at(-1)}>`,
          from: { name: message.senderName, address: sender },
          to: message.to,
          ...(message.replyTo === null ? {} : { replyTo: message.replyTo }),
          subject: message.subject,
          text: message.text,
          html: message.html,
          attachments: message.attachments.map(({ name, content }) => ({
            filename: name,
            content,
            contentType: 'application/pdf',
          })),
          // Vacation notices and the like stay away.
          headers: { 'Auto-Submitted': 'auto-generated', ...unsubscribing(message.unsubscribeUrl) },
        })
      } catch (error) {
        throw isForGood(error) ? new Undeliverable((error as Error).message) : error
      }
    },
    close: () => transporter.close(),
  }
}

// Mail programs show a button of their own for it, which posts to the address (RFC 8058).
function unsubscribing(url: string | null): Record<string, string> {
  return url === null ? {} : { 'List-Unsubscribe': `<${url}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }
}

/** The bare address of `billing@example.com` or `Acme <billing@example.com>`. */
export function addressOf(from: string): string {
  return /<([^<>]+)>\s*$/.exec(from)?.[1]?.trim() ?? from.trim()
}

// A refusal of the recipient or of the message, not of us: 5xx while logging in may pass with the next configuration.
function isForGood(error: unknown): boolean {
  const { responseCode, code } = error as { responseCode?: number; code?: string }
  return (
    responseCode !== undefined &&
    responseCode >= 500 &&
    responseCode < 600 &&
    (code === 'EENVELOPE' || code === 'EMESSAGE')
  )
}
