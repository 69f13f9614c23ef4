/** What ingest counted since the start, for `/metrics` and the live view. */

/** Counters only grow; gauges are the present value. */
export interface IngestCounters {
  sessionsOpened: number;
  /** Ended sessions by close code. */
  sessionsClosed: Record<string, number>;
  /** Agents that were not let in because too many were there, or arriving. */
  admissionsRefused: number;
  framesReceived: number;
  bytesReceived: number;
  resultsReceived: number;
  resultsStored: number;
  /** Results that came again and were skipped. */
  resultsDuplicate: number;
  /** Results whose time lies outside what the store keeps: acknowledged and thrown away. */
  resultsOutOfRange: number;
  /** Jumps in an agent's numbering: it gave up results. */
  sequenceGaps: number;
  /** Questions to the store how far agents have come. */
  progressLookups: number;
  blocksInserted: number;
  insertFailures: number;
  /** Milliseconds of all successful inserts together. */
  insertMsTotal: number;
  /** Agents released to other collectors. */
  released: number;
  /** Times that the other collectors took this one for dead: it threw away what was not acknowledged, and began anew. */
  fenced: number;
  /** Results thrown away then; their agents hold them. */
  resultsDisowned: number;
  /** Times that a batch went back and forth between days too often, and was not taken whole. */
  openBlocksExceeded: number;
  /** Times that reading was paused because the queue held too many bytes. */
  backpressurePauses: number;
}

export interface IngestGauges {
  readonly sessions: number;
  /** Of them, those that are not welcomed yet. */
  readonly arriving: number;
  readonly queuedRows: number;
  readonly queuedBytes: number;
  /** Blocks that are being gathered or inserted. */
  readonly openBlocks: number;
  /** Results that all agents together may have in flight, as granted. */
  readonly creditGranted: number;
  /** Age of the oldest row not yet committed, milliseconds; 0 when there is none. */
  readonly oldestQueuedMs: number;
  /** 99th percentile of the delay of the collector's event loop over the last minute, milliseconds. */
  readonly eventLoopDelayMs: number;
}

export interface IngestStats {
  readonly counters: Readonly<IngestCounters>;
  gauges(): IngestGauges;
}

export function newCounters(): IngestCounters {
  return {
    sessionsOpened: 0,
    sessionsClosed: {},
    admissionsRefused: 0,
    framesReceived: 0,
    bytesReceived: 0,
    resultsReceived: 0,
    resultsStored: 0,
    resultsDuplicate: 0,
    resultsOutOfRange: 0,
    sequenceGaps: 0,
    progressLookups: 0,
    blocksInserted: 0,
    insertFailures: 0,
    insertMsTotal: 0,
    released: 0,
    fenced: 0,
    resultsDisowned: 0,
    openBlocksExceeded: 0,
    backpressurePauses: 0,
  };
}
