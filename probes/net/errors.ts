/** The one error that this folder throws: a configuration that cannot be carried out. */

/** `message` says which option, what is wrong and what to write instead. */
export class NetworkOptionsError extends Error {
  readonly code = 'invalid_network_options';
  override readonly name = 'NetworkOptionsError';
}
