import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { IncidentEvent } from '../../../collector/detect/incident.ts';
import { IncidentList } from '../../../collector/incidents/incident-list.ts';
import { INCIDENT_LIMITS } from '../../../collector/incidents/limits.ts';
import { eventOf, incidentOf, STARTED_MS } from './incidents.ts';

const list = (): IncidentList => new IncidentList(pino({ level: 'silent' }));

describe('the list of incidents', () => {
  it('holds the latest state of each, oldest start first', () => {
    const incidents = list();
    incidents.apply(eventOf('opened', { id: 'b', startedMs: STARTED_MS + 1 }));
    incidents.apply(eventOf('opened', { id: 'a' }));
    incidents.apply(eventOf('resolved', { id: 'b', startedMs: STARTED_MS + 1, status: 'resolved' }));
    expect(incidents.all().map(({ id, status }) => [id, status])).toEqual([
      ['a', 'open'],
      ['b', 'resolved'],
    ]);
    expect(incidents.get('b')?.status).toBe('resolved');
    expect(incidents.get('nobody')).toBeUndefined();
  });

  it('tells whoever listens, until they stop', () => {
    const incidents = list();
    const heard: IncidentEvent['kind'][] = [];
    const stop = incidents.subscribe(({ kind }) => heard.push(kind));
    incidents.apply(eventOf('opened'));
    incidents.apply(eventOf('updated'));
    stop();
    incidents.apply(eventOf('resolved'));
    expect(heard).toEqual(['opened', 'updated']);
  });

  it('tells nobody of what was loaded', () => {
    const incidents = list();
    let heard = 0;
    incidents.subscribe(() => {
      heard += 1;
    });
    incidents.load([incidentOf()]);
    expect(heard).toBe(0);
    expect(incidents.all()).toHaveLength(1);
  });

  it('lets a listener that throws harm no other', () => {
    const incidents = list();
    let heard = 0;
    incidents.subscribe(() => {
      throw new Error('a bug of the listener');
    });
    incidents.subscribe(() => {
      heard += 1;
    });
    incidents.apply(eventOf('opened'));
    expect(heard).toBe(1);
  });

  it('forgets the oldest resolved ones beyond its limit, never an open one', () => {
    const incidents = list();
    incidents.load([incidentOf({ id: 'oldest, open' })]);
    const many = Array.from({ length: INCIDENT_LIMITS.remembered.value + 10 }, (_, i) =>
      incidentOf({ id: `r${i}`, status: 'resolved', startedMs: STARTED_MS + 1 + i }),
    );
    incidents.load(many);
    expect(incidents.all()).toHaveLength(INCIDENT_LIMITS.remembered.value);
    expect(incidents.get('oldest, open')).toBeDefined();
    expect(incidents.get('r0')).toBeUndefined();
    expect(incidents.get(`r${many.length - 1}`)).toBeDefined();
  });
});
