import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../cli/commands.ts';
import { nextCommands } from '../../../cli/incident/next-commands.ts';
import { INCIDENTS, OPEN } from './incidents.ts';

const linesOf = (name: string): string[] => {
  const incident = INCIDENTS[name];
  return incident ? nextCommands(incident).map(({ words }) => words.join(' ')) : [];
};

describe('what to run next', () => {
  it.each(Object.keys(INCIDENTS))(
    'of an incident that is %s is commands and flags that there are',
    (name) => {
      const incident = INCIDENTS[name];
      const all = incident ? nextCommands(incident, ['--context', 'prod']) : [];
      expect(all.length).toBeGreaterThan(1);
      for (const { words } of all) {
        const [program, topic = '', verb = '', ...rest] = words;
        const id = `${topic}:${verb}` in COMMANDS ? `${topic}:${verb}` : topic;
        const command = COMMANDS[id as keyof typeof COMMANDS];
        expect([program, id], words.join(' ')).toEqual([
          'outrider',
          expect.toSatisfy((one) => one in COMMANDS),
        ]);
        const flags = { ...command.flags, ...command.baseFlags };
        for (const word of [verb, ...rest].filter((one) => one.startsWith('--')))
          expect(Object.keys(flags), words.join(' ')).toContain(word.slice(2));
      }
    },
  );

  it('has the names and the time of the incident', () => {
    expect(linesOf('open')).toEqual([
      'outrider incidents ack inc-1-region-eu-west',
      'outrider latency --by region --metric ttfb_ms --probe edge --target clips --since 2026-11-21T11:18Z',
      'outrider results get eu-west-1/b/7',
      'outrider results tail --probe edge --region eu-west --outcome fail --since 5m',
      'outrider probes run edge --from eu-west --watch',
      'outrider changes list --since 2026-11-21T11:18Z',
      'outrider incidents get inc-1-region-eu-west --report inc-1-region-eu-west.html',
    ]);
  });

  it('is about what is over until when it was, and about the wider incident where it is part of one', () => {
    expect(linesOf('resolved')).toContainEqual(expect.stringContaining('--until 2026-11-21T12:31Z'));
    expect(linesOf('resolved').join('\n')).not.toMatch(/ack|tail|probes run/);
    expect(linesOf('merged')[0]).toBe('outrider incidents get inc-7-global');
  });

  it('asks the agents that are not heard, and the budget', () => {
    expect(linesOf('silence')).toContain('outrider agents why eu-west-1');
    expect(linesOf('budget')).toContain('outrider slo list');
    expect(linesOf('network')[1]).toContain('--by region,isp');
  });

  it('names the collector as it was named', () => {
    expect(nextCommands(OPEN, ['--context', 'prod'])[0]?.words.slice(-2)).toEqual(['--context', 'prod']);
  });
});
