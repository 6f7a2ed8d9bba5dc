import type { Command } from 'commander'
import { CommandFailure, exitCodes, type Open, processTerminal, type Terminal } from '#cli/command.ts'
import { type ServerDefaults, type ServerOptions, withServer } from '#cli/running-server.ts'
import { recipes } from '#cli/trigger/recipes.ts'
import { Sandbox } from '#cli/trigger/sandbox.ts'
import { isUsageTold, singleUse, usageIsHeardBy, usageIsSilent } from '#cli/usage-told.ts'

type Options = Omit<ServerOptions, 'live'> & { readonly moveClock?: boolean }

/** `halley trigger <event>`: makes a real event in the sandbox by doing what causes it. */
export function triggerCommand(
  program: Command,
  open: Open,
  defaults: ServerDefaults,
  terminal: Terminal = processTerminal(),
): void {
  program
    .command('trigger')
    .description('make a real event in the sandbox, by doing what causes it; without a name, list what can be made')
    .argument('[event]', 'such as invoice.created')
    .option('--move-clock', 'let time pass in the sandbox where the event needs it')
    .option('--server <url>', 'where Halley runs')
    .option('--key <key>', 'a sandbox key, instead of one made for this')
    .action((event: string | undefined, options: Options) => trigger(open, defaults, { event, options, terminal }))
}

type Asked = { readonly event: string | undefined; readonly options: Options; readonly terminal: Terminal }

async function trigger(open: Open, defaults: ServerDefaults, { event, options, terminal }: Asked): Promise<void> {
  if (event === undefined) {
    for (const [name, { movesClock }] of Object.entries(recipes))
      terminal.out(movesClock ? `${name}  (moves the clock)` : name)
    return
  }
  const recipe = recipes[event]
  if (!recipe) {
    const next = 'halley trigger lists what can be made.'
    const why = event.startsWith('payout.') ? 'the sandbox pays nothing out' : 'it is no event of Halley'
    throw new CommandFailure(exitCodes.notFound, 'not_found', `Nothing makes ${event} here: ${why}.`, next)
  }
  if (recipe.movesClock && !options.moveClock) {
    throw new CommandFailure(
      exitCodes.usage,
      'confirmation_required',
      `For ${event} the clock of the whole sandbox has to move, and it does not go back.`,
      'Add --move-clock if you mean it.',
    )
  }
  await withServer(open, defaults, options, async (server) => {
    if (server.key.startsWith('ck_live_')) {
      throw new CommandFailure(exitCodes.notAllowed, 'sandbox_only', 'Events are triggered in the sandbox alone.')
    }
    if (event === singleUse && !(await isUsageTold(server))) {
      throw new CommandFailure(exitCodes.failure, 'nobody_listens', usageIsSilent, usageIsHeardBy)
    }
    await recipe.run(new Sandbox(server))
    terminal.out(`${event} has happened, with all that belongs to it. See: halley events list`)
  })
}
