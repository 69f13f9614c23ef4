/**
 * The vocabulary of results: what happened, in which layer, and whose fault it looks like.
 * Closed lists, in one file, so that storage, dashboards and detection agree on every word.
 */

/** How a slot ended. Every slot ends in exactly one of these; silence is not one of them. */
export const OUTCOMES = ['ok', 'fail', 'missed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Where a run failed, in the order in which a run passes through them. */
export const LAYERS = [
  'dns',
  'connect',
  'tls',
  'http',
  'content',
  'manifest',
  'segment',
  'decode',
  'player',
  'upload_create',
  'upload_chunk',
  'upload_commit',
  'processing',
  'agent',
] as const;
export type Layer = (typeof LAYERS)[number];

/** Whose fault a failure looks like. `agent` is kept and shown, and never counted against a region. */
export const BLAMES = ['target', 'network', 'agent', 'unknown'] as const;
export type Blame = (typeof BLAMES)[number];

/**
 * Why a slot has no run. `agent_down`: no process was there to run it. `overrun`: it could not start in time. `capped`: the owner of the
 * agent lets it run no more.
 */
export const MISSED_REASONS = ['agent_down', 'overrun', 'shed', 'clock', 'lost', 'capped'] as const;
export type MissedReason = (typeof MISSED_REASONS)[number];

/** What made a run happen. Only `schedule` runs fill slots and are judged. `publish`: another agent's upload is being watched for. */
export const TRIGGERS = ['schedule', 'manual', 'confirm', 'retest', 'publish'] as const;
export type Trigger = (typeof TRIGGERS)[number];

/**
 * What went wrong, independent of where: the layer says where. The value is the sentence that the
 * README's list and `probes explain` show.
 */
export const ERROR_CODES = {
  timeout: 'The deadline passed while this layer was at work.',
  refused: 'The peer refused the connection.',
  reset: 'The peer closed or reset the connection in the middle.',
  unreachable: 'No route to the host or network.',
  not_found: 'The name does not exist.',
  server_failure: 'The name server answered with a failure.',
  cert_expired: 'The certificate is expired or not yet valid.',
  cert_name: 'The certificate is for another name.',
  cert_untrusted: 'The certificate chain is not trusted.',
  cert_self_signed: 'The certificate is signed by itself, by no authority.',
  cert_revoked: 'The authority says that the certificate is revoked.',
  cert_expiring: 'The certificate expires sooner than the probe allows.',
  tls_version: 'The server offers a version of TLS that the probe forbids, or lacks one that it requires.',
  no_stapling: 'The server staples no proof that its certificate is not revoked.',
  handshake: 'The TLS handshake failed.',
  status: 'The HTTP status is not the expected one.',
  denied: 'The service refused this viewer: 401, 403 or 451.',
  bad_response: 'The answer breaks the protocol.',
  unexpected: 'The peer answered something else than the probe expects.',
  not_serving: 'The service says that it does not serve.',
  no_reply: 'Too few pings were answered.',
  truncated: 'The body ended before its announced length.',
  too_large:
    'The answer is larger than the limit of the probe, or the payload larger than that of the service.',
  bad_body: 'The body is not what was expected.',
  bad_manifest: 'The manifest cannot be parsed or names no playable rendition.',
  bad_media: 'The media container is broken or incomplete.',
  codec_unsupported:
    'The browser at this agent cannot decode this codec: the limit of the agent, not an outage.',
  black_video: 'Audio or the clock ran, but no video frame was ever presented.',
  frozen: 'The first frame came and no other followed.',
  start_timeout: 'No frame was presented within the patience of the viewer.',
  playback_error: 'The player reported a fatal error.',
  expired: 'The upload is gone: it has expired or was deleted.',
  locked: 'The upload is locked by another request.',
  offset_mismatch: 'The server holds another offset than was sent.',
  integrity: 'What the server holds is not what was sent.',
  forbidden_target: 'The configuration of the agent forbids this address.',
  browser_missing: 'No browser that can play H.264 was found at the agent.',
  browser_launch: 'The browser would not start.',
  browser_crashed: 'The browser or its page died during the run.',
  overloaded: 'The agent had no memory or processor time for the run.',
  not_supported: 'The host of the agent cannot do what the probe asks for.',
  bad_params: 'The parameters of the probe are not valid.',
  not_allowed:
    'The allow-list of the agent’s owner does not have this module or program, or has it with another content.',
  own_probe:
    'An own probe threw, crashed, took more memory than it may, or answered with something else than a result.',
  internal: 'A bug in the probe: please report it.',
} as const;
export type ErrorCode = keyof typeof ERROR_CODES;

/** A failed run: which layer, whose fault, what, and a sentence for people. */
export interface Failure {
  readonly layer: Layer;
  readonly blame: Blame;
  readonly code: ErrorCode;
  readonly message: string;
}
