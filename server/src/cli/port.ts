import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** Another program listens there. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken'
  constructor(host: string, port: number) {
    super(
      `Port ${port} on ${host} is taken by another program. Stop it, or choose another port with PORT=${port === 65_535 ? port - 1 : port + 1} npm start.`,
    )
  }
}

/** Makes sure that a port can be listened on, and finds a free one for port 0. Throws {@link PortTaken}. */
export async function choosePort(host: string, port: number): Promise<number> {
  const trial = createServer()
  try {
    trial.listen({ host, port })
    await once(trial, 'listening')
    return (trial.address() as AddressInfo).port
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'EADDRINUSE') throw new PortTaken(host, port)
    throw error
  } finally {
    trial.close()
  }
}
