/** One incident with all that bears it out, as `GET /api/v1/incidents/:id` gives it to a CLI that may be newer than the collector. */
import type * as Evidence from '../../collector/api/answers/incident-evidence.ts';
import type { IncidentAnswerJson } from '../../collector/api/answers/incidents.ts';

/** Absent from earlier collectors, and from what they wrote. */
type Late = 'notifications' | 'not_told' | 'quantiles' | 'runs' | 'slow_runs' | 'timeline';

export type EvidenceJson = Partial<Evidence.EvidenceJson>;

export type IncidentDetailJson = Omit<IncidentAnswerJson, Late | 'evidence'> &
  Partial<Pick<IncidentAnswerJson, Late>> & { readonly evidence: EvidenceJson };
