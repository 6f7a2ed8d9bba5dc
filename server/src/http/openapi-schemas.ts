import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'

export type JsonSchema = { readonly [key: string]: unknown }

/** Turns the contract's definitions into JSON Schema; objects with an id are collected once, as components. */
export class SchemaCollector {
  readonly components: Record<string, JsonSchema> = {}

  /** The schema of what goes over the wire, with references to the components. */
  wire(definition: z.ZodType): JsonSchema {
    const { $schema: _, $defs, ...schema } = z.toJSONSchema(definition, { io: 'input', override: readable })
    for (const [name, component] of Object.entries($defs ?? {})) this.#add(name, inComponents(component) as JsonSchema)
    return inComponents(schema) as JsonSchema
  }

  #add(name: string, schema: JsonSchema): void {
    const { id: _, ...component } = schema
    const known = this.components[name]
    assert(known === undefined || isDeepStrictEqual(known, component), `two different objects are called ${name}`)
    this.components[name] = component
  }
}

// Patterns that only repeat a format, and the bounds of every JSON integer, tell a reader nothing.
function readable({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
}

function inComponents(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inComponents)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) =>
      key === '$ref' && typeof entry === 'string'
        ? [key, entry.replace('#/$defs/', '#/components/schemas/')]
        : [key, inComponents(entry)],
    ),
  )
}
