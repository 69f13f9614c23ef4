/** What a token is for. Each of the first three may do what the one before it may; the others have one purpose each. */

export const PEOPLE_ROLES = ['viewer', 'operator', 'admin'] as const;
/** `agent` enrols agents and nothing else; `collector` is another collector on the same store. */
export const ROLES = [...PEOPLE_ROLES, 'agent', 'collector'] as const;
export type Role = (typeof ROLES)[number];

/** Whether `role` may do what `needed` may. */
export function includesRole(role: Role, needed: Role): boolean {
  const ladder: readonly Role[] = PEOPLE_ROLES;
  if (!ladder.includes(role) || !ladder.includes(needed)) return role === needed;
  return ladder.indexOf(role) >= ladder.indexOf(needed);
}
