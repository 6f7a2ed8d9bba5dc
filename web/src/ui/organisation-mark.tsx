/** Who is paid: the first letter as a mark, and the name. */
export function OrganisationMark({ name }: { name: string }) {
  const [initial = ''] = name.trim()
  return (
    <p class="organisation">
      <span class="organisation-mark" aria-hidden="true">
        {initial.toUpperCase()}
      </span>
      <span class="organisation-name">{name}</span>
    </p>
  )
}
