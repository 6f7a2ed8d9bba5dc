import { type Command, InvalidArgumentError } from 'commander'
import * as z from 'zod'
import { findAiModels } from '#catalogue/actions/find-ai-models.ts'
import { removeAiModelPrice, setAiModelPrice } from '#catalogue/actions/set-ai-model-price.ts'
import { flatPrices } from '#catalogue/ai-model.ts'
import { AiModel, AiModelPrice } from '#catalogue/ai-models.contract.ts'
import { toApiAiModel, toApiPriceChange } from '#catalogue/ai-models.view.ts'
import { type Open, type Outcome, processTerminal, runCommand, type Terminal } from '#cli/command.ts'
import { type ChosenSide, chooseSide, confirmLive } from '#cli/side.ts'
import { type Db, inTransaction } from '#database/transaction.ts'
import { type TokenPrice, tokenPriceOfDollars, tokenPriceOfRate, tokenPriceToDollars } from '#money/token-price.ts'
import { machineNow, organisationNow } from '#time/clock.ts'

type Options = { live?: boolean; yes?: boolean; json?: boolean }
type Prices = { input: TokenPrice; output: TokenPrice; cacheRead?: TokenPrice; cacheWrite?: TokenPrice }
type From = { from?: Temporal.Instant }

/** `halley models list | set | remove`: AI models, their prices, and the organisation's own ones. In US dollars for a million tokens. */
export function modelsCommand(program: Command, open: Open, terminal: Terminal = processTerminal()): void {
  const models = program
    .command('models')
    .description('AI models and their prices: of the sandbox, or of the live side with --live')
  models
    .command('list')
    .description('show models with the prices in force, in US dollars for a million tokens')
    .option('--search <text>', 'part of an id or a name')
    .option('--provider <provider>', 'the models of one provider')
    .option('--live', 'as they are on the live side')
    .option('--json', 'print JSON; prices are rate scale (10000 = 1.00)')
    .action((options: Options & { search?: string; provider?: string }) =>
      runCommand(open, options, ({ db }) => list(db, options), terminal),
    )
  models
    .command('set')
    .description('set your own price of a model, or add a model, in US dollars for a million tokens')
    .argument('<model>', 'provider/model, or the id of a shipped model')
    .requiredOption('--input <dollars>', 'input tokens', dollars)
    .requiredOption('--output <dollars>', 'output tokens', dollars)
    .option('--cache-read <dollars>', 'input tokens read from a cache; as input when absent', dollars)
    .option('--cache-write <dollars>', 'input tokens written to a cache; as input when absent', dollars)
    .option('--from <time>', 'for usage from then on, e.g. 2026-09-01T00:00:00Z; now when absent', instant)
    .option('--live', 'on the live side')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON')
    .action((model: string, options: Options & Prices & From) =>
      runCommand(open, options, ({ db }) => set(db, model, options, terminal), terminal),
    )
  models
    .command('remove')
    .description('end your own price of a model: the shipped one holds again')
    .argument('<model>', 'as it was set')
    .option('--from <time>', 'for usage from then on; now when absent', instant)
    .option('--live', 'on the live side')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON')
    .action((model: string, options: Options & From) =>
      runCommand(open, options, ({ db }) => remove(db, model, options, terminal), terminal),
    )
}

async function list(db: Db, options: Options & { search?: string; provider?: string }): Promise<Outcome> {
  const side = await chooseSide(db, options)
  const models = await findAiModels(db, contextOf(side), options)
  const shown = models.map((model) => toApiAiModel(model, side.org.livemode))
  const lines = shown.map(({ id, inputPrice, outputPrice, cacheReadPrice, cacheWritePrice, source }) => {
    const prices = [inputPrice, outputPrice, cacheReadPrice, cacheWritePrice].map(inDollars)
    return `${prices.map((price) => price.padStart(10)).join('  ')}  ${source.padEnd(7)}  ${id}`
  })
  return {
    data: { models: shown.map((model) => z.encode(AiModel, model)) },
    text: [`${'INPUT'.padStart(10)}      OUTPUT  CACHE READ   CACHE WR.  SOURCE   MODEL`, ...lines].join('\n'),
    talk: `${shown.length} models, in US dollars for a million tokens.`,
  }
}

async function set(db: Db, model: string, options: Options & Prices & From, terminal: Terminal): Promise<Outcome> {
  const side = await chooseSide(db, options)
  await confirmLive(side, options, terminal)
  const { input: inputPrice, output: outputPrice, cacheRead: cacheReadPrice, cacheWrite: cacheWritePrice } = options
  const prices = flatPrices({ inputPrice, outputPrice, cacheReadPrice, cacheWritePrice })
  const setting = { model, prices, effectiveFrom: options.from }
  const change = await inTransaction(db, (tx) => setAiModelPrice(tx, contextOf(side), setting))
  const shown = toApiPriceChange(change, side.org.livemode)
  return {
    data: z.encode(AiModelPrice, shown),
    text: shown.id,
    talk: `Usage from ${change.effectiveFrom} on costs this. What is recorded keeps its cost.`,
  }
}

async function remove(db: Db, model: string, options: Options & From, terminal: Terminal): Promise<Outcome> {
  const side = await chooseSide(db, options)
  await confirmLive(side, options, terminal)
  const setting = { model, effectiveFrom: options.from }
  const change = await inTransaction(db, (tx) => removeAiModelPrice(tx, contextOf(side), setting))
  const shown = toApiPriceChange(change, side.org.livemode)
  return {
    data: z.encode(AiModelPrice, shown),
    text: shown.id,
    talk: `Usage from ${change.effectiveFrom} on costs the shipped price, where there is one.`,
  }
}

function contextOf({ org }: ChosenSide) {
  return { org, now: organisationNow(org.simulatedTime, machineNow()) }
}

function dollars(value: string): TokenPrice {
  const price = tokenPriceOfDollars(value)
  if (price !== undefined && price <= highestPrice) return price
  throw new InvalidArgumentError('Give US dollars for a million tokens, e.g. 0.25, at most 1000000.')
}

// As the API has it.
const highestPrice = tokenPriceOfRate(1e10) ?? 0n

function instant(value: string): Temporal.Instant {
  try {
    return Temporal.Instant.from(value)
  } catch {
    throw new InvalidArgumentError('Give a time with its zone, e.g. 2026-09-01T00:00:00Z.')
  }
}

const inDollars = (price: TokenPrice | null): string => (price === null ? '' : tokenPriceToDollars(price))
