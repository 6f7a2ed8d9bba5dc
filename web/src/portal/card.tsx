import type { ComponentChildren } from 'preact'

type CardProps = { id: string; title: string; children: ComponentChildren; class?: string }

/** One subject of the portal. */
export function Card({ id, title, children, class: className }: CardProps) {
  return (
    <section class={className ? `card ${className}` : 'card'} aria-labelledby={id}>
      <h2 class="card-title" id={id}>
        {title}
      </h2>
      {children}
    </section>
  )
}

/** Facts as label and value; those without a value are left out. */
export function Facts({ rows }: { rows: ReadonlyArray<readonly [label: string, value: string | null]> }) {
  const known = rows.filter(([, value]) => value !== null)
  if (known.length === 0) return null
  return (
    <dl class="facts">
      {known.map(([label, value]) => (
        <div key={label} class="fact">
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
