// What is used of packages that come without types, or with types that do not fit how Node loads them.

declare module 'bidi-js' {
  /** The Unicode Bidirectional Algorithm. */
  export default function bidiFactory(): {
    getEmbeddingLevels(text: string, baseDirection: 'auto'): { readonly levels: Uint8Array }
    getMirroredCharacter(character: string): string | null
  }
}

declare module 'linebreak' {
  /** Where lines of a text may end, one after the other; the position is that of what follows. */
  export default class LineBreaker {
    constructor(text: string)
    nextBreak(): { readonly position: number; readonly required?: boolean } | null | undefined
  }
}

declare module 'subset-font' {
  export default function subsetFont(
    font: Buffer,
    text: '',
    options: {
      readonly keepAllGlyphs: true
      readonly targetFormat: 'truetype'
      readonly variationAxes: Readonly<Record<string, number>>
    },
  ): Promise<Buffer>
}
