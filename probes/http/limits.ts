/** Every limit of the `http` probe. */

export const HTTP_LIMITS = {
  eyeballsDelayMs: {
    value: 250,
    reason: 'The connection attempt delay that RFC 8305 recommends, and browsers have.',
    past: 'IPv4 is dialled beside IPv6, where a probe asks for `family: happy`.',
  },
  bodyBytes: {
    value: 1024 * 1024,
    reason: 'The default: a page or a manifest, not a download. `maxBodyBytes` raises it.',
    past: 'The run fails with too_large and the connection is closed.',
  },
  bodyBytesMax: {
    value: 256 * 1024 * 1024,
    reason: 'More is a load test of the target and of the network of the agent.',
    past: 'The parameters are refused.',
  },
  assertedBytes: {
    value: 1024 * 1024,
    reason:
      'Bodies that are asserted about are held in memory whole, and up to a hundred runs are under way.',
    past: 'The run fails with too_large, whatever `maxBodyBytes` allows; so does a body that grows beyond it as it is unpacked.',
  },
  matchMs: {
    value: 50,
    reason:
      'Of processor time, for all patterns of a run: they run on the one thread of the agent, and a bad one must not disturb the runs beside it.',
    past: 'The pattern is stopped and the run fails with bad_params, blamed on the agent.',
  },
  patternChars: {
    value: 512,
    reason: 'It travels in every schedule.',
    past: 'The parameters are refused.',
  },
  assertions: {
    value: 32,
    reason: 'Of each kind: they travel in every schedule, and each reads the body once.',
    past: 'The parameters are refused.',
  },
  quotedChars: {
    value: 80,
    reason: 'What was found instead stands in a message that people read in a table.',
    past: 'It is cut.',
  },
  redactedChars: {
    value: 4096,
    reason: 'Longer than secrets are: what is shown of a text was searched for them, and bodies are large.',
    past: 'It is not shown.',
  },
  redirects: {
    value: 10,
    reason: 'Browsers give up at 20; nobody should make viewers wait for half of that.',
    past: 'The parameters are refused.',
  },
  requestBodyChars: {
    value: 64 * 1024,
    reason: 'It travels in every schedule; uploads have a probe of their own.',
    past: 'The parameters are refused.',
  },
  headers: {
    value: 32,
    reason: 'It travels in every schedule.',
    past: 'The parameters are refused.',
  },
  warmConnections: {
    value: 256,
    reason: 'One for each warm probe and target of an agent, and file descriptors to spare.',
    past: 'The one that was used longest ago is closed; its next run opens a new one.',
  },
  warmIdleMs: {
    value: 300_000,
    reason: 'Longer than common front-ends keep a silent connection.',
    past: 'The connection is closed; the next run opens a new one.',
  },
  warmLifeMs: {
    value: 3_600_000,
    reason: 'A name that has moved is followed within the hour.',
    past: 'The connection is closed after its run; the next one opens a new one.',
  },
  streamWindowBytes: {
    value: 6 * 1024 * 1024,
    reason:
      'The window of an HTTP/2 stream in Chromium: with the default of 64 KiB, distance would look like a slow service.',
    past: 'The server waits until the body was read.',
  },
  sessionWindowBytes: {
    value: 15 * 1024 * 1024,
    reason: 'The window of an HTTP/2 connection in Chromium.',
    past: 'The server waits until the body was read.',
  },
} as const;
