/**
 * What a start-up needs of an MPEG transport stream (ISO/IEC 13818-1). Frames are counted by the starts of video PES
 * packets: HLS puts one access unit in each (RFC 8216 §3.2 leaves it open, every common packager does it). The fourth
 * frame is whole where the fifth begins; the segment's end serves when there is no fifth.
 */
import { MediaError } from './media-error.ts';
import type { SegmentReader } from './segment-reader.ts';
import { blockNeed, coversPreroll, type Need, SAMPLES_TO_FIRST_FRAME } from './startup-model.ts';

const PACKET_BYTES = 188;
const SYNC = 0x47;
const PAT_PID = 0;
const TICKS_PER_SECOND = 90_000;
const TWO_SECONDS_TICKS = 2 * TICKS_PER_SECOND;
/** 33-bit time stamps wrap. */
const TIMESTAMP_RANGE = 2 ** 33;

const VIDEO_CODECS: Readonly<Record<number, string>> = { 1: 'mp1v', 2: 'mp2v', 27: 'avc1', 36: 'hvc1' };
const AUDIO_TYPES: ReadonlySet<number> = new Set([0x03, 0x04, 0x0f, 0x11, 0x81, 0x87]);

/** Feed it a segment in pieces; `need` becomes known on the way or at the end. */
export class TransportStreamReader implements SegmentReader {
  #carry: Uint8Array = new Uint8Array(0);
  /** Byte in the segment where the next packet begins. */
  #position = 0;
  #pmtPid: number | undefined;
  #videoPid: number | undefined;
  #audioPid: number | undefined;
  #codec: string | undefined;
  #frames = 0;
  #fourthEnd: number | undefined;
  #firstTicks: number | undefined;
  #firstAudioTicks: number | undefined;
  /** End of the last packet of audio. */
  #audioEnd = 0;
  /** End of the audio that a start needs, once later audio was seen. */
  #prerollEnd: number | undefined;
  #twoSecondsEnd: number | undefined;

  /** e.g. `avc1`; known once the program map was read. */
  get codec(): string | undefined {
    return this.#codec;
  }

  /** @throws MediaError bad_media when packets are out of sync. */
  push(chunk: Uint8Array): void {
    const bytes = this.#carry.length > 0 ? Buffer.concat([this.#carry, chunk]) : chunk;
    let at = 0;
    for (; at + PACKET_BYTES <= bytes.length; at += PACKET_BYTES) {
      this.#packet(bytes.subarray(at, at + PACKET_BYTES));
      this.#position += PACKET_BYTES;
    }
    this.#carry = bytes.subarray(at);
  }

