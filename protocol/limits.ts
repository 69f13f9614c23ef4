/** Every limit of the link, with its reason and what happens past it. */
import type { Limit } from '../probes/limit.ts';
import { PUBLISH_LIMITS } from '../probes/publish/limits.ts';

export const LINK_LIMITS = {
  frameBytes: {
    value: 1024 * 1024,
    reason:
      'A full batch is ~60 kB; 1 MiB leaves room for long attributes and bounds the memory of a session.',
    past: 'The session is closed with 1009.',
  },
  batchResults: {
    value: 1000,
    reason: 'A second of the busiest agent; larger batches delay the ack without saving bytes.',
    past: 'The session is closed with 4400 bad_frame.',
  },
  dictionaryEntries: {
    value: 10_000,
    reason: 'Strings of one batch; ten new ones a result would already be odd.',
    past: 'The session is closed with 4400 bad_frame.',
  },
  stringBytes: {
    value: 1024,
    reason: 'Names, messages and attribute values are for tables, not documents.',
    past: 'The agent cuts its own strings; a longer one in a frame closes the session with 4400 bad_frame.',
  },
  metricsPerResult: {
    value: 64,
    reason: 'The largest probe emits about 25.',
    past: 'The session is closed with 4400 bad_frame.',
  },
  attributesPerResult: {
    value: 64,
    reason: 'The largest probe emits about 15.',
    past: 'The session is closed with 4400 bad_frame.',
  },
  helloEntries: {
    value: 64,
    reason: 'Versions, probe types, tags, boots or reasons of one agent: a handful each.',
    past: 'The session is closed with 4400 bad_frame; an agent with more boots in its spool names the oldest, which age out first, and its own.',
  },
  urlBytes: {
    value: 8192,
    reason: 'What servers commonly accept as a request line.',
    past: 'The session is closed with 4400 bad_frame.',
  },
  paramsBytes: {
    value: 64 * 1024,
    reason: 'Parameters of one check, bodies included.',
    past: 'The session is closed with 4400 bad_frame.',
  },
  assignments: {
    value: 2000,
    reason: 'Checks of one agent; at one a minute that is already 33 runs a second.',
    past: 'The collector refuses the schedule, the agent keeps the last one.',
  },
  watchers: {
    value: PUBLISH_LIMITS.watchers.value,
    reason: 'Regions that one publication is watched from: as many as its parameters take.',
    past: 'The agent names the first of them; more in a frame close the session with 4400 bad_frame.',
  },
  playUrls: {
    value: 16,
    reason: 'Renditions of one upload, any of which shows that it is there.',
    past: 'The agent names the first of them; more in a frame close the session with 4400 bad_frame.',
  },
  evidenceBytes: {
    value: 128 * 1024,
    reason:
      'Evidence is cut to 96 KiB where it is gathered; the rest is room for what later versions gather.',
    past: 'The session is closed with 4400 bad_frame.',
  },
  creditResults: {
    value: 5000,
    reason: 'Unacknowledged results of one agent: bounds what the collector holds per session.',
    past: 'The session is closed with 4429 over_credit.',
  },
  helloMs: {
    value: 5000,
    reason: 'A peer that says nothing, or not who it is, holds a socket.',
    past: 'The session is closed with 4408 no_hello.',
  },
  healthEveryMs: {
    value: 5000,
    reason: 'Twice within the shortest useful time to call an agent silent.',
    past: 'An agent that was not heard for three of these is shown as silent.',
  },
} as const satisfies Record<string, Limit>;
