// @ts-check
/**
 * The map of the world: a mark a region, by its state in shape as well as colour, each a link. Marks that would lie over each other are
 * moved apart, with a line to where they belong; regions without a place are listed beside.
 */
import { html } from 'htm/preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { getJson } from './api.js';
import { namesOf, SHOWN } from './plain.js';
import { link } from './range.js';
import { OUTLINES, STATES, StateIcon, WORST_FIRST } from './state.js';

/** @typedef {import('../api/overview.ts').RegionOverview} RegionOverview */
/** @typedef {{ width: number, height: number, land: string }} World */
/** @typedef {{ x: number, y: number }} Point */

/** Pixels: a finger hits what is this far apart (WCAG 2.2 §2.5.8). */
const APART = 25;
const ROUNDS = 80;

/**
 * Moves points away from each other until none is nearer than `apart`, as little as that takes, within a box. The same points always end
 * at the same places.
 * @param {readonly Point[]} points
 * @param {{ width: number, height: number, apart: number }} box
 * @returns {Point[]}
 */
export function spread(points, { width, height, apart }) {
  const moved = points.map(({ x, y }) => ({ x, y }));
  const margin = apart / 2;
  const within = (/** @type {number} */ value, /** @type {number} */ size) =>
    Math.min(Math.max(value, margin), Math.max(margin, size - margin));
  for (let round = 0; round < ROUNDS; round += 1) {
    let isCalm = true;
    for (const [i, a] of moved.entries()) {
      for (const [j, b] of moved.entries()) {
        if (j <= i) continue;
        const [dx, dy] = [b.x - a.x, b.y - a.y];
        const distance = Math.hypot(dx, dy);
        if (distance >= apart) continue;
        isCalm = false;
        // Two at one place part in a direction of their own.
        const angle = distance === 0 ? (i * 7 + j) * 2.4 : Math.atan2(dy, dx);
        const push = (apart - distance) / 2 + 0.05;
        const [px, py] = [Math.cos(angle) * push, Math.sin(angle) * push];
        a.x = within(a.x - px, width);
        a.y = within(a.y - py, height);
        b.x = within(b.x + px, width);
        b.y = within(b.y + py, height);
      }
    }
    if (isCalm) break;
  }
  return moved;
}

/** Of a letter of a name, about, and how far from the middle of its mark a name begins. */
const LETTER = 7.5;
const NAME_GAP = 14;
const NAME_HIGH = 14;
/** From the middle of a mark to its edge. */
const MARK = 9;
/** More letters are no label; the mark says them all. */
const NAME_MAX = 24;

/**
 * Where the names of marks stand: right or left of their mark, over no other name and no other mark that has one, and if it can be over
 * none at all. One that finds no room is hidden until its mark is looked at.
 * @param {readonly { name: string, spot: Point, isLoud: boolean }[]} marks the most important first; the names of quiet ones are hidden
 * @param {number} width of the map
 * @returns {Map<string, { text: string, isLeft: boolean, isHidden: boolean }>} by name
 */
export function placeLabels(marks, width) {
  /** @type {{ from: number, to: number, y: number }[]} */
  const taken = [];
  /** @type {ReturnType<typeof placeLabels>} */
  const labels = new Map();
  for (const { isLoud, name, spot } of marks) {
    const text = name.length > NAME_MAX ? `${name.slice(0, NAME_MAX - 1)}…` : name;
    const long = NAME_GAP + text.length * LETTER;
    const sides = [false, true].map((isLeft) => {
      const [from, to] = isLeft ? [spot.x - long, spot.x - NAME_GAP] : [spot.x + NAME_GAP, spot.x + long];
      const isIn = from >= 0 && to <= width;
      const isUnder = (/** @type {typeof marks[number]} */ { spot: { x, y } }) =>
        x > from - MARK && x < to + MARK && Math.abs(y - spot.y) < MARK + NAME_HIGH / 2;
      const isFree = !taken.some(
        (one) => one.from < to && one.to > from && Math.abs(one.y - spot.y) < NAME_HIGH,
      );
      const others = marks.filter((mark) => mark.name !== name && isUnder(mark));
      return {
        isLeft,
        from,
        to,
        isIn,
        isOpen: isIn && isFree && !others.some((mark) => mark.isLoud),
        isBest: others.length === 0,
      };
    });
    const open = isLoud ? sides.filter((side) => side.isOpen) : [];
    const chosen = open.find((side) => side.isBest) ?? open[0];
    if (chosen) taken.push({ from: chosen.from, to: chosen.to, y: spot.y });
    const isLeft = (chosen ?? sides.find((side) => side.isIn))?.isLeft ?? false;
    labels.set(name, { text, isLeft, isHidden: chosen === undefined });
  }
  return labels;
}

/** The map never changes while the page is open. @type {Promise<World> | undefined} */
let loading;
/** @type {World | undefined} */
let known;

/** Begins to fetch it, or goes on; tried again by the next who asks where it failed. */
export function loadWorld() {
  const path = document.getElementById('world')?.getAttribute('href') ?? '/dashboard/world.json';
  loading ??= /** @type {Promise<World>} */ (getJson(path)).then((one) => {
    known = one;
    return one;
  });
  loading.catch(() => {
    loading = undefined;
  });
  return loading;
}

function useWorld() {
  const [world, setWorld] = useState(known);
  useEffect(() => {
    loadWorld().then(setWorld, () => undefined);
  }, []);
  return world;
}

