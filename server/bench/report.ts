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
    const base = one.name.startsWith('track') ? statements : one === statements || one === bare ? undefined : bare
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

The server's process held ${Math.round(hotPathRssMb)} MB after all of that.

| renewals due at once | per second | server afterwards |
| ---: | ---: | ---: |
${renewals.map(renewalRow).join('\n')}

- *renewals*: monthly subscriptions with overage, through \`process-billing\` on the test clock: each window closed and billed, each invoice
  numbered, each card charged through the simulated processor, each next window opened.
- *track*: \`POST /usage/events\`, each with an Idempotency-Key of its own; every answer is on disk.
- *usage check*: \`POST /usage/check\`; *feature access*: \`GET /feature-access/{code}?action=canUse\`. Both read the counters anew.
- *the same statements*: version compared, key taken, event written, counter moved, in one prepared statement and its commit per event.
- *bare route*: a Fastify route that runs \`SELECT 1\`.
`
}

function renewalRow({ count, perSecond, rssMb }: Renewals): string {
  return `| ${count.toLocaleString('en')} | ${Math.round(perSecond)} | ${Math.round(rssMb)} MB |`
}
