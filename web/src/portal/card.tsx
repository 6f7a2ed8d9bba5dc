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
