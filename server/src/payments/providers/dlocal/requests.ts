import type { Mode } from '#organisations/org.ts'
import type { DlocalCredentials } from '#payments/credentials.ts'
import { ProviderUnreachable } from '#payments/provider.ts'
import { dlocalSignature } from '#payments/providers/dlocal/signature.ts'

export type DlocalLine = DlocalCredentials & {
  readonly mode: Mode
  /** Another address than dLocal's own, for tests. */
  readonly address?: string | undefined
  readonly machineNow: () => Temporal.Instant
  readonly timeoutMs?: number
}

/** What dLocal says instead of doing what it was asked. */
export type DlocalRefusal = { readonly code?: number | string; readonly message?: string; readonly param?: string }

export type DlocalAnswer<Body> =
  | { readonly isTaken: true; readonly body: Body }
  | { readonly isTaken: false; readonly status: number; readonly refusal: DlocalRefusal }

const answerWithinMs = 20_000
const hosts = { live: 'https://api.dlocal.com', sandbox: 'https://sandbox.dlocal.com' } as const

/** One signed request. Throws {@link ProviderUnreachable} where nobody answered, or only that it could not. */
export async function askDlocal<Body>(
  line: DlocalLine,
  method: 'GET' | 'POST',
  path: string,
  payload?: unknown,
  more: Readonly<Record<string, string>> = {},
): Promise<DlocalAnswer<Body>> {
  const body = payload === undefined ? '' : JSON.stringify(payload)
  const { status, answered } = await send(line, method, path, body, more)
  if (status >= 500 || status === 429) throw new ProviderUnreachable(`dLocal answered ${status}.`)
  if (status < 400) return { isTaken: true, body: answered as Body }
  return { isTaken: false, status, refusal: (answered ?? {}) as DlocalRefusal }
}

async function send(
  { login, transKey, secretKey, address, mode, machineNow, timeoutMs = answerWithinMs }: DlocalLine,
  method: 'GET' | 'POST',
  path: string,
  body: string,
  more: Readonly<Record<string, string>>,
): Promise<{ status: number; answered: unknown }> {
  const date = machineNow().toString({ smallestUnit: 'millisecond' })
  try {
    const response = await fetch((address ?? hosts[mode]) + path, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        'x-date': date,
        'x-login': login,
        'x-trans-key': transKey,
        'x-version': '2.1',
        'user-agent': 'Halley',
        'content-type': 'application/json',
        authorization: dlocalSignature(secretKey, login, date, body),
        ...more,
      },
      ...(body === '' ? {} : { body }),
    })
    return { status: response.status, answered: await response.json() }
  } catch (error) {
    throw new ProviderUnreachable('dLocal did not answer.', { cause: error })
  }
}
