/** Whether `value` is an error, of whatever realm: test runners and `vm` give their code an `Error` of its own. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
}
