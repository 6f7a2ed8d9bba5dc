import { cpus, totalmem } from 'node:os'
import type { Measured } from './load.ts'
import type { Renewals } from './renewals.ts'
import type { Simulations } from './simulations.ts'

export type Results = {
  readonly measured: readonly Measured[]
  readonly seconds: number
  readonly renewals: readonly Renewals[]
  readonly simulations: readonly Simulations[]
  readonly hotPathRssMb: number
}

/** What is below this line of the page was written by people, and stays. */
const byHand = '<!-- Written by hand from here on: npm run bench keeps it. -->'

/** The measurements as a page of the documentation. `before` is the page as it is: what people wrote in it is kept. */
export function report({ measured, seconds, renewals, simulations, hotPathRssMb }: Results, before: string): string {
  const statements = measured.find(({ name }) => name.startsWith('the same statements'))
  const bare = measured.find(({ name }) => name.startsWith('bare route'))
  const rows = measured.map((one) => {
    const base = /^(track|batch)/.test(one.name) ? statements : one === statements || one === bare ? undefined : bare
    const ratio = base ? `${(one.perSecond / base.perSecond).toFixed(2)} × ${base.name}` : ''
    return `| ${one.name} | ${Math.round(one.perSecond).toLocaleString('en')} | ${one.p50} | ${one.p99} | ${ratio} | ${one.failed} |`
  })
  return `# Benchmarks

Written by \`npm run bench\`. A whole server and the PostgreSQL that comes with it (durable, nothing tuned), 32 connections,
${seconds} seconds each after one of warming up; server, database and load generator share the machine, so that absolute numbers
say as much about it as about Halley. The ratios compare with what the same database and the same HTTP server can do at least.

Machine: ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${process.arch}, Node ${process.versions.node}.

| | per second | p50 ms | p99 ms | compared | failed |
| --- | ---: | ---: | ---: | --- | ---: |
${rows.join('\n')}

The server's process held at most ${Math.round(hotPathRssMb)} MB in all of that.

| renewals due at once | per second | server at most |
| ---: | ---: | ---: |
${renewals.map(renewalRow).join('\n')}

| windows billed again under a draft | seconds | windows per second | the command at most |
| ---: | ---: | ---: | ---: |
${simulations.map(simulationRow).join('\n')}

- *renewals*: monthly subscriptions with overage, through \`process-billing\` on the test clock: each window closed and billed, each invoice
  numbered, each card charged through the simulated processor, each next window opened.
- *windows billed again*: \`halley simulate\` over customers of five months with overage or overdraft, seats and invoices, from the
  command's start to its end: it reads every window with what was used, held and invoiced, and writes a line for each customer.
- *track*: \`POST /usage/events\`, each with an Idempotency-Key of its own; every answer is on disk.
- *batch*: \`POST /usage/events/batch\`, 1,000 events of 500 customers in each request, on 4 connections; events a second, milliseconds of a request.
- *usage check*: \`POST /usage/check\`; *feature access*: \`GET /feature-access/{code}?action=canUse\`. Both read the counters anew.
- *the same statements*: version compared, key taken, event written, counter moved, in one prepared statement and its commit per event.
- *bare route*: a Fastify route that runs \`SELECT 1\`.

${byHand}${before.split(byHand)[1] ?? '\n'}`
}

function renewalRow({ count, perSecond, rssMb }: Renewals): string {
  return `| ${count.toLocaleString('en')} | ${Math.round(perSecond)} | ${Math.round(rssMb)} MB |`
}

function simulationRow({ model, windows, seconds, rssMb }: Simulations): string {
  const perSecond = Math.round(windows / seconds).toLocaleString('en')
  return `| ${windows.toLocaleString('en')}, ${model} | ${seconds.toFixed(1)} | ${perSecond} | ${Math.round(rssMb)} MB |`
}
