/** Exit codes that scripts rely on; 64 and up as in BSD sysexits. */
export const EXIT = {
  ok: 0,
  failed: 1,
  /** Differences found, or something is degraded. */
  degraded: 2,
  usage: 64,
  badConfig: 65,
  unreachable: 69,
  conflict: 75,
  auth: 77,
  interrupted: 130,
} as const;
