/** Every limit of the agent, with its reason and what happens past it. Those of the link itself are in protocol/limits.ts. */
import type { Limit } from '../probes/limit.ts';

export const AGENT_LIMITS = {
  lightConcurrency: {
    value: 64,
    reason: 'Runs of sockets mostly wait; more of them at once would wait for each other instead.',
    past: 'A run waits in its lane.',
  },
  browserConcurrency: {
    value: 1,
    reason: 'A browser uses a whole core: a second one would double what the first measures.',
    past: 'A run waits in its lane.',
  },
  busyRuns: {
    value: 100,
    reason:
      'Ten runs a second, within `busyWindowMs`: from there on what the optimising compiler saves is worth its memory.',
    past: 'Functions that are called often are compiled, for as long as the process lives.',
  },
  busyWindowMs: {
    value: 10_000,
    reason: 'A burst of a second, asked for by hand, is no load.',
    past: 'Runs are counted anew.',
  },
  laneQueue: {
    value: 1000,
    reason: 'A second of the busiest agent; a longer queue only makes every run late.',
    past: 'The slot is missed: shed.',
  },
  lightWaitMs: {
    value: 5000,
    reason: 'A run that starts later says nothing about its slot.',
    past: 'The slot is missed: overrun.',
  },
  browserWaitMs: {
    value: 60_000,
    reason: 'Several agents of one machine take turns at one browser; their runs take seconds each.',
    past: 'The slot is missed: overrun.',
  },
  startLateMs: {
    value: 2000,
    reason: 'A timer this late means that the process or the machine stood still.',
    past: 'The slot is missed: overrun, or clock when the clock was set.',
  },
  clockJumpMs: {
    value: 1000,
    reason:
      'Slewing corrects less than this between two looks at the clock, which are at most a second apart.',
    past: 'Slots that were jumped over are missed: clock.',
  },
  browserFreeBytes: {
    value: 750 * 1024 * 1024,
    reason: 'A run of headless Chromium takes 570 MB to 1.1 GB; below that the kernel kills pages at random.',
    past: 'The slot is missed: shed.',
  },
  lightFreeBytes: {
    value: 48 * 1024 * 1024,
    reason: 'A run of sockets takes a few MB; below that the machine is swapping or about to kill.',
    past: 'The slot is missed: shed.',
  },
  memoryReadMs: {
    value: 1000,
    reason:
      'Asking how much memory there is opens five files of the kernel; the bounds on it have room for what a second can take.',
    past: 'It is asked again.',
  },
  browserLoadPerCore: {
    value: 8,
    reason: 'With eight runnable tasks a core a start-up time measures the machine and not the service.',
    past: 'The slot is missed: shed.',
  },
  catchUpMs: {
    value: 200,
    reason:
      'A process that stood still past the deadline of a run has much to read first, and so have its neighbours. The run is disturbed anyhow.',
    past: 'The run is given up: nothing had come for it.',
  },
  abortGraceMs: {
    value: 1500,
    reason: 'A run that was aborted closes its sockets or its browser context in this time.',
    past: 'The run is cut off and ends as a failure of the agent.',
  },
  zombieMs: {
    value: 15_000,
    reason: 'A run that was cut off may still use its lane; after this it is taken for lost.',
    past: 'Its place in the lane is given to the next, whatever it still does.',
  },
  cappedHosts: {
    value: 4000,
    reason:
      'Hosts whose runs of the last minute are counted, where their owner caps them: twice the longest schedule.',
    past: 'Runs at further hosts are missed: capped.',
  },
  disturbedDelayMs: {
    value: 20,
    reason:
      'Delay of the event loop adds one to one to every timing taken in it; GC alone takes up to 10 ms.',
    past: 'The result is marked disturbed, when it is also more than `disturbedRatio` of the run, or `disturbedBlockMs`.',
  },
  disturbedRatio: {
    value: 0.05,
    reason: 'On a long run a longer delay changes no conclusion.',
    past: 'The result is marked disturbed, when it is also more than `disturbedDelayMs`.',
  },
  disturbedWaitRatio: {
    value: 0.1,
    reason:
      'Waits for a processor, for the host or for memory are a sum of small ones, spread over the phases of a run: the most by which any figure is off. Smaller effects than this are never judged.',
    past: 'The result is marked disturbed, when it is also more than `disturbedDelayMs`.',
  },
  disturbedBlockMs: {
    value: 60,
    reason:
      'A single delay may lie in one phase of a run, however long the others are: to connect takes less than this on most ways.',
    past: 'The result is marked disturbed, when the event loop takes its times, however long the run.',
  },
  backfillSlots: {
    value: 10_000,
    reason: 'Rows written at once for slots that nobody ran: two hours of the default probes.',
    past: 'The newest are written, the older are counted as dropped: backfill_limit.',
  },
  trackedChecks: {
    value: 4000,
    reason: 'Checks whose slots are remembered, deleted ones included: twice the longest schedule.',
    past: 'The ones unused the longest are forgotten.',
  },
  slotRanges: {
    value: 512,
    reason:
      'Runs of one check that overlap leave gaps until they end: at most 240 of them, the longest timeout by the shortest interval.',
    past: 'The oldest gaps count as accounted for.',
  },
  spoolBytes: {
    value: 64 * 1024 * 1024,
    reason: 'Some 150,000 results: more than a day of the default probes without a collector.',
    past: 'The oldest results are dropped: spool_full.',
  },
  spoolAgeMs: {
    value: 3 * 86_400_000,
    reason: 'A long weekend; older results change no decision.',
    past: 'The oldest results are dropped: spool_age.',
  },
  spoolBuffer: {
    value: 5000,
    reason:
      'Results in memory while the disk takes none: about 2 MB, and half an hour of the default probes.',
    past: 'The oldest of them are dropped: disk_full.',
  },
  doubtfulBoots: {
    value: 16,
    reason:
      'Boots of which results were dropped that had been sent: an agent without a collector restarts a few times.',
    past: 'What the oldest of them dropped stays counted as dropped, though the collector may hold it.',
  },
  spoolCommitMs: {
    value: 200,
    reason:
      'Results of this time share a commit, and the batch that goes out with it; as much is lost, as missed slots, when the process is killed.',
    past: 'The buffer is committed.',
  },
  spoolAckMs: {
    value: 1000,
    reason:
      'What the collector has is removed along with what is stored next: an acknowledgement that is lost with the process only has results sent again, which the collector then refuses to count twice.',
    past: 'It is removed in a commit of its own.',
  },
  spoolRetryMs: {
    value: 1000,
    reason: 'A disk that refused a write is not asked more often.',
    past: 'The commit is tried again.',
  },
  walBytes: {
    value: 4 * 1024 * 1024,
    reason: 'Reading it back at start takes milliseconds.',
    past: 'The log is checkpointed even while runs are under way, which may delay them.',
  },
  quietWalBytes: {
    value: 256 * 1024,
    reason: 'While nothing runs the log is moved early, but not for every few results.',
    past: 'The log is checkpointed.',
  },
  flushMs: {
    value: 150,
    reason: 'Batches that are not full are no closer than this: a commit of the spool is a batch.',
    past: 'The batch is sent, at once when none was for so long.',
  },
  backoffMinMs: {
    value: 200,
    reason: 'A restart of the collector takes about as long.',
    past: 'The first delay is uniform in [0, this).',
  },
  backoffMaxMs: {
    value: 30_000,
    reason: 'A fleet finds its collector again within half a minute, evenly spread.',
    past: 'Delays are uniform in [0, this).',
  },
  stableMs: {
    value: 10_000,
    reason: 'A session that held this long was not part of the trouble.',
    past: 'The backoff starts anew.',
  },
  retryAfterMaxMs: {
    value: 300_000,
    reason: 'A collector that asks for more has probably mistaken the unit.',
    past: 'The agent reconnects anyway.',
  },
  retrySpread: {
    value: 0.5,
    reason: 'A fleet that was asked for the same time comes back over half as long again, and not in step.',
    past: 'The collector is called; its answer decides.',
  },
  returnMs: {
    value: 600_000,
    reason:
      'An agent on a later collector of its list looks for an earlier one this often, each at times of its own between half and one and a half of it: a fleet of 10,000 comes back at 17 a second.',
    past: 'The earlier one is dialled; when it takes agents, the session moves there.',
  },
  handshakeMs: {
    value: 10_000,
    reason: 'Connect, TLS and upgrade over a bad line.',
    past: 'The attempt is given up and the next collector tried.',
  },
  drainMs: {
    value: 3000,
    reason: 'Acknowledgements of what is in flight take a few hundred milliseconds.',
    past: 'The session is closed; what was not acknowledged is sent again on the next.',
  },
  refusals: {
    value: 3,
    reason:
      'Sessions closed with bad_frame, none with an ack in between: then one result is at fault, not chance.',
    past: 'Results are sent one a batch, and the one refused again is dropped: refused.',
  },
  runNowBurst: {
    value: 60,
    reason: 'A probe on every target, asked for at once by hand.',
    past: 'The request is answered with missed: shed.',
  },
  runNowPerSecond: {
    value: 1,
    reason: 'Runs beside the schedule are for people and confirmations, not for load.',
    past: 'The request is answered with missed: shed.',
  },
  runNowRemembered: {
    value: 1000,
    reason: 'A request that is delivered twice arrives again within minutes.',
    past: 'The oldest request is forgotten.',
  },
  stopRunsMs: {
    value: 5000,
    reason: 'Most runs end by themselves in this time; a supervisor waits 10 s or more before it kills.',
    past: 'Runs under way are aborted and their slots missed: agent_down.',
  },
  stopFlushMs: {
    value: 5000,
    reason: 'Delivering what is spooled takes well under a second when the collector is there.',
    past: 'The rest stays in the spool for the next start.',
  },
  stopGoodbyeMs: {
    value: 1000,
    reason:
      'With nothing to deliver, a collector that is away only misses the goodbye; one that is there stores it in less.',
    past: 'The agent ends, is shown as silent, and reports at its next start what it slept through.',
  },
  handoverMs: {
    value: 10_000,
    reason: 'Closing and opening a spool takes some ten milliseconds each, a slow disk a second.',
    past: 'The successor gives up; an old agent whose spool is given away already ends, and is started again.',
  },
  handoverRunsMs: {
    value: 180_000,
    reason: 'The longest wait for the browser and the longest timeout: an upgrade cuts no run short.',
    past: 'Runs still under way in the old agent are aborted and their slots missed: agent_down.',
  },
  handoverChars: {
    value: 4 * 1024 * 1024,
    reason: 'A thousand runs under way with all their parameters; anything longer is not from an agent.',
    past: 'The hand-over is cut: the new agent reports what it has not heard of as missed.',
  },
  errorShownMs: {
    value: 300_000,
    reason: 'An error of the agent is news for this long.',
    past: 'Health no longer carries it.',
  },
} as const satisfies Record<string, Limit>;
