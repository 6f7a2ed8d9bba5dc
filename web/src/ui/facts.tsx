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
