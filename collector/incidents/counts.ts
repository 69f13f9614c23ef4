/** Sums of counters. */

/** Count by count; `more` may lack any. */
export function addCounts<T extends { readonly [name in keyof T]: number }>(
  counts: T,
  more: Readonly<Partial<T>> | undefined,
): T {
  const sum: Record<string, number> = {};
  for (const [name, value] of Object.entries<number>(counts))
    sum[name] = value + (more?.[name as keyof T] ?? 0);
  return sum as T;
}
