import { type FieldProblem, invalidFields } from '#problem.ts'

/** Throws a 422 that names all the wrong fields at once; does nothing when there are none. */
export function refuseFields(fields: readonly FieldProblem[]): void {
  const [first, ...rest] = fields
  if (first) throw invalidFields([first, ...rest])
}
