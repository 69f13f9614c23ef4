/** What plays a target: told before the run by its parameters and its address. */
import type { VideoStartParams } from './params.ts';
import type { ScriptedPlayer } from './player-scripts.ts';
import { isDashManifest, isPlaylist } from './request-kind.ts';

/** Numbers of different players are not of one series: the attribute `player`. `page`: whatever a user's own page has. */
export type PlayerKind = 'progressive' | 'native-hls' | ScriptedPlayer | 'page';

export function playerOf(url: URL, params: Pick<VideoStartParams, 'format' | 'player' | 'page'>): PlayerKind {
  const { format, player, page } = params;
  if (page) return 'page';
  if (player === 'hls.js' || player === 'dash.js') return player;
  const isHls = format === 'hls' || (format === 'auto' && isPlaylist({ url: url.href }));
  if (player === 'native') return isHls ? 'native-hls' : 'progressive';
  if (isHls) return 'hls.js';
  return format === 'dash' || (format === 'auto' && isDashManifest({ url: url.href }))
    ? 'dash.js'
    : 'progressive';
}

/** The player whose script the page needs. */
export function scriptOf(player: PlayerKind): ScriptedPlayer | undefined {
  return player === 'hls.js' || player === 'dash.js' ? player : undefined;
}
