import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One message that arrived. */
export type Received = {
  readonly body: string
  readonly headers: IncomingHttpHeaders
  readonly at: number
  /** The body as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into messages freely
  readonly message: any
}

/** Answers a message: with a status, or in any other way. */
export type Behaviour = (received: Received, response: ServerResponse) => number | Promise<number> | undefined

/** A customer's server: listens on a port of its own, keeps what arrives, and answers as it is told to. */
export class Receiver {
  readonly received: Received[] = []
  behaviour: Behaviour = () => 200
  /** Connections that were accepted at all. */
  connections = 0
  readonly #server = createServer()

  static async start(behaviour?: Behaviour): Promise<Receiver> {
    const receiver = new Receiver()
    if (behaviour) receiver.behaviour = behaviour
    receiver.#server.on('connection', () => {
      receiver.connections += 1
    })
    receiver.#server.on('request', async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const body = Buffer.concat(chunks).toString()
      const received = {
        body,
        headers: request.headers,
        at: Date.now(),
        message: body === '' ? null : JSON.parse(body),
      }
      receiver.received.push(received)
      const status = await receiver.behaviour(received, response)
      if (status !== undefined) response.writeHead(status).end(`answered ${status}`)
    })
    receiver.#server.listen(0, '127.0.0.1')
    await once(receiver.#server, 'listening')
    // A test that fails before it closes does not wait for nobody.
    receiver.#server.unref()
    return receiver
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`
  }

  /** The events that arrived, in order. */
  get events(): string[] {
    return this.received.map(({ message }) => message.event)
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** A header of a message, as one text. */
export function headerOf({ headers }: Received, name: string): string {
  return String(headers[name] ?? '')
}
