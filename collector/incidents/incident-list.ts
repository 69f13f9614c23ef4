/** The incidents that the API shows, and who is told when one changes. */
import type { Logger } from 'pino';
import type { Incident, IncidentEvent } from '../detect/incident.ts';
import { INCIDENT_LIMITS } from './limits.ts';

export type IncidentListener = (event: IncidentEvent) => void;

export class IncidentList {
  readonly #incidents = new Map<string, Incident>();
  readonly #listeners = new Set<IncidentListener>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Takes incidents in without telling anybody. */
  load(incidents: readonly Incident[]): void {
    for (const incident of incidents) this.#incidents.set(incident.id, incident);
    this.#forget();
  }

  /** Takes a change in and tells everybody; a listener that throws harms no other. */
  apply(event: IncidentEvent): void {
    this.load([event.incident]);
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#log.error({ err: error }, 'a listener for incidents failed');
      }
    }
  }

  /** Oldest start first. */
  all(): readonly Incident[] {
    return [...this.#incidents.values()].sort((a, b) => a.startedMs - b.startedMs);
  }

  get(id: string): Incident | undefined {
    return this.#incidents.get(id);
  }

  subscribe(listener: IncidentListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #forget(): void {
    let over = this.#incidents.size - INCIDENT_LIMITS.remembered.value;
    if (over <= 0) return;
    for (const { id, status } of this.all()) {
      if (over <= 0) return;
      if (status === 'open') continue;
      this.#incidents.delete(id);
      over -= 1;
    }
  }
}
