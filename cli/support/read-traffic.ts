/** How much of the traffic is where, as people say it: `eu-west=0.3,us-east=50%`. */
import { TRAFFIC_KINDS, type TrafficWeights } from '../../collector/detect/impact.ts';
import { suggest } from '../../probes/suggest.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

/** Throws a `CliError`, exit code 64, that names what is wrong. */
export function readTraffic(text: string): TrafficWeights {
  const shares: Record<string, number> = {};
  for (const item of text.split(',').map((part) => part.trim())) {
    const [, name = '', amount = ''] = /^(.+)=(.*)$/.exec(item) ?? [];
    if (name === '') throw refusal(`${item || 'nothing'} is not PLACE=SHARE`);
    const key = keyOf(name.trim());
    if (key in shares) throw refusal(`${name} is given twice`);
    shares[key] = shareOf(amount.trim(), name);
  }
  for (const kind of TRAFFIC_KINDS) {
    const sum = Object.entries(shares).reduce(
      (total, [key, share]) => total + (key.startsWith(`${kind}:`) ? share : 0),
      0,
    );
    // Thirds do not add up to 1 exactly.
    if (sum > 1.001)
      throw refusal(`the shares of ${PLURALS[kind]} add up to ${Number(sum.toFixed(3))}, more than all`);
  }
  return shares;
}

const PLURALS = {
  region: 'regions',
  country: 'countries',
  isp: 'networks',
  pop: 'edges',
  target: 'targets',
} as const;

/** A name without a kind is that of a region. */
function keyOf(name: string): string {
  const [, kind, value] = /^([a-z]+):(.+)$/.exec(name) ?? [];
  if (kind === undefined || value === undefined) return `region:${name}`;
  if (TRAFFIC_KINDS.some((known) => known === kind)) return name;
  const near = suggest(kind, TRAFFIC_KINDS);
  throw refusal(`${name}: there is no ${kind}${near ? `; did you mean ${near}?` : ''}`);
}

function shareOf(text: string, name: string): number {
  const [, number, percent] = /^(\d+(?:\.\d+)?|\.\d+) ?(%?)$/.exec(text) ?? [];
  const share = Number(number) / (percent ? 100 : 1);
  if (number === undefined || share > 1)
    throw refusal(`${name}=${text}: a share is from 0 to 1, or from 0% to 100%`);
  return share;
}

function refusal(what: string): CliError {
  return new CliError(`--traffic: ${what}`, {
    hint: `--traffic eu-west=0.3,us-east=0.5; beside regions there are ${TRAFFIC_KINDS.slice(1)
      .map((kind) => `${kind}:NAME`)
      .join(', ')}`,
    exit: EXIT.usage,
  });
}