/** Of an element, in CSS pixels; 0 before it is drawn. */
function useWidth() {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    setWidth(element.clientWidth);
    const watch = new ResizeObserver(() => setWidth(element.clientWidth));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  return /** @type {const} */ ([place, width]);
}

/** @param {{ regions: readonly RegionOverview[], withoutAgents: readonly string[] }} props */
export function WorldMap({ regions, withoutAgents }) {
  const world = useWorld();
  const [place, width] = useWidth();
  const placed = regions.filter((region) => region.place !== null);
  const elsewhere = regions.filter((region) => region.place === null);
  return html`<div class="world">
    <div class="world-map" ref=${place}>
      ${world && width > 0 && html`<${Drawing} world=${world} width=${width} regions=${placed} />`}
    </div>
    <div class="world-keys">
      <ul class="legend" aria-label="States of regions">
        ${WORST_FIRST.map((state) => html`<${Key} state=${state} regions=${regions} />`)}
      </ul>
      ${elsewhere.length > 0 && html`<${Elsewhere} regions=${elsewhere} />`}
      ${withoutAgents.length > 0 && html`<p class="note">Declared, but without an agent: ${namesOf(withoutAgents, SHOWN.names)}</p>`}
    </div>
  </div>`;
}

/** @param {{ state: import('./state.js').RegionState, regions: readonly RegionOverview[] }} props */
const Key = ({ state, regions }) => html`<li data-state=${state}>
  <${StateIcon} state=${state} /> ${regions.filter((region) => region.state === state).length} ${STATES[state].word.toLowerCase()}
</li>`;

/** @param {{ regions: readonly RegionOverview[] }} props */
const Elsewhere = ({ regions }) => html`<div class="elsewhere">
  <h3>Without a place on the map</h3>
  <ul>
    ${regions.map(
      ({ region, state }) => html`<li key=${region} data-state=${state}>
        <${StateIcon} state=${state} /> <a href=${regionHref(region)}>${region}</a><span class="visually-hidden">: ${STATES[state].word}</span>
      </li>`,
    )}
  </ul>
</div>`;

/** @param {string} region */
const regionHref = (region) => link(`/regions/${encodeURIComponent(region)}`);

/** @param {{ world: World, width: number, regions: readonly RegionOverview[] }} props */
function Drawing({ world, width, regions }) {
  const scale = width / world.width;
  const height = Math.round(world.height * scale);
  // The worst last, so that they lie on top.
  const sorted = regions.toSorted((a, b) => WORST_FIRST.indexOf(b.state) - WORST_FIRST.indexOf(a.state));
  const homes = sorted.map(({ place }) => ({ x: (place?.x ?? 0) * scale, y: (place?.y ?? 0) * scale }));
  const byName = sorted.map((region, i) => ({ region, home: homes[i] ?? { x: 0, y: 0 } }));
  // By name, so that a mark does not jump when another one's state changes.
  const inOrder = byName.toSorted((a, b) => (a.region.region < b.region.region ? -1 : 1));
  const spots = spread(
    inOrder.map(({ home }) => home),
    { width, height, apart: APART },
  );
  const spotOf = new Map(inOrder.map(({ region }, i) => [region.region, spots[i] ?? { x: 0, y: 0 }]));
  const labels = placeLabels(
    byName.toReversed().map(({ region: { region, state }, home }) => ({
      name: region,
      spot: spotOf.get(region) ?? home,
      isLoud: state === 'degraded' || state === 'silent',
    })),
    width,
  );
  return html`<svg viewBox=${`0 0 ${width} ${height}`} width=${width} height=${height} role="group" aria-label="Regions on the map of the world">
    <path class="land" d=${world.land} transform=${`scale(${scale})`} aria-hidden="true" />
    ${byName.map(({ region, home }) => {
      const spot = spotOf.get(region.region) ?? home;
      const label = labels.get(region.region) ?? { text: '', isLeft: false, isHidden: true };
      return html`<${Mark} key=${region.region} region=${region} home=${home} spot=${spot} label=${label} />`;
    })}
  </svg>`;
}

/** @param {{ region: RegionOverview, home: Point, spot: Point, label: { text: string, isLeft: boolean, isHidden: boolean } }} props */
function Mark({
  region: { region, state, title, agents, reason },
  home,
  spot,
  label: { isHidden, isLeft, text },
}) {
  const isMoved = Math.hypot(home.x - spot.x, home.y - spot.y) > 4;
  const said = `${region}${title ? ` (${title})` : ''}: ${STATES[state].word}, ${agents.connected} of ${agents.total} agents connected${reason ? `. ${reason}` : ''}`;
  return html`<g data-state=${state}>
    ${isMoved && html`<path class="leader" d=${`M${home.x} ${home.y}L${spot.x} ${spot.y}`} aria-hidden="true" />`}
    <a class="mark" href=${regionHref(region)} aria-label=${said} transform=${`translate(${spot.x} ${spot.y})`}>
      <title>${said}</title>
      <circle class="hit" r=${APART / 2 - 0.5} />
      <g transform="translate(-9 -9) scale(0.9)" fill="none" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round">
        <path class="outline" d=${OUTLINES[state]} stroke-dasharray=${state === 'unknown' ? '2.6 2.6' : undefined} />
        <path class="sign" d=${STATES[state].shape} />
      </g>
      <text class="name" data-hidden=${String(isHidden)} x=${isLeft ? -NAME_GAP : NAME_GAP} y="4" text-anchor=${isLeft ? 'end' : 'start'}>${text}</text>
    </a>
  </g>`;
}
