import * as z from 'zod'

/** One event: what it means, and its payload. */
export type EventDefinition = { readonly summary: string; readonly data: z.ZodObject }

/** Defines an event by the name of its payload, what it means and the payload's fields. */
export function told<Fields extends z.ZodRawShape>(name: string, summary: string, fields: Fields) {
  return { summary, data: z.strictObject(fields).meta({ id: name }) }
}
