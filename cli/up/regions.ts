/** The regions that `up` can put its agents in: where they are on the map. */

export interface Region {
  readonly name: string;
  readonly country: string;
  readonly city: string;
  readonly lat: number;
  readonly lon: number;
}

const CATALOGUE: readonly Region[] = [
  { name: 'us-east', country: 'US', city: 'Ashburn', lat: 39.04, lon: -77.49 },
  { name: 'eu-west', country: 'IE', city: 'Dublin', lat: 53.35, lon: -6.26 },
  { name: 'ap-southeast', country: 'SG', city: 'Singapore', lat: 1.35, lon: 103.82 },
  { name: 'us-west', country: 'US', city: 'San Jose', lat: 37.34, lon: -121.89 },
  { name: 'sa-east', country: 'BR', city: 'São Paulo', lat: -23.55, lon: -46.63 },
  { name: 'eu-central', country: 'DE', city: 'Frankfurt', lat: 50.11, lon: 8.68 },
  { name: 'ap-northeast', country: 'JP', city: 'Tokyo', lat: 35.68, lon: 139.69 },
  { name: 'ap-south', country: 'IN', city: 'Mumbai', lat: 19.08, lon: 72.88 },
];

export const DEFAULT_REGIONS = ['us-east', 'eu-west', 'ap-southeast'];

/** A region of the catalogue, or one of the user's own naming whose place is unknown. */
export function regionOf(name: string): Region {
  return CATALOGUE.find((region) => region.name === name) ?? { name, country: '', city: '', lat: 0, lon: 0 };
}
