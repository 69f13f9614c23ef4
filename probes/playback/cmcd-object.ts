/** What a request of a start is for, as CMCD has it. */
import type { Metrics } from '../metrics.ts';
import type { CmcdObject } from '../net/cmcd.ts';
import type { Attributes } from '../probe.ts';
import type { FetchPlan } from './media-fetcher.ts';

const OBJECTS: Readonly<Record<string, CmcdObject['ot']>> = {
  manifest: 'm',
  playlist: 'm',
  init: 'i',
  index: 'o',
  'audio playlist': 'm',
  'audio init': 'i',
  'audio index': 'o',
  'audio segment': 'a',
  // A file that is played as it is has sound and picture in one.
  media: 'av',
};

const FORMATS: Readonly<Record<string, CmcdObject['sf']>> = { hls: 'h', dash: 'd', mp4: 'o' };

/** Whether a segment has picture, sound or both is not known when it is asked for: then the object type is absent. */
export function cmcdObjectOf(
  { name }: Pick<FetchPlan, 'name'>,
  { metrics, attributes }: { readonly metrics: Metrics; readonly attributes: Attributes },
): CmcdObject {
  const ot = OBJECTS[name];
  const sf = FORMATS[attributes.format ?? ''];
  return { ...(ot ? { ot } : {}), ...(sf ? { sf } : {}), su: metrics.first_frame_ms === undefined };
}
