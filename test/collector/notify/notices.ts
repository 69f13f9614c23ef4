/** Notices for tests: whole, as a lane would have them written. */
import { type Notice, type NoticePlace, noticeOf } from '../../../collector/notify/notice.ts';
import type { Draft } from '../../../collector/notify/thread.ts';
import { FOUND_MS, MINUTE, PlayedLane, sightOf } from './sights.ts';

export const PLACE: NoticePlace = {
  route: 'pages',
  receiver: 'pager',
  dashboard: 'https://outrider.example.net/',
  nowMs: FOUND_MS + MINUTE,
};

/** What is told of an incident that has just been found. */
export function openedDraft(...sight: Parameters<typeof sightOf>): Draft {
  const lane = new PlayedLane();
  lane.look(0, [sightOf(...sight)]);
  return (lane.drafts[0] as { draft: Draft }).draft;
}

export function noticeFor(more: Partial<Notice> = {}): Notice {
  return { ...noticeOf(openedDraft(), PLACE), ...more };
}
