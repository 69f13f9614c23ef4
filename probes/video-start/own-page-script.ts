/** Watches the videos of a page that is not ours, from a world of its own beside the page's scripts. Sent there as text. */
import type { PageParts } from './play-in-page.ts';
import type { Recorder, RecorderLimits } from './recorder.ts';
import type { PlayReport } from './report.ts';
import type { WatchOrder } from './watch.ts';

export interface OwnPageOptions extends RecorderLimits {
  readonly videosMax: number;
  /** The order is the navigation. */
  readonly isAutoplay: boolean;
}

/** What the world has under the name `outriderPage`. */
export interface OwnPage {
  /** The next click is the order; what is ordered is told through the binding `outriderOrdered`, since a click may navigate. */
  arm(): void;
  order(atMs: number): void;
  now(): number;
  watch(order: WatchOrder): Promise<PlayReport>;
}

export interface OwnPageGlobals extends PageParts {
  outriderPage?: OwnPage;
  outriderOrdered(payload: string): void;
}

export function openOwnPage(options: OwnPageOptions): void {
  const world = globalThis as unknown as OwnPageGlobals;
  const recorders: Recorder[] = [];
  const known = new Set<Node>();
  let orderedMs = options.isAutoplay ? 0 : undefined;

  function add(video: HTMLVideoElement): void {
    if (known.has(video) || recorders.length >= options.videosMax) return;
    known.add(video);
    const recorder = world.outrider.createRecorder(video, options);
    if (orderedMs !== undefined) recorder.order(orderedMs);
    recorders.push(recorder);
  }

  /** Components keep their videos in shadow trees, whose events stay inside. */
  function observe(root: Document | ShadowRoot): void {
    if (known.has(root)) return;
    known.add(root);
    new MutationObserver(() => find(root)).observe(root, { childList: true, subtree: true });
    for (const event of ['loadstart', 'play', 'loadedmetadata']) {
      root.addEventListener(event, ({ target }) => target instanceof HTMLVideoElement && add(target), true);
    }
    find(root);
  }

  function find(root: Document | ShadowRoot): void {
    for (const video of root.querySelectorAll('video')) add(video);
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot && element.localName.includes('-')) observe(element.shadowRoot);
    }
  }

  function order(atMs: number): void {
    orderedMs = atMs;
    for (const recorder of recorders) recorder.order(atMs);
  }

  // A viewer's new window would be out of sight here: links open in this one.
  addEventListener(
    'click',
    (event) => {
      const link = event
        .composedPath()
        .find((node) => node instanceof HTMLAnchorElement && node.target !== '');
      if (link instanceof HTMLAnchorElement) link.target = '_self';
    },
    true,
  );
  observe(document);
  // Components that are given their shadow tree later change nothing that is observed.
  setInterval(() => {
    for (const root of known) if (root instanceof Document || root instanceof ShadowRoot) find(root);
  }, 100);

  world.outriderPage = {
    arm() {
      const onClick = ({ timeStamp }: Event): void => {
        removeEventListener('click', onClick, true);
        order(timeStamp);
        world.outriderOrdered(String(timeStamp));
      };
      addEventListener('click', onClick, true);
    },
    order,
    now: () => performance.now(),
    watch: (watchOrder) =>
      world.outrider.watchRecorders(
        () => recorders,
        orderedMs ?? performance.now(),
        watchOrder,
        world.outrider.releaseVideo,
      ),
  };
}
