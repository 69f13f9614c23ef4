/** The one list of benchmarks. Adding one is a file and a line here. */
import { agentBenchmark } from './agent.ts';
import { agentBlameBenchmark } from './agent-blame.ts';
import { agentFileBenchmark } from './agent-file.ts';
import { agentSafetyBenchmark } from './agent-safety.ts';
import type { Benchmark } from './benchmark.ts';
import { browserBenchmark } from './browser.ts';
import { codecBenchmark } from './codec.ts';
import { dashboardBenchmark } from './dashboard.ts';
import { detectBenchmark } from './detect.ts';
import { detectLiveBenchmark } from './detect-live.ts';
import { enduranceBenchmark } from './endurance.ts';
import { fleetBenchmark } from './fleet.ts';
import { growthBenchmark } from './fleet-growth.ts';
import { outageBenchmark } from './fleet-outage.ts';
import { soakBenchmark } from './fleet-soak.ts';
import { ingestBenchmark } from './ingest.ts';
import { latencyBenchmark } from './latency.ts';
import { outcomesBenchmark } from './outcomes.ts';
import { pixelsBenchmark } from './pixels.ts';
import { playbackBenchmark } from './playback.ts';
import { twinBenchmark } from './twin.ts';
import { uploadBenchmark } from './upload.ts';

export const BENCHMARKS: readonly Benchmark[] = [
  agentBenchmark,
  enduranceBenchmark,
  agentBlameBenchmark,
  agentSafetyBenchmark,
  agentFileBenchmark,
  codecBenchmark,
  playbackBenchmark,
  outcomesBenchmark,
  pixelsBenchmark,
  twinBenchmark,
  browserBenchmark,
  uploadBenchmark,
  ingestBenchmark,
  latencyBenchmark,
  dashboardBenchmark,
  fleetBenchmark,
  outageBenchmark,
  soakBenchmark,
  growthBenchmark,
  detectBenchmark,
  detectLiveBenchmark,
];
