/**
 * Whether an agent says of a failure where it was and whose fault it looks like: each fault made on purpose, out there or at the agent
 * itself, seen by a real agent with anchors, and read from the table of results of a real collector.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findBrowser } from '../../probes/browser/find.ts';
import { atMost, type Benchmark, type Progress, type Row, row } from './benchmark.ts';
import { timesOf } from './support/bench-settings.ts';
import { type BlameFault, FAULTS, SCENES, type Scene } from './support/blame-faults.ts';
import { freeze, hog, type Relief, takeFiles, takeMemory } from './support/blame-harm.ts';
import { PLACES } from './support/blame-places.ts';
import { blameRows, confusionMatrix, faultTable, type Verdict, verdictOf } from './support/blame-score.ts';
import { BlameStage, type TimedRow } from './support/blame-stage.ts';
import { shiftedClock } from './support/clock-shift.ts';
import type { NodeProcess } from './support/node-process.ts';
import { ThinLink } from './support/thin-link.ts';

const ROUNDS = 6;
/** What a run that began in time may take, with the look at the anchors after it. */
const TAIL_MS = 3500;
/** Between the injection and the first run that is counted. */
const HEAD_MS = 200;
const AGENT = 'edge-1';
const AHEAD_MS = 40 * 60_000;
const BEHIND_MS = -2 * 86_400_000;

export const agentBlameBenchmark: Benchmark = {
  name: 'agent-blame',
  summary:
    'Some forty faults, out there and at the agent itself, and whose fault a real agent says that each is; Linux, root for network namespaces, cc.',
  run,
};

interface Play {
  readonly stage: BlameStage;
  readonly rounds: number;
  readonly progress: Progress;
  agent: NodeProcess;
}

async function run(progress: Progress, print: Progress): Promise<Row[]> {
  const missing = ThinLink.missing();
  if (missing !== undefined) throw new Error(missing);
  const rounds = timesOf('OUTRIDER_BENCH_ROUNDS', ROUNDS);
  const scenes = chosenScenes();
  progress('a world, a collector in it and an agent at its edge');
  const stage = await BlameStage.open();
  try {
    const play: Play = { stage, rounds, progress, agent: await stage.startAgent(AGENT) };
    const [faults, verdicts]: [BlameFault[], Verdict[]] = [[], []];
    let unplayed = 0;
    for (const scene of scenes) {
      const own = FAULTS.filter((fault) => fault.scene === scene);
      progress(`${scene}: ${own.map(({ name }) => name).join(', ')}`);
      const rows = await played(scene, play, own);
      if (rows === undefined) {
        unplayed += 1;
        continue;
      }
      faults.push(...own);
      for (const fault of own)
        verdicts.push(
          ...rows.filter(({ probe }) => probe === fault.name).map((one) => verdictOf(fault, one)),
        );
    }
    print(faultTable(verdicts));
    print(confusionMatrix(verdicts));
    return [
      ...blameRows(faults, verdicts, Math.min(rounds, 5)),
      row('scenes_not_played', unplayed, '1', { goal: atMost(0) }),
    ];
  } finally {
    await stage.close();
  }
}

