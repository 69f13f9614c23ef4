/** Which tests go past limits that they do not name, and which limits no test goes past. */

/** `file TABLE.limit` → the file of the test and what its title, or its case, says. */
export const ELSEWHERE: Readonly<Record<string, readonly [file: string, title: string]>> = {
  'sandbox/limits.ts ORIGIN_LIMITS.storedUploads': [
    'test/sandbox/upload-shelf.test.ts',
    'deletes the oldest past the count, with all its files',
  ],
  'sandbox/limits.ts ORIGIN_LIMITS.storedAgeMs': [
    'test/sandbox/upload-shelf.test.ts',
    'deletes what is too old, and does not show it even before that',
  ],
  'sandbox/limits.ts ORIGIN_LIMITS.chunkBytesMin': [
    'test/sandbox/chunked-upload.test.ts',
    'chunks that are too small',
  ],
  'sandbox/limits.ts ORIGIN_LIMITS.chunkBytesMax': [
    'test/sandbox/chunked-upload.test.ts',
    'chunks that are too large',
  ],
  'sandbox/limits.ts ORIGIN_LIMITS.negativePaths': [
    'test/sandbox/publication.test.ts',
    'forgets the oldest past the limit',
  ],
  'sandbox/limits.ts ORIGIN_LIMITS.injectedDelayMs': [
    'test/sandbox/injected.test.ts',
    'cuts times to the limit',
  ],
  'sandbox/limits.ts ORIGIN_LIMITS.closeMs': [
    'test/sandbox/origin.test.ts',
    'cuts answers that take too long when it closes',
  ],
  'probes/timeline.ts TIMELINE_LIMITS.phases': [
    'test/probes/timeline.test.ts',
    'keeps the first phases when there are too many',
  ],
  'probes/browser/limits.ts BROWSER_LIMITS.messageBytes': [
    'test/probes/browser/pipe-transport.test.ts',
    'closes at a message without end',
  ],
  'probes/browser/limits.ts BROWSER_LIMITS.staleProfiles': [
    'test/probes/browser/process-group.test.ts',
    'are swept so many at a time',
  ],
  'probes/browser/limits.ts BROWSER_LIMITS.closeMs': [
    'test/browser/launch.test.ts',
    'a frozen browser is killed with its whole group when it does not close its tab',
  ],
  'probes/video-start/limits.ts VIDEO_START_LIMITS.attributeChars': [
    'test/probes/video-start/measure.test.ts',
    'cut what a stranger made long',
  ],
  'probes/video-start/limits.ts VIDEO_START_LIMITS.frozenAfterMs': [
    'test/browser/video-start.test.ts',
    'with a single picture and sound behind it is frozen, and its first frame is still measured',
  ],
  'probes/playback/limits.ts PLAYBACK_LIMITS.boxBytes': [
    'test/probes/playback/box-scanner.test.ts',
    'refuses a kept box that is larger than it may hold, at its header',
  ],
  'probes/playback/limits.ts PLAYBACK_LIMITS.boxes': [
    'test/probes/playback/box-scanner.test.ts',
    'gives up on a file of nothing but small boxes',
  ],
  'probes/playback/limits.ts PLAYBACK_LIMITS.samples': [
    'test/probes/playback/fragment.test.ts',
    'stops at the limit when a run without entries claims four billion samples',
  ],
  'probes/playback/limits.ts PLAYBACK_LIMITS.redirects': [
    'test/probes/playback/playback.test.ts',
    'gives up on a loop of redirects',
  ],
  'probes/upload/limits.ts UPLOAD_LIMITS.sizeBytes': [
    'test/probes/upload/params.test.ts',
    'a payload beyond the limit',
  ],
  'probes/upload/limits.ts UPLOAD_LIMITS.chunks': ['test/probes/upload/params.test.ts', 'too many chunks'],
  'probes/upload/limits.ts UPLOAD_LIMITS.resumes': [
    'test/probes/upload/params.test.ts',
    'more resumes than make sense',
  ],
  'probes/upload/limits.ts UPLOAD_LIMITS.socketTableBytes': [
    'test/probes/upload/send-queue.test.ts',
    'tells nothing when the table is longer than it is willing to read',
  ],
  'collector/store/limits.ts STORE_LIMITS.embeddedConcurrency': [
    'test/collector/store/turns.test.ts',
    'lets so many run at a time, the others in the order in which they came',
  ],
  'collector/store/limits.ts STORE_LIMITS.embeddedWaiting': [
    'test/collector/store/turns.test.ts',
    'refuses when too many wait, and takes work again after that',
  ],
  'collector/store/limits.ts STORE_LIMITS.personMemoryBytes': [
    'test/collector/store/query-readonly.test.ts',
    'is stopped when it takes too much memory',
  ],
  'collector/store/limits.ts STORE_LIMITS.requestMs': [
    'test/collector/store/server-engine.test.ts',
    'sends a block as it is, under its name, with an end to the time that it may take',
  ],
  'collector/api/limits.ts API_LIMITS.windowMs': [
    'test/collector/api/params.test.ts',
    'refuses what is further back than the rollups are kept',
  ],
  'collector/api/limits.ts API_LIMITS.querySeconds': [
    'test/collector/store/query-readonly.test.ts',
    'is stopped when its time is over, and the next one is not harmed',
  ],
  'collector/ingest/limits.ts INGEST_LIMITS.aliveMs': [
    'test/collector/ingest/session.test.ts',
    'of a process that does not answer any more and another: the newer takes over',
  ],
  'collector/ingest/limits.ts INGEST_LIMITS.unreadBytes': [
    'test/collector/ingest/limits.test.ts',
    'a peer that does not read what it is sent is cut',
  ],
  'collector/ingest/limits.ts INGEST_LIMITS.drainMs': [
    'test/collector/ingest/drain.test.ts',
    'ends the session of an agent that does not go',
  ],
  'collector/ingest/limits.ts INGEST_LIMITS.pastMs': [
    'test/collector/ingest/session.test.ts',
    'acknowledges results of impossible times without storing them',
  ],
  'collector/ingest/limits.ts INGEST_LIMITS.futureMs': [
    'test/collector/ingest/session.test.ts',
    'acknowledges results of impossible times without storing them',
  ],
  'collector/ingest/limits.ts INGEST_LIMITS.lastFlushMs': [
    'test/collector/ingest/block-queue.test.ts',
    'gives up at its deadline, whether the store fails or hangs',
  ],
  'collector/ingest/limits.ts INGEST_LIMITS.sweepMs': [
    'test/collector/ingest/limits.test.ts',
    'a peer that is silent for too long is cut',
  ],
  'collector/incidents/limits.ts INCIDENT_LIMITS.tickMs': [
    'test/collector/incidents/start-detection.test.ts',
    'never runs two ticks at once, and none after it was closed',
  ],
  'collector/detect/settings.ts DETECT_LIMITS.unitsPerGroup': [
    'test/collector/detect/group.test.ts',
    'of more agents than it has places still needs more than one place, and is not deaf',
  ],
  'collector/members/limits.ts MEMBER_LIMITS.killAfterMs': [
    'test/collector/members/take-out.test.ts',
    'kills an insert that does not end',
  ],
  'collector/members/limits.ts MEMBER_LIMITS.idleMs': [
    'test/collector/members/take-out.test.ts',
    'gives up on one that stays, and succeeds once that is over',
  ],
  'collector/members/limits.ts MEMBER_LIMITS.releaseMs': [
    'test/collector/members/join-members.test.ts',
    'wait for one that is not done with the agent, and then go on',
  ],
  'collector/registry/limits.ts REGISTRY_LIMITS.effectiveAfterMs': [
    'test/agent/schedule.test.ts',
    'reports slots before the boot as agent_down and those that it learned of too late as overrun',
  ],
  'collector/registry/limits.ts REGISTRY_LIMITS.graceMs': [
    'test/collector/registry/ledger-sql.test.ts',
    'is due a timeout and two seconds after its slot',
  ],
  'collector/registry/limits.ts REGISTRY_LIMITS.graceMinMs': [
    'test/collector/registry/ledger-sql.test.ts',
    'is due no earlier than an agent can have told',
  ],
  'collector/registry/limits.ts REGISTRY_LIMITS.maintenanceMs': [
    'test/collector/registry/several.test.ts',
    'have the same specifications a moment after either has changed them, and tell their agents',
  ],
  'collector/registry/limits.ts REGISTRY_LIMITS.peersMs': [
    'test/collector/registry/several.test.ts',
    'see the agents of each other: who they are, that they live, how they are, and that they are silent',
  ],
  'collector/registry/limits.ts REGISTRY_LIMITS.connectWaitMs': [
    'test/collector/registry/several.test.ts',
    'are read from the store in a few questions',
  ],
  'collector/registry/limits.ts REGISTRY_LIMITS.ledgerPartRows': [
    'test/collector/registry/ledger-sql.test.ts',
    'gives the same, read in one part or in many',
  ],
  'cli/up/options.ts UP_LIMITS.agentsPerRegion': ['test/cli/up/options.test.ts', 'too many agents'],
  'cli/up/options.ts UP_LIMITS.regions': ['test/cli/up/options.test.ts', 'too many regions'],
  'cli/up/fleet.ts FLEET_LIMITS.readyMs': [
    'test/cli/up/child.test.ts',
    'that is never ready is an error after the time',
  ],
  'cli/support/spec-file.ts SPEC_FILE_LIMITS.aliases': [
    'test/cli/support/spec-file.test.ts',
    'cannot blow up by aliases',
  ],
  'cli/simulate/limits.ts SIMULATE_LIMITS.agents': [
    'test/cli/simulate/options.test.ts',
    '--agents 1000000 is not from 1 to 20000',
  ],
  'cli/simulate/limits.ts SIMULATE_LIMITS.probes': [
    'test/cli/simulate/options.test.ts',
    '--probes 500 is not from 1 to 400',
  ],
  'cli/simulate/limits.ts SIMULATE_LIMITS.checks': [
    'test/cli/simulate/options.test.ts',
    'more than 4000000 checks',
  ],
  'cli/simulate/limits.ts SIMULATE_LIMITS.spooledResults': [
    'test/cli/simulate/memory-spool.test.ts',
    'drops the oldest past its limit, and says so',
  ],
  'cli/simulate/limits.ts SIMULATE_LIMITS.tickMs': [
    'test/cli/simulate/timer-wheel.test.ts',
    'fires each once, not before its time and at most a tick after it',
  ],
  'cli/simulate/limits.ts SIMULATE_LIMITS.spareFiles': [
    'test/cli/simulate/open-files.test.ts',
    'that lacks files is refused with the command that helps',
  ],
  'collector/registry/diagnosis.ts DIAGNOSIS_LIMITS.clockMs': [
    'test/collector/registry/diagnosis.test.ts',
    'has a case here for every rule',
  ],
  'collector/registry/diagnosis.ts DIAGNOSIS_LIMITS.backlogMs': [
    'test/collector/registry/diagnosis.test.ts',
    'has a case here for every rule',
  ],
  'collector/registry/diagnosis.ts DIAGNOSIS_LIMITS.fullShare': [
    'test/collector/registry/diagnosis.test.ts',
    'has a case here for every rule',
  ],
  'collector/registry/diagnosis.ts DIAGNOSIS_LIMITS.lateMs': [
    'test/collector/registry/diagnosis.test.ts',
    'has a case here for every rule',
  ],
  'collector/registry/diagnosis.ts DIAGNOSIS_LIMITS.loopMs': [
    'test/collector/registry/diagnosis.test.ts',
    'has a case here for every rule',
  ],
  'collector/registry/diagnosis.ts DIAGNOSIS_LIMITS.rivalMs': [
    'test/collector/registry/diagnosis.test.ts',
    'has a case here for every rule',
  ],
  'collector/registry/diagnosis.ts DIAGNOSIS_LIMITS.sessions': [
    'test/collector/registry/diagnosis.test.ts',
    'has a case here for every rule',
  ],
  'collector/registry/diagnosis.ts DIAGNOSIS_LIMITS.staleMs': [
    'test/collector/registry/diagnosis.test.ts',
    'gives a schedule the time to arrive, and waits for a health after it',
  ],
  'cli/simulate/limits.ts SIMULATE_LIMITS.startLateMs': [
    'test/cli/simulate/slot-plan.test.ts',
    'are missed, not invented, when the simulator stood still',
  ],
  'sandbox/limits.ts ORIGIN_LIMITS.warmPaths': [
    'test/sandbox/service.test.ts',
    'are a MISS for the first fetch of a region and a HIT after it, until forgotten',
  ],
  'sandbox/limits.ts PROXY_LIMITS.windowMs': ['test/sandbox/parse-fault.test.ts', 'at most 7 days'],
  'probes/browser/limits.ts BROWSER_LIMITS.versionMs': [
    'test/probes/browser/find.test.ts',
    'passes over what is not there, does not start, tells no version or hangs',
  ],
  'probes/browser/limits.ts BROWSER_LIMITS.launchMs': [
    'test/browser/launch.test.ts',
    'that never answers is killed at the deadline of the launch',
  ],
  'probes/browser/limits.ts BROWSER_LIMITS.runs': [
    'test/browser/launch.test.ts',
    'and is replaced after so many runs, between them',
  ],
  'probes/browser/limits.ts BROWSER_LIMITS.rssBytes': [
    'test/browser/launch.test.ts',
    'and is replaced when it holds too much memory',
  ],
  'probes/browser/limits.ts BROWSER_LIMITS.crashNoticeMs': [
    'test/browser/launch.test.ts',
    'a bug in the work is thrown, and its context is closed all the same',
  ],
  'probes/video-start/limits.ts VIDEO_START_LIMITS.blackAfterMs': [
    'test/browser/video-start.test.ts',
    'in HEVC is codec_unsupported at an agent without HEVC, though `playing` fired',
  ],
};

/** Only to become fewer: a new limit comes with the test that goes past it. */
export const UNTESTED: readonly string[] = [];
