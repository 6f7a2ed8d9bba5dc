import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { ChevronIcon } from './icons.tsx'

type FoldProps = {
  label: string
  /** Opens the fold whenever it becomes true. Closing is left to the reader. */
  open: boolean
  class?: string
  children: ComponentChildren
}

/** Something most readers do not need, behind its own heading. Works without script. */
export function Fold({ label, open, class: className, children }: FoldProps) {
  const details = useRef<HTMLDetailsElement>(null)
  // The attribute stays what it was at first: a later false would close what the reader has opened.
  const [openAtFirst] = useState(open)
  useEffect(() => {
    if (open && details.current) details.current.open = true
  }, [open])
  return (
    <details ref={details} class={className ? `fold ${className}` : 'fold'} open={openAtFirst}>
      <summary>
        <ChevronIcon class="icon fold-chevron" />
        {label}
      </summary>
      {children}
    </details>
  )
}
