/** snake_case → camelCase, for types. */
type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name

/** A row as the code outside of stores knows it: the same values under camelCase names. */
export type RecordOf<Row> = {
  readonly [Column in keyof Row as Column extends string ? Camel<Column> : never]: Row[Column]
}

/** Changes to a row under camelCase names: any subset of its fields. */
export type ChangesOf<Row> = { readonly [Field in keyof RecordOf<Row>]?: RecordOf<Row>[Field] }

const camelNames = new Map<string, string>()
const columnNames = new Map<string, string>()

/** The record of a row. */
export function fromRow<Row extends object>(row: Row): RecordOf<Row> {
  const record: Record<string, unknown> = {}
  for (const [column, value] of Object.entries(row)) record[camelOf(column)] = value
  return record as RecordOf<Row>
}

/** The columns of some fields, for an insert or an update. */
export function toRow<Row extends object>(fields: ChangesOf<Row>): Partial<Row> {
  const row: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(fields)) {
    if (value !== undefined) row[columnOf(field)] = value
  }
  return row as Partial<Row>
}

function camelOf(column: string): string {
  let name = camelNames.get(column)
  if (name === undefined) {
    name = column.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
    camelNames.set(column, name)
  }
  return name
}

function columnOf(field: string): string {
  let name = columnNames.get(field)
  if (name === undefined) {
    name = field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    columnNames.set(field, name)
  }
  return name
}
