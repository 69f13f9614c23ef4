/** The start of a picture and, where it comes apart, of its sound: fetched side by side, shown when both are ready. */
import { mediaFailure } from './media-fetcher.ts';
import { type PlaybackRun, recordRunway, recordStart, type StartOutcome } from './playback-run.ts';
import { worseRunway } from './runway.ts';
import { type Lane, TrackStart } from './segmented.ts';

/** Fetches as much of all tracks as their start needs; the first failure before it is that of the run. */
export async function startTracks(run: PlaybackRun, lanes: readonly Lane[]): Promise<StartOutcome> {
  const tracks: TrackStart[] = [];
  const record = (): void => {
    const mediaBytes = tracks.reduce((sum, track) => sum + track.received, 0);
    const roundTrips = Math.max(...tracks.map((track) => track.roundTrips));
    recordStart(
      run,
      {
        firstFrameAtMs: latest(tracks.map(({ shownAtMs }) => shownAtMs)),
        playingAtMs: latest(tracks.map(({ playingAtMs }) => playingAtMs)),
        twoSecondsAtMs: latest(tracks.map(({ twoSecondsAtMs }) => twoSecondsAtMs)),
      },
      { mediaBytes, roundTrips },
    );
  };
  for (const lane of lanes) tracks.push(new TrackStart(run, lane, record));
  let first: StartOutcome;
  const start = async (track: TrackStart): Promise<void> => {
    const failure = await startOf(track);
    if (!failure) return;
    first ??= failure;
    // There is nothing left to wait for.
    run.giveUp();
  };
  await Promise.all(tracks.map(start));
  const playingAtMs = latest(tracks.map((track) => track.playingAtMs));
  if (!first && playingAtMs !== undefined) {
    const runways = tracks.map((track) => track.runway(playingAtMs)).filter((runway) => runway !== undefined);
    if (runways.length > 0) recordRunway(run, runways.reduce(worseRunway));
  }
  return first;
}

async function startOf(track: TrackStart): Promise<StartOutcome> {
  try {
    await track.start();
    return undefined;
  } catch (error) {
    return mediaFailure(error, 'decode', track.kind === 'audio' ? 'the sound' : 'the picture');
  }
}

/** The last of all; undefined while one is missing. */
function latest(moments: readonly (number | undefined)[]): number | undefined {
  let last: number | undefined;
  for (const moment of moments) {
    if (moment === undefined) return undefined;
    last = Math.max(last ?? moment, moment);
  }
  return last;
}
