/** What membership counts; `api/metrics.ts` shows it. */
export interface MembersCounters {
  beats: number;
  beatsFailed: number;
  /** Rounds in which others were asked to release agents. */
  takeOverRounds: number;
  /** Agents that nobody else has anything of any more. */
  takenOver: number;
  /** Agents that were sent away because another collector was not done with them. */
  busy: number;
  /** Questions to other collectors that were not answered. */
  unanswered: number;
  /** Collectors taken out by this one. */
  takenOut: number;
  /** Blocks brought to tables that lacked them, or might have. */
  repaired: number;
  /** Inserts of fenced collectors that had to be killed. */
  insertsKilled: number;
  /** Times that this collector began to hold the lease of detection. */
  leasesGained: number;
  /** Times that it lost it otherwise than by giving it up. */
  leasesLost: number;
  /** Times that it was taken out itself, and began anew. */
  renewed: number;
}

export function newMembersCounters(): MembersCounters {
  return {
    beats: 0,
    beatsFailed: 0,
    takeOverRounds: 0,
    takenOver: 0,
    busy: 0,
    unanswered: 0,
    takenOut: 0,
    repaired: 0,
    insertsKilled: 0,
    leasesGained: 0,
    leasesLost: 0,
    renewed: 0,
  };
}
