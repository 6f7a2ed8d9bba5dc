import { type ContractField, type ContractType, readFields } from './contract-types.ts'

// biome-ignore lint/suspicious/noExplicitAny: a published schema is walked freely
type Schema = any

export type Contract = {
  readonly enums: Readonly<Record<string, readonly string[]>>
  readonly objects: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** response: what we send must be what clients know. request: what clients send must be accepted. */
export type Direction = 'response' | 'request'

type Comparison = { contract: Contract; components: Schema; direction: Direction; found: string[] }

/** Every way in which our schema breaks the promise of the contract's fields; empty when it keeps it. */
export function compareFields(
  contract: Contract,
  components: Schema,
  direction: Direction,
  fields: readonly ContractField[],
  schema: Schema,
): string[] {
  const comparison: Comparison = { contract, components, direction, found: [] }
  compareObject(comparison, fields, resolve(components, schema), '')
  return comparison.found
}

/** The same for a whole type, such as an answer's data. */
export function compareType(
  contract: Contract,
  components: Schema,
  direction: Direction,
  type: ContractType,
  schema: Schema,
): string[] {
  const comparison: Comparison = { contract, components, direction, found: [] }
  compare(comparison, type, schema, '')
  return comparison.found
}

function compareObject(comparison: Comparison, fields: readonly ContractField[], schema: Schema, path: string): void {
  const { direction, found } = comparison
  const ours = Object.keys(schema?.properties ?? {})
  const required: string[] = schema?.required ?? []
  const present = fields.filter(({ name }) => {
    if (ours.includes(name)) return true
    found.push(`${path}${name} is missing`)
    return false
  })
  const names = present.map(({ name }) => name)
  if (direction === 'response' && ours.slice(0, names.length).join() !== names.join())
    found.push(`${path || 'the object '}has another order: ${ours.join()}`)
  for (const { name, optional, type } of present) {
    const isRequired = required.includes(name)
    if (direction === 'response' && !optional && !isRequired) found.push(`${path}${name} is not always sent`)
    if (direction === 'request' && optional && isRequired) found.push(`${path}${name} is required`)
    compare(comparison, type, schema.properties[name], `${path}${name}.`)
  }
}

function compare(comparison: Comparison, type: ContractType, given: Schema, path: string): void {
  const { contract, components, direction, found } = comparison
  const at = path.slice(0, -1) || 'data'
  const wanted = alternatives(contract, type)
  const ours = variants(components, given)
  const wantsNull = wanted.some((one) => one.kind === 'name' && one.name === 'null')
  const hasNull = ours.some((one) => one.type === 'null')
  if (direction === 'response' && hasNull && !wantsNull) found.push(`${at} may be null`)
  if (direction === 'request' && wantsNull && !hasNull && !acceptsAll(ours)) found.push(`${at} does not take null`)
  const literals = wanted.flatMap((one) => (one.kind === 'literal' ? [one.value] : []))
  if (literals.length > 0) {
    compareLiterals(comparison, literals, ours, at)
    return
  }
  for (const one of wanted) compareOne(comparison, one, ours, path)
}

function compareOne(comparison: Comparison, type: ContractType, ours: Schema[], path: string): void {
  const { found } = comparison
  const at = path.slice(0, -1) || 'data'
  const ofType = (...types: string[]) => ours.find((one) => types.includes(one.type))
  if (acceptsAll(ours)) return
  if (type.kind === 'array') {
    const array = ofType('array')
    if (array) compare(comparison, type.item, array.items, path)
    else found.push(`${at} is not an array`)
    return
  }
  if (type.kind === 'object') {
    const object = ofType('object')
    if (object) compareObject(comparison, type.fields, object, path)
    else found.push(`${at} is not an object`)
    return
  }
  if (type.kind === 'record') {
    if (!ofType('object')) found.push(`${at} is not an object`)
    return
  }
  if (type.kind !== 'name' || type.name === 'null') return
  const wanted = {
    string: ['string'],
    'string<date-time>': ['string'],
    number: ['number', 'integer'],
    boolean: ['boolean'],
  }
  const scalar = wanted[type.name as keyof typeof wanted]
  if (!scalar) {
    found.push(`${at}: the contract's type ${type.name} is unknown to this test`)
    return
  }
  const match = ofType(...scalar)
  if (!match) found.push(`${at} is not a ${type.name}`)
  else if (type.name === 'string<date-time>' && match.format !== 'date-time') found.push(`${at} is not a time`)
}

function compareLiterals(
  { found, direction }: Comparison,
  literals: readonly (string | boolean)[],
  ours: Schema[],
  at: string,
): void {
  if (acceptsAll(ours)) return
  const values = ours.flatMap((one) => one.enum ?? ('const' in one ? [one.const] : []))
  const isOpen = ours.some((one) => one.type === typeof literals[0] && !one.enum && !('const' in one))
  if (isOpen) {
    if (direction === 'response') found.push(`${at} is not limited to ${literals.join()}`)
    return
  }
  const kept = direction === 'response' ? values.slice(0, literals.length) : values
  const missing = literals.filter((value) => !kept.includes(value))
  if (missing.length > 0) found.push(`${at} lacks ${missing.join()} in ${values.join()}`)
  else if (direction === 'response' && kept.join() !== literals.join()) found.push(`${at} has another order`)
}

const aliases: Readonly<Record<string, string>> = { CustomerID: 'string', EventID: 'string' }

// A union, an enum or a named object of the contract as the plain types it stands for.
function alternatives(contract: Contract, type: ContractType): ContractType[] {
  if (type.kind === 'union') return type.of.flatMap((one) => alternatives(contract, one))
  if (type.kind !== 'name') return [type]
  const values = contract.enums[type.name]
  if (values) return values.map((value) => ({ kind: 'literal', value }))
  const fields = contract.objects[type.name]
  if (fields) return [{ kind: 'object', fields: readFields(fields) }]
  return [{ kind: 'name', name: aliases[type.name] ?? type.name }]
}

// Our schema as the plain variants it allows.
function variants(components: Schema, given: Schema): Schema[] {
  const schema = resolve(components, given)
  const many = schema.anyOf ?? schema.oneOf
  if (many) return many.flatMap((one: Schema) => variants(components, one))
  if (Array.isArray(schema.type)) return schema.type.map((type: string) => ({ ...schema, type }))
  return [schema]
}

function acceptsAll(ours: Schema[]): boolean {
  return ours.some((one) => one.type === undefined && one.enum === undefined && !('const' in one))
}

function resolve(components: Schema, schema: Schema): Schema {
  if (typeof schema?.$ref !== 'string') return schema
  return resolve(components, components.schemas[schema.$ref.replace('#/components/schemas/', '')])
}
