import assert from 'node:assert/strict'

/** A type of contract.json, read: its TypeScript-like text as a tree. */
export type ContractType =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'literal'; readonly value: string | boolean }
  | { readonly kind: 'array'; readonly item: ContractType }
  | { readonly kind: 'record' }
  | { readonly kind: 'union'; readonly of: readonly ContractType[] }
  | { readonly kind: 'object'; readonly fields: readonly ContractField[] }

export type ContractField = { readonly name: string; readonly optional: boolean; readonly type: ContractType }

/** Reads a type's text, such as `Array<{ code: string; type?: FeatureType | null }>`. */
export function readType(text: string): ContractType {
  const tokens = [...text.matchAll(/"[^"]*"|string<date-time>|\w+|[{}<>|;:?,[\]]/g)].map(([token]) => token)
  const reader = new TypeReader(tokens)
  const type = reader.union()
  reader.end(text)
  return type
}

/** Fields as contract.json writes them: `?` after the name means optional. */
export function readFields(fields: Readonly<Record<string, string>>): ContractField[] {
  return Object.entries(fields).map(([name, type]) => ({
    name: name.replace('?', ''),
    optional: name.endsWith('?'),
    type: readType(type),
  }))
}

class TypeReader {
  readonly #tokens: readonly string[]
  #at = 0

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens
  }

  union(): ContractType {
    const of = [this.#postfix()]
    while (this.#accept('|')) of.push(this.#postfix())
    const [only] = of
    return of.length === 1 && only ? only : { kind: 'union', of }
  }

  end(text: string): void {
    assert.equal(this.#at, this.#tokens.length, `could not read ${text}`)
  }

  #postfix(): ContractType {
    let type = this.#single()
    while (this.#accept('[')) {
      this.#expect(']')
      type = { kind: 'array', item: type }
    }
    return type
  }

  #single(): ContractType {
    const token = this.#take()
    if (token === '{') return this.#object()
    if (token.startsWith('"')) return { kind: 'literal', value: token.slice(1, -1) }
    if (token === 'true' || token === 'false') return { kind: 'literal', value: token === 'true' }
    if (token === 'Array') return { kind: 'array', item: this.#inBrackets() }
    if (token === 'Record') {
      this.#inBrackets()
      return { kind: 'record' }
    }
    return { kind: 'name', name: token }
  }

  #object(): ContractType {
    const fields: ContractField[] = []
    while (!this.#accept('}')) {
      const name = this.#take()
      const optional = this.#accept('?')
      this.#expect(':')
      fields.push({ name, optional, type: this.union() })
      this.#accept(';')
    }
    return { kind: 'object', fields }
  }

  #inBrackets(): ContractType {
    this.#expect('<')
    let type = this.union()
    while (this.#accept(',')) type = this.union()
    this.#expect('>')
    return type
  }

  #take(): string {
    const token = this.#tokens[this.#at++]
    assert(token !== undefined, 'the type ends too early')
    return token
  }

  #accept(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false
    this.#at++
    return true
  }

  #expect(token: string): void {
    assert.equal(this.#take(), token)
  }
}
