/** The map of the world: land as one path, and where a place is on it. Made here, once, so that the page needs no cartography. */
import { createRequire } from 'node:module';
import { geoNaturalEarth1, geoPath } from 'd3-geo';
import { feature } from 'topojson-client';

type Topology = Parameters<typeof feature>[0];

const WIDTH = 1000;
/** Nobody is probed from further north or south; without them the map is wider. */
const NORTH = 80;
const SOUTH = -56;

const projection = geoNaturalEarth1().fitWidth(WIDTH, { type: 'Sphere' });
const top = yOf(NORTH);
projection.translate([projection.translate()[0], projection.translate()[1] - top]);
const HEIGHT = Math.round(yOf(SOUTH));

function yOf(lat: number): number {
  return projection([0, lat])?.[1] ?? 0;
}

export interface World {
  /** Of the map, in its own units. */
  readonly width: number;
  readonly height: number;
  /** Land as the data of an SVG path. */
  readonly land: string;
}

/** Takes about 100 ms. */
export function makeWorld(): World {
  const require = createRequire(import.meta.url);
  const topology = require('world-atlas/land-110m.json') as Topology;
  const { land: object } = topology.objects;
  if (object === undefined) throw new Error('world-atlas has no land');
  const land = feature(topology, object);
  const frame: [[number, number], [number, number]] = [
    [0, 0],
    [WIDTH, HEIGHT],
  ];
  const path = geoPath(projection.clipExtent(frame)).digits(0)(land) ?? '';
  // Places beyond the frame are somewhere, too.
  projection.clipExtent(null);
  return { width: WIDTH, height: HEIGHT, land: path };
}

export interface Place {
  readonly lat: number;
  readonly lon: number;
}

export interface Spot extends Place {
  /** On the map of `makeWorld`, in its units. */
  readonly x: number;
  readonly y: number;
}

/** Where a place is on the map. */
export function spotOf({ lat, lon }: Place): Spot {
  const [x = 0, y = 0] = projection([lon, lat]) ?? [];
  return { lat: round(lat, 2), lon: round(lon, 2), x: round(x, 1), y: round(y, 1) };
}

/** The middle of places on the globe: of 179° east and 179° west it is 180°. Undefined where there are none, or no middle. */
export function meanPlace(places: readonly Place[]): Place | undefined {
  const degrees = Math.PI / 180;
  let [x, y, z] = [0, 0, 0];
  for (const { lat, lon } of places) {
    x += Math.cos(lat * degrees) * Math.cos(lon * degrees);
    y += Math.cos(lat * degrees) * Math.sin(lon * degrees);
    z += Math.sin(lat * degrees);
  }
  if (Math.hypot(x, y, z) < 1e-6 * Math.max(1, places.length)) return undefined;
  return { lat: Math.atan2(z, Math.hypot(x, y)) / degrees, lon: Math.atan2(y, x) / degrees };
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
