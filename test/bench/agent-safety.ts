/** Whether an agent can be talked into calling what its owner does not let it: every trick of the tests, each by every probe, counted. */
import { PageTricks } from '../browser/ssrf-page.ts';
import { OPEN_ENDS, SCRIPTS } from '../browser/ssrf-scripts.ts';
import { isRefused, SsrfStage } from '../probes/ssrf-stage.ts';
import { ANSWERS, ATTEMPTS, HOSTS, PLACES, TYPES } from '../probes/ssrf-tricks.ts';
import { atLeast, atMost, type Benchmark, type Progress, type Row, row } from './benchmark.ts';

export const agentSafetyBenchmark: Benchmark = {
  name: 'agent-safety',
  summary:
    'Tricks by which an agent might be made to call private addresses, by every probe and by pages in its browser: how many are refused; needs a browser.',
  run,
};

/** Tried and refused. */
interface Count {
  tried: number;
  refused: number;
}

async function run(progress: Progress): Promise<Row[]> {
  const stage = await SsrfStage.open();
  try {
    const hosts = await tryHosts(stage, progress);
    const rebinding = await tryRebinding(stage, progress);
    const leads = await tryLeads(stage, progress);
    const pages = await tryPages(SCRIPTS, progress);
    const ends = await tryPages(OPEN_ENDS, progress);
    return [
      row('ssrf_tricks', HOSTS.length, '1', { goal: atLeast(40) }),
      row('ssrf_probe_types', TYPES.length, '1'),
      ...countRows('ssrf_hosts', hosts),
      ...countRows('ssrf_rebinding', rebinding),
      ...countRows('ssrf_leads', leads),
      ...countRows('ssrf_pages', pages),
      row('ssrf_pages_open_ends', ends.tried - ends.refused, '1', { goal: atMost(0) }),
    ];
  } finally {
    await stage.close();
  }
}

function countRows(name: string, { tried, refused }: Count): Row[] {
  return [row(`${name}_refused`, refused, '1', { goal: atLeast(tried) })];
}

function add(count: Count, isHeld: boolean, progress: Progress, what: string): void {
  count.tried += 1;
  if (isHeld) count.refused += 1;
  else progress(`not refused: ${what}`);
}

const WAYS = TYPES.flatMap((type) =>
  Object.entries(ATTEMPTS[type] ?? {}).map(([way, how]) => ({ type, way, how })),
);

async function tryHosts(stage: SsrfStage, progress: Progress): Promise<Count> {
  const count = { tried: 0, refused: 0 };
  for (const { type, way, how } of WAYS) {
    progress(`${HOSTS.length} hosts, asked of ${type} over ${way}`);
    for (const [trick, host] of HOSTS)
      add(count, isRefused(await stage.tryHost(type, how, host)), progress, `${type} ${way}: ${trick}`);
  }
  return count;
}

async function tryRebinding(stage: SsrfStage, progress: Progress): Promise<Count> {
  progress('names that answer with another address each time');
  const count = { tried: 0, refused: 0 };
  for (const { type, way, how } of WAYS) {
    const called = await stage.tryRebinding(type, how);
    add(count, called.length === 0, progress, `${type} ${way}: ${called.join(', ')}`);
  }
  return count;
}

async function tryLeads(stage: SsrfStage, progress: Progress): Promise<Count> {
  progress('answers that lead elsewhere');
  const count = { tried: 0, refused: 0 };
  for (const lead of ANSWERS)
    for (const host of PLACES) {
      const { contacts, result } = await stage.tryLead(lead, host);
      const isHeld = contacts.length === 0 && result !== 'refused' && result.outcome === 'fail';
      add(count, isHeld, progress, `${lead[0]}, to ${lead[1]} and ${host}`);
    }
  return count;
}

async function tryPages(scripts: typeof SCRIPTS, progress: Progress): Promise<Count> {
  progress(`${scripts.length} ways in which a page calls somebody`);
  const count = { tried: 0, refused: 0 };
  const tricks = await PageTricks.open();
  try {
    for (const [trick, script] of scripts) {
      const contacts = await tricks.contactsOf(script);
      add(count, contacts.length === 0, progress, `a page by ${trick}`);
    }
    return count;
  } finally {
    await tricks.close();
  }
}
