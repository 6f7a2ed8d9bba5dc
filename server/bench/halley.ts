/** The command line, which says at its end the most memory that it held. */
process.on('exit', () => process.stderr.write(`rss ${process.resourceUsage().maxRSS}\n`))
await import('#cli/halley.ts')
