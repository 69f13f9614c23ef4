/** Every limit of the upload probe, with its reason and what happens past it. */

export const UPLOAD_LIMITS = {
  sizeBytes: {
    value: 64 * 1024 * 1024,
    reason:
      'A minute of short video; the payload is held in memory, and an upload this long is a load on the service.',
    past: 'The parameters are refused.',
  },
  chunks: {
    value: 1000,
    reason: 'As many as the strictest platform allows in one upload.',
    past: 'The parameters are refused.',
  },
  requests: {
    value: 2000,
    reason:
      'Every chunk twice: a service that takes ever less of what it is sent would hold the run to its deadline.',
    past: 'The run fails with upload_chunk/bad_response.',
  },
  lockedMs: {
    value: 10_000,
    reason:
      'A service notices a broken connection within seconds and frees the upload; longer is an outage to its users.',
    past: 'The run fails with upload_chunk/locked.',
  },
  resumes: {
    value: 5,
    reason: 'A connection that breaks more often than this is the finding.',
    past: 'The parameters are refused.',
  },
  answerBytes: {
    value: 64 * 1024,
    reason: 'Answers of upload services are a few lines of JSON.',
    past: 'The run fails with too_large; an answer to a deletion is only read no further.',
  },
  playableBytes: {
    value: 1024,
    reason: 'The first bytes prove that the upload is served; the playback probe measures the rest.',
    past: 'No more is asked for, and what is sent all the same is not read.',
  },
  polls: {
    value: 1000,
    reason: 'The deadline ends polling first; this holds where it is generous and the interval short.',
    past: 'The run fails with processing/timeout.',
  },
  cleanupMs: {
    value: 1000,
    reason:
      'Tidying up must not hold the lane, and ends within the grace of a run that was aborted; services expire what is left.',
    past: 'The upload is left behind, and attribute `cleanup` says so.',
  },
  rttReadings: {
    value: 2000,
    reason: 'A hundred seconds of one body at a reading every 50 ms; their median does not move after that.',
    past: 'Later readings are not kept.',
  },
  socketTableBytes: {
    value: 1024 * 1024,
    reason: 'Some 7000 sockets; the kernel walks all of them for one reading.',
    past: 'Where TCP_INFO cannot be read, the send clock is `app`.',
  },
} as const;
