import type { Command } from 'commander'
import { exitCodes, type Open, type Opened, processTerminal, runCommand, type Terminal } from '#cli/command.ts'
import type { Result } from '#verification/check.ts'
import { verify } from '#verification/verify.ts'

/** `halley verify`: recomputes what must always hold. Exit code 1 when something does not. */
export function verifyCommand(program: Command, open: Open, terminal: Terminal = processTerminal()): void {
  program
    .command('verify')
    .description('recompute counters, ledgers, totals, numbers and payments, and say what does not add up')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) =>
      runCommand(open, options, (opened) => report(opened, options, terminal), terminal),
    )
}

async function report({ db }: Opened, { json }: { json?: boolean }, terminal: Terminal) {
  const results = await verify(db, (result) => {
    if (!json) terminal.err(lineOf(result))
  })
  const breaches = results.reduce((sum, result) => sum + result.breaches, 0n)
  if (breaches > 0n) terminal.exitWith(exitCodes.failure)
  const checks = results.map((result) => ({
    ...result,
    looked: Number(result.looked),
    breaches: Number(result.breaches),
  }))
  return { data: { checks, breaches: Number(breaches) }, text: summaryOf(results, breaches) }
}

function lineOf({ breaches, looked, holds, findings }: Result): string {
  const shown = findings.map(({ orgId, subject, found }) => `     ${[orgId, subject].join(' ').trim()}: ${found}`)
  const more = breaches > BigInt(shown.length) ? [`     and ${breaches - BigInt(shown.length)} more`] : []
  const mark = breaches === 0n ? 'ok  ' : 'FAIL'
  return [`${mark} ${holds} (${looked} looked at)`, ...shown, ...more].join('\n')
}

function summaryOf(results: readonly Result[], breaches: bigint): string {
  return breaches === 0n
    ? `${results.length} checks, nothing found.`
    : `${results.length} checks, ${breaches} ${breaches === 1n ? 'finding' : 'findings'}.`
}
