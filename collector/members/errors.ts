/** Why an agent could not be taken over from another collector. */

export const MEMBERS_ERRORS = {
  busy: 'Another collector has results of the agent to commit first, or could not be asked in time.',
  in_use: 'Another process under the id of the agent is connected at another collector, and lives.',
  closed: 'The collector stops.',
} as const;
export type MembersErrorCode = keyof typeof MEMBERS_ERRORS;

export class MembersError extends Error {
  readonly code: MembersErrorCode;

  constructor(code: MembersErrorCode, message: string = MEMBERS_ERRORS[code]) {
    super(message);
    this.name = 'MembersError';
    this.code = code;
  }
}