  /** What is needed, once the fourth frame is whole; audio and two seconds stay open until their end is seen. */
  need(): Need | undefined {
    if (this.#fourthEnd === undefined) return undefined;
    const need = blockNeed(this.#fourthEnd, this.#audioPid === undefined ? 0 : this.#prerollEnd);
    return this.#twoSecondsEnd === undefined ? need : { ...need, twoSecondsBytes: this.#twoSecondsEnd };
  }

  /**
   * The segment has ended: what is needed of it.
   * @throws MediaError bad_media when it has no video.
   */
  finish(): Need {
    if (this.#frames === 0) throw new MediaError('bad_media', 'the transport stream carries no video');
    const end = this.#position + this.#carry.length;
    return {
      ...blockNeed(this.#fourthEnd ?? end, this.#prerollEnd ?? this.#audioEnd),
      twoSecondsBytes: this.#twoSecondsEnd ?? end,
    };
  }

  #packet(packet: Uint8Array): void {
    if (packet[0] !== SYNC) {
      throw new MediaError('bad_media', `no transport stream packet at byte ${this.#position}`);
    }
    const b1 = packet[1] ?? 0;
    const pid = ((b1 & 0x1f) << 8) | (packet[2] ?? 0);
    const isStart = (b1 & 0x40) !== 0;
    const payload = payloadOf(packet);
    if (pid === this.#audioPid) this.#audio(isStart ? payload : undefined);
    if (!isStart) return;
    if (pid === PAT_PID && this.#pmtPid === undefined) this.#pmtPid = firstProgram(payload);
    else if (pid === this.#pmtPid && this.#videoPid === undefined) this.#programMap(payload);
    else if (pid === this.#videoPid) this.#frame(payload);
  }

  #programMap(payload: Uint8Array): void {
    const section = sectionOf(payload);
    const infoBytes = (((section[10] ?? 0) & 0x0f) << 8) | (section[11] ?? 0);
    // The last four bytes of a section are its CRC.
    for (let at = 12 + infoBytes; at + 5 <= section.length - 4; ) {
      const type = section[at] ?? 0;
      const pid = (((section[at + 1] ?? 0) & 0x1f) << 8) | (section[at + 2] ?? 0);
      if (VIDEO_CODECS[type] && this.#videoPid === undefined) {
        this.#videoPid = pid;
        this.#codec = VIDEO_CODECS[type];
      }
      if (AUDIO_TYPES.has(type)) this.#audioPid ??= pid;
      at += 5 + ((((section[at + 3] ?? 0) & 0x0f) << 8) | (section[at + 4] ?? 0));
    }
    if (this.#videoPid === undefined) {
      throw new MediaError(
        'bad_media',
        'the program map of the transport stream names no video that is known',
      );
    }
  }

  /** `start`: the payload, when the packet starts a run of audio. */
  #audio(start: Uint8Array | undefined): void {
    const ticks = start && decodeTicks(start);
    if (ticks !== undefined) {
      this.#firstAudioTicks ??= ticks;
      const passedS = ticksSince(this.#firstAudioTicks, ticks) / TICKS_PER_SECOND;
      if (coversPreroll(0, passedS)) this.#prerollEnd ??= this.#audioEnd;
    }
    this.#audioEnd = this.#position + PACKET_BYTES;
  }

  #frame(payload: Uint8Array): void {
    if (payload[0] !== 0 || payload[1] !== 0 || payload[2] !== 1) {
      throw new MediaError('bad_media', `the video packet at byte ${this.#position} has no PES header`);
    }
    if (this.#frames === SAMPLES_TO_FIRST_FRAME) this.#fourthEnd = this.#position;
    this.#frames++;
    const ticks = decodeTicks(payload);
    if (ticks === undefined) return;
    this.#firstTicks ??= ticks;
    if (ticksSince(this.#firstTicks, ticks) > TWO_SECONDS_TICKS) this.#twoSecondsEnd ??= this.#position;
  }
}

/** What follows the header and the adaptation field. */
function payloadOf(packet: Uint8Array): Uint8Array {
  const control = ((packet[3] ?? 0) >> 4) & 3;
  if ((control & 1) === 0) return packet.subarray(PACKET_BYTES);
  return packet.subarray(control & 2 ? Math.min(5 + (packet[4] ?? 0), PACKET_BYTES) : 4);
}

/** The table section of a payload: a pointer says where it begins, its own length where it ends. */
function sectionOf(payload: Uint8Array): Uint8Array {
  const start = 1 + (payload[0] ?? 0);
  const length = (((payload[start + 1] ?? 0) & 0x0f) << 8) | (payload[start + 2] ?? 0);
  return payload.subarray(start, start + 3 + length);
}

/** The map of the first program; program 0 is the network table. */
function firstProgram(payload: Uint8Array): number | undefined {
  const section = sectionOf(payload);
  for (let at = 8; at + 4 <= section.length - 4; at += 4) {
    const program = ((section[at] ?? 0) << 8) | (section[at + 1] ?? 0);
    if (program !== 0) return (((section[at + 2] ?? 0) & 0x1f) << 8) | (section[at + 3] ?? 0);
  }
  return undefined;
}

/** DTS of a PES header, or its PTS, in 90 kHz ticks. */
function decodeTicks(pes: Uint8Array): number | undefined {
  const flags = (pes[7] ?? 0) >> 6;
  if (flags === 2) return timestamp(pes, 9);
  return flags === 3 ? timestamp(pes, 14) : undefined;
}

function ticksSince(first: number, ticks: number): number {
  return (ticks - first + TIMESTAMP_RANGE) % TIMESTAMP_RANGE;
}

function timestamp(pes: Uint8Array, at: number): number | undefined {
  const [b0, b1, b2, b3, b4] = pes.subarray(at, at + 5);
  if (b0 === undefined || b1 === undefined || b2 === undefined || b3 === undefined || b4 === undefined) {
    return undefined;
  }
  // 33 bits, three pieces, each followed by a marker bit: too wide for bit operations.
  return ((b0 >> 1) & 7) * 2 ** 30 + ((b1 << 7) | (b2 >> 1)) * 2 ** 15 + ((b3 << 7) | (b4 >> 1));
}
