import type { Terminal } from '#cli/command.ts'

const width = 30
const plainSteps = 10

/**
 * Shows how far a long command is: a bar on a terminal, a line for each tenth elsewhere. `unit` names what is counted.
 */
export class Progress {
  readonly #terminal: Terminal
  readonly #total: number
  readonly #unit: string
  #told = 0

  constructor(terminal: Terminal, total: number, unit: string) {
    this.#terminal = terminal
    this.#total = total
    this.#unit = unit
  }

  reach(done: number): void {
    const share = this.#total === 0 ? 1 : Math.min(1, done / this.#total)
    const { redraw } = this.#terminal
    if (redraw) {
      redraw(this.#bar(share, done))
      return
    }
    const step = Math.floor(share * plainSteps)
    if (step <= this.#told) return
    this.#told = step
    this.#terminal.err(this.#text(done))
  }

  /** Ends the bar's line. */
  end(): void {
    if (this.#terminal.redraw) this.#terminal.err('')
  }

  #bar(share: number, done: number): string {
    const filled = Math.round(share * width)
    const percent = `${Math.floor(share * 100)} %`.padStart(5)
    return `[${'█'.repeat(filled)}${'░'.repeat(width - filled)}] ${percent}  ${this.#text(done)}`
  }

  #text(done: number): string {
    return `${done.toLocaleString('en')} of ${this.#total.toLocaleString('en')} ${this.#unit}`
  }
}
