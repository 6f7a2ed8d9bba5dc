import { runSimulation } from '#billing/actions/run-simulation.ts'
import { simulateBilling } from '#billing/simulation.contract.ts'
import { toApiSimulation } from '#billing/simulation.view.ts'
import { type Route, route } from '#http/operation.ts'

/** What a request may take: some seconds of a connection. */
const mostWindowsPerRequest = 20_000

const simulate = route(simulateBilling, async (db, { org, now }, { body }) => {
  const finished = await runSimulation(db, org.id, body, now, { mostWindows: mostWindowsPerRequest })
  return toApiSimulation(finished, org.livemode)
})

export const simulationRoutes: Route[] = [simulate]
