/** A message as it is stored and sent: what is told, whatever the form that a receiver wants. Plain JSON. */
import type { DetectedIncidentJson } from '../api/answers/incidents.ts';
import { incidentJson } from '../api/incident-json.ts';
import { iso } from '../api/instant.ts';
import { type Incident, scopeText } from '../detect/incident.ts';
import { NOTIFY_LIMITS } from './limits.ts';
import { type NoticeText, noticeText } from './notice-text.ts';
import { type Draft, isLast, type NoticeKind } from './thread.ts';

/** What a receiver that keeps state makes of it. */
export type NoticeState =
  | 'firing'
  | 'acknowledged'
  | 'over'
  /** Not told any further, and not over as far as anybody knows. */
  | 'unknown';

export interface OtherIncident {
  readonly id: string;
  readonly severity: Incident['severity'];
  readonly scope: string;
  readonly summary: string;
}

/** Its evidence is null where that was too large to be sent. */
type ToldIncident = Omit<DetectedIncidentJson, 'evidence'> & {
  readonly evidence: DetectedIncidentJson['evidence'] | null;
};

export interface Notice {
  /** The same for every attempt to deliver it, and for no other message. */
  readonly id: string;
  /** `incident.opened`, `calibration.drifted`. */
  readonly event: string;
  readonly state: NoticeState;
  /** The conversation that it belongs to. */
  readonly thread: string;
  /** Its number there, from 1. */
  readonly seq: number;
  readonly at: string;
  readonly route: string;
  readonly receiver: string;
  readonly severity: Incident['severity'];
  readonly reasons: readonly string[];
  readonly text: NoticeText;
  /** What it is mostly about, as the API gives it; for an alarm about the model that alarm. */
  readonly subject:
    | { readonly incident: ToldIncident }
    | { readonly alarm: Readonly<Record<string, unknown>> };
  /** Further open incidents of the conversation; the rest of them as a number. */
  readonly others: readonly OtherIncident[];
  readonly others_left_out: number;
  readonly ack: { readonly by: string; readonly comment: string; readonly at: string } | null;
  readonly labels: Readonly<Record<string, string>>;
  /** Labels of the messages before, where they were others: that alert is not there any more. */
  readonly labels_before: Readonly<Record<string, string>> | null;
  /** The evidence was too large to be sent. */
  readonly truncated: boolean;
}

const STATES: Readonly<Record<NoticeKind, NoticeState>> = {
  opened: 'firing',
  reopened: 'firing',
  updated: 'firing',
  reminder: 'firing',
  acknowledged: 'acknowledged',
  no_data: 'firing',
  resolved: 'over',
  merged: 'over',
  no_data_closed: 'unknown',
};

export interface NoticePlace {
  readonly route: string;
  readonly receiver: string;
  /** Of the dashboard, for the link; null where nobody has said. */
  readonly dashboard: string | null;
  readonly nowMs: number;
}

/** The message that a draft stands for. */
export function noticeOf(draft: Draft, place: NoticePlace): Notice {
  const { kind, labelsBefore, lead, others, reasons, thread } = draft;
  const { nowMs, receiver, route } = place;
  const { ack } = lead;
  const shown = others.slice(0, NOTIFY_LIMITS.othersShown.value).map(
    ({ incident }): OtherIncident => ({
      id: incident.id,
      severity: incident.severity,
      scope: scopeText(incident.scope),
      summary: incident.summary,
    }),
  );
  return fitting({
    id: `${thread.id}#${thread.seq}`,
    event: `incident.${kind}`,
    state: STATES[kind],
    thread: thread.id,
    seq: thread.seq,
    at: iso(nowMs),
    route,
    receiver,
    severity: lead.incident.severity,
    reasons: reasons.slice(0, NOTIFY_LIMITS.othersShown.value),
    text: noticeText(draft, place),
    subject: { incident: incidentJson(lead.incident) },
    others: shown,
    others_left_out: others.length - shown.length,
    ack: ack && { by: ack.by, comment: ack.comment, at: iso(ack.atMs) },
    labels: thread.labels,
    labels_before: isLast(kind) ? null : labelsBefore,
    truncated: false,
  });
}

/** An alarm that is no incident: told once, each change of it by itself. */
export interface Announcement {
  readonly event: string;
  /** What it is about: all of it is one conversation. */
  readonly about: string;
  readonly isOver: boolean;
  readonly summary: string;
  readonly alarm: Readonly<Record<string, unknown>>;
}

export function announcementNotice(one: Announcement, place: NoticePlace): Notice {
  const { nowMs, receiver, route } = place;
  const thread = `${route}/${receiver}/${one.about}`;
  return fitting({
    id: `${thread}#${one.event}`,
    event: one.event,
    state: one.isOver ? 'over' : 'firing',
    thread,
    seq: one.isOver ? 2 : 1,
    at: iso(nowMs),
    route,
    receiver,
    severity: 'warning',
    reasons: [],
    text: {
      title: `${one.isOver ? 'OVER' : 'WARNING'} ${one.summary}`,
      facts: [],
      next: ['outrider calibration alarms'],
      link: place.dashboard,
    },
    subject: { alarm: one.alarm },
    others: [],
    others_left_out: 0,
    ack: null,
    labels: { alertname: 'OutriderModelDrift', alarm: one.about, severity: 'warning' },
    labels_before: null,
    truncated: false,
  });
}

const bytesOf = (notice: Notice): number => Buffer.byteLength(JSON.stringify(notice));

/** Within what a body may have: evidence is what grows, and the collector still has it. */
function fitting(notice: Notice): Notice {
  const maxBytes = NOTIFY_LIMITS.bodyBytes.value;
  if (bytesOf(notice) <= maxBytes) return notice;
  if ('alarm' in notice.subject) return { ...notice, truncated: true, subject: { alarm: {} } };
  const incident = { ...notice.subject.incident, evidence: null };
  return { ...notice, truncated: true, subject: { incident } };
}

/** A message that says that it is none, by which people see that a receiver is reached. */
export function trialNotice(receiver: string, state: 'firing' | 'over', nowMs: number): Notice {
  const seq = state === 'firing' ? 1 : 2;
  const thread = `trial/${receiver}/${nowMs}`;
  return {
    id: `${thread}#${seq}`,
    event: 'trial',
    state,
    thread,
    seq,
    at: iso(nowMs),
    route: 'trial',
    receiver,
    severity: 'warning',
    reasons: [],
    text: {
      title: 'TRIAL This is a trial message of Outrider: nothing is wrong',
      facts: [['What', `Somebody tries whether ${receiver} is reached.`]],
      next: ['outrider incidents list'],
      link: null,
    },
    subject: { alarm: { kind: 'trial' } },
    others: [],
    others_left_out: 0,
    ack: null,
    labels: { alertname: 'OutriderTrial', severity: 'warning', trial: iso(nowMs) },
    labels_before: null,
    truncated: false,
  };
}
