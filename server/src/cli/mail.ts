import { type Command, InvalidArgumentError } from 'commander'
import * as z from 'zod'
import {
  CommandFailure,
  exitCodes,
  type Open,
  type Outcome,
  processTerminal,
  runCommand,
  type Terminal,
} from '#cli/command.ts'
import { chooseSide } from '#cli/side.ts'
import type { Db } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { letterOf } from '#mail/letter.ts'
import { type MailKind, mailKinds } from '#mail/mail.ts'
import { mailExamples, partiesOfExample } from '#mail/mail-examples.ts'
import { letterHtml, letterText } from '#mail/render-letter.ts'
import type { MailTransport } from '#mail/transport.ts'
import { findSettings } from '#organisations/settings.store.ts'
import { type Language, languages, readerIn } from '#words/language.ts'

type Options = { to: string; language?: Language; live?: boolean; json?: boolean }

/** `halley mail kinds | test`: which mails there are, and one of them sent to somebody, with made-up facts. */
export function mailCommand(
  program: Command,
  open: Open,
  transport: () => MailTransport | null,
  terminal: Terminal = processTerminal(),
): void {
  const mail = program.command('mail').description('the mails that Halley writes')
  mail
    .command('kinds')
    .description('list them by the names that mail.off takes')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) =>
      runCommand(open, options, async () => ({ data: mailKinds, text: mailKinds.join('\n') }), terminal),
    )
  mail
    .command('test')
    .description('send an example by the mail server of SMTP_URL: to see that it arrives, and how it looks')
    .argument('<kind>', 'which mail: halley mail kinds', kind)
    .requiredOption('--to <address>', 'to whom', address)
    .option('--language <en|es>', 'in which language; the one of the settings otherwise', language)
    .option('--live', 'with the settings of the live side')
    .option('--json', 'print JSON')
    .action((given: MailKind, options: Options) =>
      runCommand(open, options, ({ db }) => send(db, given, options, transport()), terminal),
    )
}

async function send(db: Db, given: MailKind, options: Options, transport: MailTransport | null): Promise<Outcome> {
  if (!transport) {
    throw new CommandFailure(
      exitCodes.failure,
      'no_mail_server',
      'There is no mail server to send by.',
      'Set SMTP_URL and MAIL_FROM. To look at mails without one: npx halley inbox',
    )
  }
  const { org, organisationName } = await chooseSide(db, options)
  const { seller } = await findSettings(db, org.id)
  const content = mailExamples.find((example) => example.kind === given)
  if (!content) throw new Error(`${given} has an example`)
  const parties = partiesOfExample(content, { sellerName: organisationName, supportEmail: seller.supportEmail })
  const letter = letterOf(content, parties, readerIn(null, options.language ?? seller.language))
  const id = newId('eml')
  try {
    await transport.send({
      id,
      senderName: organisationName,
      to: { name: '', address: options.to },
      replyTo: seller.supportEmail,
      subject: letter.subject,
      text: letterText(letter),
      html: letterHtml(letter),
      unsubscribeUrl: null,
      attachments: [],
    })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandFailure(exitCodes.failure, 'not_sent', `The mail server has not taken it: ${reason}`)
  } finally {
    transport.close()
  }
  const text = `Sent to ${options.to}: ${letter.subject}`
  return { data: { id, kind: given, to: options.to, subject: letter.subject }, text }
}

function kind(value: string): MailKind {
  const found = mailKinds.find((one) => one === value)
  if (found) return found
  throw new InvalidArgumentError(`There is no such mail. Those there are: ${mailKinds.join(', ')}.`)
}

function address(value: string): string {
  if (z.email().safeParse(value).success) return value
  throw new InvalidArgumentError('That is no email address.')
}

function language(value: string): Language {
  const found = languages.find((one) => one === value)
  if (found) return found
  throw new InvalidArgumentError(`Give ${languages.join(' or ')}.`)
}
