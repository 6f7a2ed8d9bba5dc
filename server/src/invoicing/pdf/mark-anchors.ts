/** What places marks, as far as it is used here. The package's types do not say. */
type Positions = { applyLookup(type: number, table: unknown): boolean }
type Shaped = { readonly _layoutEngine: { readonly engine?: { readonly GPOSProcessor?: Positions | null } | null } }

/**
 * Makes a font leave a mark where it is when its tables say nowhere to put it on this letter. The shaper reads such a place without
 * asking whether there is one, and a whole document would fail for it.
 */
export function allowMissingAnchors(font: object): void {
  const positions = (font as Shaped)._layoutEngine.engine?.GPOSProcessor
  if (!positions) return
  const apply = positions.applyLookup.bind(positions)
  positions.applyLookup = (type, table) => {
    try {
      return apply(type, table)
    } catch (error) {
      // Thrown before anything is moved: the next table is asked.
      if (error instanceof TypeError) return false
      throw error
    }
  }
}
