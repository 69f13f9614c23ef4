/** The one list of benchmarks. Adding one is a file and a line here. */
import { agentBenchmark } from './agent.ts';
import type { Benchmark } from './benchmark.ts';
import { codecBenchmark } from './codec.ts';
import { startupBenchmark } from './startup.ts';

export const BENCHMARKS: readonly Benchmark[] = [agentBenchmark, codecBenchmark, startupBenchmark];
