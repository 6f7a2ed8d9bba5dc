import type * as z from 'zod'
import type { Db, Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import type { ProblemCode } from '#problem.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/**
 * read: one read handle, no transaction. write: one transaction with the idempotency key in it. staged: begins and commits
 * by itself because it calls somebody else's server in between. metering: the hot path, which keeps its own idempotency.
 */
export type Kind = 'read' | 'write' | 'staged' | 'metering'

type Shape = z.ZodType
/** The one definition of an operation: validation, serialisation, types and the published reference all come from it. */
export type Operation<
  Params extends Shape = Shape,
  Query extends Shape = Shape,
  Body extends Shape = Shape,
  Data extends Shape = Shape,
  K extends Kind = Kind,
  List extends boolean = boolean,
> = {
  /** Resource and method of the public client, e.g. `Features.create`. Additions use the same form. */
  readonly id: string
  readonly method: Method
  /** Below /api/v1, with parameters as `{id}`. */
  readonly path: string
  readonly kind: K
  readonly summary: string
  readonly description?: string
  readonly params?: Params
  readonly query?: Query
  readonly body?: Body
  readonly data: Data
  /** The answer is a list envelope with hasMore and nextCursor. */
  readonly list: List
  readonly status: 200 | 201
  /** The status of a create that found what it was asked for. */
  readonly otherStatus?: 200
  readonly problems: readonly ProblemCode[]
  /** The answer shows a secret once: a stored copy for replays is encrypted. */
  readonly secret: boolean
  /** How large the body may be; 1 MiB where nothing is said. */
  readonly bodyLimitBytes?: number
  /** The handler reads the body's entries one by one, so that one that is wrong does not refuse the others. */
  readonly readsEntries?: boolean
}

type Definition<
  P extends Shape,
  Q extends Shape,
  B extends Shape,
  D extends Shape,
  K extends Kind,
  L extends boolean,
> = Omit<Operation<P, Q, B, D, K, L>, 'status' | 'list' | 'secret' | 'problems' | 'kind'> & {
  kind: K
  status?: 200 | 201
  list?: L
  secret?: boolean
  problems?: readonly ProblemCode[]
}

/** Defines an operation. Defaults: status 200, not a list, no problems of its own. */
export function operation<
  P extends Shape = z.ZodUndefined,
  Q extends Shape = z.ZodUndefined,
  B extends Shape = z.ZodUndefined,
  D extends Shape = Shape,
  K extends Kind = Kind,
  L extends boolean = false,
>(definition: Definition<P, Q, B, D, K, L>): Operation<P, Q, B, D, K, L> {
  return { status: 200, list: false as L, secret: false, problems: [], ...definition }
}

/** Every status an operation answers success with. */
export function statuses({ status, otherStatus }: Operation): number[] {
  return otherStatus === undefined ? [status] : [otherStatus, status]
}

/** What a handler is given, already parsed. */
export type Input<O extends Operation> =
  O extends Operation<infer P, infer Q, infer B>
    ? { params: z.output<P>; query: z.output<Q>; body: z.output<B> }
    : never

/** One page of a list; `next` is the position after its last row, null on the last page. */
export type Page<T> = { readonly items: readonly T[]; readonly next: string | null }

/** An answer whose status differs from the operation's (an existing object returned by a create: 200 instead of 201). */
export class Answer<T> {
  readonly data: T
  readonly status: number
  /** The answer of an earlier request with the same idempotency key. */
  readonly replayed: boolean
  constructor(data: T, status: number, replayed = false) {
    this.data = data
    this.status = status
    this.replayed = replayed
  }
}

/** Thrown by metering operations when the organisation changed since it was read: authenticate anew and run again. */
export class StaleOrganisation extends Error {
  override readonly name = 'StaleOrganisation'
}

/** What a handler returns: the data with Temporal and BigInt values, encoded by the definition on its way out. */
export type Output<O extends Operation> =
  O extends Operation<Shape, Shape, Shape, infer D, Kind, infer L>
    ? L extends true
      ? D extends z.ZodArray<infer Item>
        ? Page<z.output<Item>>
        : never
      : z.output<D> | Answer<z.output<D>>
    : never

type Handle<K extends Kind> = K extends 'read' ? Db : K extends 'write' ? Tx : Db

export type Handler<O extends Operation> =
  O extends Operation<Shape, Shape, Shape, Shape, infer K, boolean>
    ? (handle: Handle<K>, context: Context, input: Input<O>) => Promise<Output<O>>
    : never

/** An operation with what carries it out. */
export type Route = {
  readonly operation: Operation
  readonly handler: (handle: never, context: Context, input: never) => Promise<unknown>
}

/** Joins a definition and its handler; the types are checked here, once. */
export function route<O extends Operation>(definition: O, handler: Handler<O>): Route {
  return { operation: definition, handler: handler as Route['handler'] }
}
