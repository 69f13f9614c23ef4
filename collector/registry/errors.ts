/** What can be wrong with what people ask of the registry. */

export const REGISTRY_ERRORS = {
  not_found: 'There is no probe of this name.',
  invalid_spec: 'The specification does not fit its schema.',
  unknown_type: 'There is no probe type of this name.',
  unknown_target: 'A probe names a target that is neither in the specification nor known.',
  unknown_receiver: 'A route names a receiver that the collector has not.',
  too_many: 'A limit of the registry would be passed.',
  no_agents: 'No connected agent runs this probe.',
  conflict: 'Somebody else changed specifications since, or at the same time.',
} as const;
export type RegistryErrorCode = keyof typeof REGISTRY_ERRORS;

/** One complaint: where in the specification (`['probes', 0, 'params', 'url']`), what, and what to try. */
export interface SpecIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint: string;
}

export class RegistryError extends Error {
  readonly code: RegistryErrorCode;
  readonly hint: string;
  /** All complaints at once, for a specification; otherwise empty. */
  readonly issues: readonly SpecIssue[];

  constructor(
    code: RegistryErrorCode,
    message: string,
    options: { readonly hint?: string; readonly issues?: readonly SpecIssue[] } = {},
  ) {
    super(message);
    this.name = 'RegistryError';
    this.code = code;
    this.hint = options.hint ?? '';
    this.issues = options.issues ?? [];
  }
}
