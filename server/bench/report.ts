import { cpus, totalmem } from 'node:os'
import type { Measured } from './load.ts'
import type { Renewals } from './renewals.ts'

/** The measurements as a page of the documentation. */
export function report(
  measured: readonly Measured[],
  seconds: number,
  renewals: readonly Renewals[],
  hotPathRssMb: number,
): string {
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

- *renewals*: monthly subscriptions with overage, through \`process-billing\` on the test clock: each window closed and billed, each invoice
  numbered, each card charged through the simulated processor, each next window opened.
- *track*: \`POST /usage/events\`, each with an Idempotency-Key of its own; every answer is on disk.
- *batch*: \`POST /usage/events/batch\`, 1,000 events of 500 customers in each request, on 4 connections; events a second, milliseconds of a request.
- *usage check*: \`POST /usage/check\`; *feature access*: \`GET /feature-access/{code}?action=canUse\`. Both read the counters anew.
- *the same statements*: version compared, key taken, event written, counter moved, in one prepared statement and its commit per event.
- *bare route*: a Fastify route that runs \`SELECT 1\`.

## What limits them

Recording is limited by PostgreSQL, not by the server's process, which idles for most of a run. An event in a batch of 200 costs
the database some 40 µs of one core, in a statement that is linear in the events and enters every table by key: a third of it
reads beliefs and locks counters, a quarter moves the counters, a fifth takes keys, a seventh writes the event. Nothing of it
stands out. A batch costs one flush to disk besides, which single requests share with whoever arrives at the same time.

Batches of one organisation that name the same customers wait for each other's counters: two of them are under way at once, and
the second one gets its locks when the first one has committed. One hot customer is that case always.

Credits and balances cost an entry of the ledger and a change of the account for each event more. Batches without any have a
statement of their own that knows of neither.

An event that ends a customer's usage is written twice, the first time in vain: it is told with the customer's state, in a
transaction. That happens once for each customer, feature and window.
`
}

function renewalRow({ count, perSecond, rssMb }: Renewals): string {
  return `| ${count.toLocaleString('en')} | ${Math.round(perSecond)} | ${Math.round(rssMb)} MB |`
}
