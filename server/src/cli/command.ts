import { isCancel, text } from '@clack/prompts'
import type { Db } from '#database/transaction.ts'
import { Problem, type ProblemType } from '#problem.ts'

/** What a command works on. */
export type Opened = { readonly db: Db; close(): Promise<void> }

/** Opens the database that the environment names. */
export type Open = () => Promise<Opened>

export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  notAllowed: 3,
  notFound: 4,
  conflict: 5,
  interrupted: 130,
} as const
type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Where a command writes: data to `out`, talk to `err`. `ask` is null where nobody can answer. */
export type Terminal = {
  out(text: string): void
  err(text: string): void
  exitWith(code: ExitCode): void
  /** Writes over the last line, where that can be done. */
  readonly redraw?: (text: string) => void
  /** The answer, or null when the question was interrupted. */
  readonly ask: ((question: string) => Promise<string | null>) | null
}

/** An end that the operator can do something about: what went wrong, and the next thing to try. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  readonly exitCode: ExitCode
  readonly code: string
  readonly next: string | undefined

  constructor(exitCode: ExitCode, code: string, message: string, next?: string) {
    super(message)
    this.exitCode = exitCode
    this.code = code
    this.next = next
  }
}

/** What a command has to say when all went well. */
export type Outcome = {
  /** For programs: printed with --json. */
  readonly data: unknown
  /** For people: printed without. */
  readonly text: string
  /** Said beside it, e.g. what to do next. */
  readonly talk?: string
}

/** Runs a command from opening to closing and sets the exit code. Only unexpected errors come out. */
export async function runCommand(
  open: Open,
  options: { readonly json?: boolean },
  work: (opened: Opened) => Promise<Outcome>,
  terminal: Terminal,
): Promise<void> {
  try {
    const { data, text, talk } = await withOpened(open, work)
    terminal.out(options.json ? JSON.stringify(data) : text)
    if (talk !== undefined && !options.json) terminal.err(talk)
  } catch (error) {
    const failure = failureOf(error)
    if (!failure) throw error
    terminal.err(options.json ? failureJson(failure) : failureText(failure))
    terminal.exitWith(failure.exitCode)
  }
}

async function withOpened(open: Open, work: (opened: Opened) => Promise<Outcome>): Promise<Outcome> {
  const opened = await open()
  try {
    return await work(opened)
  } finally {
    await opened.close()
  }
}

const exitCodeByType: Readonly<Record<ProblemType, ExitCode>> = {
  validation_error: exitCodes.usage,
  authentication_error: exitCodes.notAllowed,
  not_found_error: exitCodes.notFound,
  conflict_error: exitCodes.conflict,
  billing_error: exitCodes.failure,
  rate_limit_error: exitCodes.failure,
  internal_error: exitCodes.failure,
}

function failureOf(error: unknown): CommandFailure | undefined {
  if (error instanceof CommandFailure) return error
  return error instanceof Problem
    ? new CommandFailure(exitCodeByType[error.type], error.code, error.message)
    : undefined
}

function failureText({ code, message, next }: CommandFailure): string {
  return `${message} (${code})${next === undefined ? '' : `\n${next}`}`
}

function failureJson({ code, message, next }: CommandFailure): string {
  return JSON.stringify({ error: { code, message, ...(next === undefined ? {} : { next }) } })
}

/** The terminal of this process. Nobody is asked in CI or when input or output is not a terminal. */
export function processTerminal(): Terminal {
  const isManned = process.stdin.isTTY && process.stderr.isTTY && !process.env.CI
  return {
    out: (line) => process.stdout.write(`${line}\n`),
    err: (line) => process.stderr.write(`${line}\n`),
    ...(process.stderr.isTTY ? { redraw: (line: string) => process.stderr.write(`\r\x1b[2K${line}`) } : {}),
    exitWith: (code) => {
      process.exitCode = code
    },
    ask: isManned ? askPerson : null,
  }
}

async function askPerson(question: string): Promise<string | null> {
  const answer = await text({ message: question, output: process.stderr })
  return isCancel(answer) ? null : answer
}
