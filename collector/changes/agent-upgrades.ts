/** Sees agents come back as another version, or with another browser: that is a change nobody tells of. */
import type { Change } from '../detect/change.ts';
import type { AgentView } from '../registry/registry.ts';

type Seen = Pick<AgentView, 'id' | 'labels' | 'software' | 'capabilities'>;

export class AgentUpgrades {
  readonly #known = new Map<string, { readonly software: string; readonly browser: string }>();

  /** What is different since the last look; the first look at an agent is none. */
  look(agents: readonly Seen[], nowMs: number): Change[] {
    const changes: Change[] = [];
    for (const { id, labels, software, capabilities } of agents) {
      const { browser } = capabilities;
      const before = this.#known.get(id);
      this.#known.set(id, { software, browser });
      if (!before) continue;
      const where = { agent: id, region: labels.region };
      const change = (kind: string, from: string, to: string): Change => ({
        atMs: nowMs,
        kind,
        name: id,
        text: `${from || 'none'} to ${to || 'none'}`,
        where,
        // What it measures with is another instrument now.
        relearn: true,
      });
      if (before.software !== software) changes.push(change('agent', before.software, software));
      if (before.browser !== browser) changes.push(change('browser', before.browser, browser));
    }
    if (this.#known.size > agents.length) this.#forget(agents);
    return changes;
  }

  #forget(agents: readonly Seen[]): void {
    const present = new Set(agents.map(({ id }) => id));
    for (const id of this.#known.keys()) if (!present.has(id)) this.#known.delete(id);
  }
}
