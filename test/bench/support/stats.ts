/** The little statistics that benchmarks need. */

/** The middle value, or the mean of the two; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] as number;
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** The value that this share of them does not exceed, by the nearest rank; NaN of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export interface Line {
  readonly slope: number;
  readonly intercept: number;
  /** The largest distance of a point from the line, in units of y. */
  readonly residualMax: number;
}

/** Least squares through points; NaN when all have the same x. */
export function fitLine(points: readonly { readonly x: number; readonly y: number }[]): Line {
  const mean = (pick: (point: { x: number; y: number }) => number): number =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [meanX, meanY] = [mean(({ x }) => x), mean(({ y }) => y)];
  const covariance = mean(({ x, y }) => (x - meanX) * (y - meanY));
  const slope = covariance / mean(({ x }) => (x - meanX) ** 2);
  const intercept = meanY - slope * meanX;
  const residuals = points.map(({ x, y }) => Math.abs(y - intercept - slope * x));
  return { slope, intercept, residualMax: Math.max(...residuals) };
}
