import { Command } from 'commander'
import type { Open, Terminal } from '#cli/command.ts'
import type { Db } from '#database/transaction.ts'

export type Ran = { readonly out: string; readonly err: string; readonly exitCode: number }

type Register = (program: Command, open: Open, terminal: Terminal) => void

/** Runs a command as the shell would, on a database that stays open. `answer` is what a person types; absent: nobody is there. */
export async function runCli(
  register: Register,
  db: Db,
  words: readonly string[],
  answer?: string | null,
): Promise<Ran> {
  const ran = { out: '', err: '', exitCode: 0 }
  const terminal: Terminal = {
    out: (text) => {
      ran.out += `${text}\n`
    },
    err: (text) => {
      ran.err += `${text}\n`
    },
    exitWith: (code) => {
      ran.exitCode = code
    },
    ask: answer === undefined ? null : async () => answer,
  }
  const program = new Command()
  register(program, async () => ({ db, close: async () => undefined }), terminal)
  await program.parseAsync(['node', 'halley', ...words])
  return ran
}
