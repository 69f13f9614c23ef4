/** The configuration as it will be used, with the place that each value comes from. */
import type { LoadedConfig } from './load-config.ts';
import { SETTINGS } from './settings.ts';

/** YAML that could be the file: a line for each setting, its origin as a comment. */
export function printedConfig({ config, origins }: LoadedConfig): string {
  const lines = ['version: 1'];
  let open: readonly string[] = [];
  for (const { path } of SETTINGS) {
    let value: unknown = config;
    for (const step of path) value = (value as Record<string, unknown> | undefined)?.[step];
    if (value === undefined) continue;
    const sections = path.slice(0, -1);
    for (const [depth, section] of sections.entries())
      if (open.slice(0, depth + 1).join('.') !== sections.slice(0, depth + 1).join('.'))
        lines.push(`${'  '.repeat(depth)}${section}:`);
    open = sections;
    const origin = origins.get(path.join('.')) ?? 'default';
    lines.push(`${'  '.repeat(sections.length)}${path.at(-1)}: ${JSON.stringify(value)}  # ${origin}`);
  }
  return `${lines.join('\n')}\n`;
}