/** One that cannot be played takes nothing from the others: it is said, and counted. */
async function played(
  scene: Scene,
  play: Play,
  faults: readonly BlameFault[],
): Promise<readonly TimedRow[] | undefined> {
  try {
    return await SCENE_PLAYS[scene](play, faults);
  } catch (error) {
    play.progress(`${scene} could not be played: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** All, or those that the environment names, for trials. */
function chosenScenes(): readonly Scene[] {
  const names = process.env.OUTRIDER_BENCH_SCENES?.split(',');
  return names ? SCENES.filter((scene) => names.includes(scene)) : SCENES;
}

/** The results that count; rejects where it cannot be played. */
type ScenePlay = (play: Play, faults: readonly BlameFault[]) => Promise<readonly TimedRow[]>;

const SCENE_PLAYS: Readonly<Record<Scene, ScenePlay>> = {
  calm: (play, faults) => scheduled(play, faults, AGENT),
  anchor_dead: during(({ stage: { places } }) => {
    places.remove(PLACES.anchor);
    return () => places.add(PLACES.anchor);
  }),
  link_dead: during(({ stage: { places } }) => {
    places.silence('collector');
    return () => places.restore('collector');
  }),
  resolver_dead: during(({ stage: { places } }) => {
    places.remove(PLACES.nameServer);
    return () => places.add(PLACES.nameServer);
  }),
  interface_down: during(({ stage: { places } }) => {
    places.takeDown();
    return () => places.bringUp();
  }),
  uplink_silent: during(({ stage: { places } }) => {
    places.silence('uplink');
    return () => places.restore('uplink');
  }),
  cut_off: during(({ stage: { places } }) => {
    places.silence('uplink');
    places.silence('collector');
    return () => {
      places.restore('uplink');
      places.restore('collector');
    };
  }),
  frozen: during(({ agent }) => freeze(agent.pid)),
  hogged: during(({ agent }) => hog(agent.pid)),
  files_out: during(({ agent }) => takeFiles(agent.pid)),
  memory_out: memoryOut,
  clock_ahead: async (play, faults) => {
    const { stage } = play;
    return await withAgent(play, 'edge-ahead', { env: shiftedClock(stage.dataDir, AHEAD_MS) }, (id) =>
      scheduled(play, faults, id),
    );
  },
  clock_behind: clockBehind,
  browser_broken: async (play, faults) =>
    await withAgent(play, 'edge-broken', { browser: brokenBrowser(play.stage.dataDir) }, (id) =>
      scheduled(play, faults, id),
    ),
  browser: async (play, faults) => {
    const found = await findBrowser();
    if (!found.ok) throw new Error(found.failure.message);
    return await withAgent(play, 'edge-browser', { browser: found.build.path }, (id) =>
      scheduled(play, faults, id),
    );
  },
};

/** Checks on their slots, as many as there are rounds. */
async function scheduled(
  { stage, rounds }: Play,
  faults: readonly BlameFault[],
  agent: string,
): Promise<readonly TimedRow[]> {
  await stage.apply(faults, agent);
  await stage.untilEach(faults, rounds, isRun);
  await stage.withdraw(faults);
  const rows = await stage.rows(faults);
  // What was over before the agent knew of it is nobody’s fault.
  return rows.filter(isRun);
}

function isRun({ outcome }: TimedRow): boolean {
  return outcome !== 'missed';
}

/** Checks of the agent that begin and end while something is done to it or around it. */
function during(harm: (play: Play) => Relief): ScenePlay {
  return async (play, faults) => {
    const { stage, rounds } = play;
    await stage.apply(faults, AGENT);
    await stage.untilEach(faults, 1, isRun);
    const relieve = harm(play);
    const fromMs = Date.now() + HEAD_MS;
    let untilMs: number;
    try {
      await sleep(HEAD_MS + rounds * 1000);
      untilMs = Date.now();
      await sleep(TAIL_MS);
    } finally {
      relieve();
    }
    const isWithin = ({ scheduledMs }: TimedRow) => scheduledMs >= fromMs && scheduledMs < untilMs;
    await stage.untilEach(faults, rounds - 1, isWithin);
    await stage.withdraw(faults);
    return (await stage.rows(faults)).filter(isWithin);
  };
}

/** The agent is killed for want of memory; the next one tells what it missed. */
async function memoryOut(play: Play, faults: readonly BlameFault[]): Promise<readonly TimedRow[]> {
  const { stage, rounds } = play;
  await stage.apply(faults, AGENT);
  await stage.untilEach(faults, 1, isRun);
  const takenMs = Date.now();
  const relieve = takeMemory(play.agent.pid);
  await play.agent.gone(TAIL_MS * 10);
  const goneMs = Date.now();
  play.progress(`it lived for ${goneMs - takenMs} ms without memory`);
  relieve();
  await sleep(rounds * 1000);
  const untilMs = Date.now();
  play.agent = await stage.startAgent(AGENT);
  const isWithin = ({ scheduledMs }: TimedRow) => scheduledMs >= goneMs && scheduledMs < untilMs;
  await stage.untilEach(faults, rounds - 1, isWithin);
  await stage.withdraw(faults);
  // While it had no memory it may have failed, and then nobody else is to blame.
  const rows = await stage.rows(faults);
  const isDying = ({ outcome, scheduledMs }: TimedRow) =>
    outcome !== 'ok' && scheduledMs >= takenMs && scheduledMs < goneMs;
  return rows.filter((row) => isDying(row) || isWithin(row));
}

/** Slots are by the clock of the agent, which is days behind: it is asked to run now. */
async function clockBehind(play: Play, faults: readonly BlameFault[]): Promise<readonly TimedRow[]> {
  const { stage, rounds } = play;
  const env = shiftedClock(stage.dataDir, BEHIND_MS);
  return await withAgent(play, 'edge-behind', { env }, async (id) => {
    await stage.apply(faults, id);
    for (let round = 1; round <= rounds; round += 1) {
      for (const fault of faults) await stage.runNow(fault);
      await stage.untilEach(faults, round, isRun);
    }
    await stage.withdraw(faults);
    return (await stage.rows(faults)).filter(isRun);
  });
}

/** A program that says that it is a browser, and dies when it is to be one. */
function brokenBrowser(directory: string): string {
  const path = join(directory, 'chromium');
  writeFileSync(path, '#!/bin/sh\n[ "$1" = --version ] && echo "Chromium 140.0.0.0"\n', { mode: 0o755 });
  return path;
}

async function withAgent<T>(
  { stage }: Play,
  id: string,
  options: Parameters<BlameStage['startAgent']>[1],
  work: (id: string) => Promise<T>,
): Promise<T> {
  await stage.startAgent(id, options);
  try {
    return await work(id);
  } finally {
    await stage.stopAgent(id);
  }
}
