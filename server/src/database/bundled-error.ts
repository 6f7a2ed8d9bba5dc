/** The bundled PostgreSQL cannot be used as things are; the message says what an operator can do about it. */
export class BundledPostgresError extends Error {
  override name = 'BundledPostgresError'
}
