/** Every limit of notifications, with its reason and what happens past it. */
import type { Limit } from '../../probes/limit.ts';

export const NOTIFY_LIMITS = {
  tickMs: {
    value: 1000,
    reason:
      'What detection finds is told at once; the clock alone brings reminders and attempts that are due.',
    past: 'A tick that takes longer delays the next one; they never overlap.',
  },
  refreshMs: {
    value: 2000,
    reason: 'Silences and acknowledgements that any collector has written: two small questions to the store.',
    past: 'What a person said works that much later.',
  },
  rereadMs: {
    value: 5000,
    reason: 'How often it is looked whether the file of routes was changed: one question to the file system.',
    past: 'What was changed is in force that much later.',
  },
  fileBytes: {
    value: 1024 * 1024,
    reason: 'Hundreds of routes; anything larger is another file.',
    past: 'The file is refused.',
  },
  aliases: {
    value: 100,
    reason: 'Nested aliases multiply: a kilobyte can stand for gigabytes.',
    past: 'The file is refused.',
  },
  routes: {
    value: 100,
    reason: 'Each is held against every open incident once a second.',
    past: 'The file is refused.',
  },
  receivers: { value: 50, reason: 'Each has a queue of its own.', past: 'The file is refused.' },
  windows: {
    value: 200,
    reason: 'Maintenance windows that are looked at once a second.',
    past: 'The file is refused.',
  },
  windowMs: {
    value: 7 * 86_400_000,
    reason: 'What is quiet for longer than a week is no maintenance: the match of a route says so better.',
    past: 'The file is refused.',
  },
  silences: {
    value: 500,
    reason: 'Silences that have not ended; all of them are held against every open incident.',
    past: 'A further one is refused with 422 too_many.',
  },
  silenceMs: {
    value: 30 * 86_400_000,
    reason: 'A silence that nobody remembers is a pager that is off.',
    past: 'A longer one is refused with 400 bad_request.',
  },
  commentChars: {
    value: 1000,
    reason: 'A sentence or a link, repeated in what is told.',
    past: 'A longer one is refused with 400 bad_request.',
  },
  members: {
    value: 200,
    reason: 'Incidents of one thread: each keeps a line of state, which is written with every change of it.',
    past: 'Further incidents wait until some of them are over, and are counted as held by `crowded`.',
  },
  mergeDepth: {
    value: 10,
    reason: 'Incidents that took over one another; more than two or three is a mistake.',
    past: 'The last one that was followed is taken for the one that goes on.',
  },
  othersShown: {
    value: 20,
    reason: 'Incidents that a person reads in one message.',
    past: 'The rest is said as a number.',
  },
  opensRemembered: {
    value: 20,
    reason: 'Times of re-opening by which a thread is known to flap.',
    past: 'The oldest are forgotten.',
  },
  reminders: {
    value: 48,
    reason: 'Two days of hourly ones: who has not reacted by then does not read them.',
    past: 'The thread is not reminded of any more, until it changes.',
  },
  noDataCloseMs: {
    value: 24 * 3_600_000,
    reason: 'Agents that are gone for a day have been taken down.',
    past: 'The thread ends without data: it is told as that, never as an all clear.',
  },
  queue: {
    value: 200,
    reason: 'Messages that wait for a receiver that is down.',
    past: 'Nothing more is queued for it. What changes meanwhile is told once there is room, as it is then.',
  },
  concurrent: {
    value: 4,
    reason: 'Messages under way to one receiver, each of another thread.',
    past: 'Others wait.',
  },
  ageMs: {
    value: 6 * 3_600_000,
    reason: 'News of the last shift.',
    past: 'A message that is older and cannot be delivered is given up, counted as failed and shown with its incident; while the incident lasts, how things are is told anew.',
  },
  lastWordMs: {
    value: 7 * 86_400_000,
    reason: 'Who was told that it began must be told how it ended: an alert would stand for ever.',
    past: 'As with ageMs, of the last message of a conversation.',
  },
  attemptMs: {
    value: 10_000,
    reason: 'A receiver answers a message at once or is overloaded; a mail takes ten turns.',
    past: 'The attempt is aborted and counts as failed.',
  },
  pauseMs: {
    value: 1000,
    reason: 'A receiver that failed once is mostly back at once.',
    past: 'The first pause is uniform in [0, this); each further one in twice as much, up to pauseMaxMs.',
  },
  pauseMaxMs: {
    value: 5 * 60_000,
    reason: 'Longest pause, also of what a receiver asks for by Retry-After.',
    past: 'Longer wishes are cut to this.',
  },
  bodyBytes: {
    value: 256 * 1024,
    reason: 'PagerDuty takes 512 kB, and nobody reads more.',
    past: 'The evidence of the incident is left out, and `truncated` says so.',
  },
  announcements: {
    value: 100,
    reason: 'Alarms about the model that wait to be written; they come by ones and twos.',
    past: 'Further ones are dropped and counted as dropped.',
  },
  closeMs: {
    value: 3000,
    reason: 'A collector that stops waits this long for messages under way.',
    past: 'They are aborted; whoever detects next sends them again, under the same key.',
  },
  keptMs: {
    value: 86_400_000,
    reason: 'The longest time within which what opens again may join what was told.',
    past: 'A conversation that closed before is not loaded when a collector begins to send.',
  },
  refBytes: {
    value: 16 * 1024,
    reason: 'A URL or a secret in a file of its own.',
    past: 'The file is refused, and the message waits as for a receiver that is down.',
  },
} as const satisfies Record<string, Limit>;
