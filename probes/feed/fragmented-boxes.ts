/** What a page needs to know of a fragmented MP4 to play it: whole boxes, and the codecs. Sent there as text: each uses its arguments alone. */

export interface WholeBoxes {
  /** Bytes up to the end of the last box that is there whole. */
  readonly length: number;
  /** The movie header, from its own header on, where it is among them. */
  readonly moov?: Uint8Array<ArrayBuffer>;
}

export interface MovieHeader {
  /** It announces fragments (`mvex`). */
  readonly isFragmented: boolean;
  /** For MediaSource.isTypeSupported; empty where none is known. */
  readonly codecs: readonly string[];
}

/** `bytes` begin with a box (ISO/IEC 14496-12 §4.2). One that reaches to the end of the file is never whole. */
export function wholeBoxes(bytes: Uint8Array<ArrayBuffer>): WholeBoxes {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let moov: Uint8Array<ArrayBuffer> | undefined;
  let at = 0;
  while (at + 16 <= bytes.length) {
    const size32 = view.getUint32(at);
    const size = size32 === 1 ? Number(view.getBigUint64(at + 8)) : size32;
    if (size < 8 || at + size > bytes.length) break;
    if (String.fromCharCode(...bytes.subarray(at + 4, at + 8)) === 'moov')
      moov = bytes.subarray(at, at + size);
    at += size;
  }
  return { length: at, ...(moov ? { moov } : {}) };
}

/** Looks for boxes by their names byte by byte: a movie header without samples is a kilobyte. */
export function readMovieHeader(moov: Uint8Array): MovieHeader {
  const find = (name: string): Uint8Array | undefined => {
    const [a, b, c, d] = [...name].map((letter) => letter.charCodeAt(0));
    for (let at = 4; at + 8 <= moov.length; at += 1) {
      if (moov[at] === a && moov[at + 1] === b && moov[at + 2] === c && moov[at + 3] === d)
        return moov.subarray(at + 4);
    }
    return undefined;
  };
  const hex = (value = 0): string => value.toString(16).padStart(2, '0');
  const two = (value: number): string => String(value).padStart(2, '0');

  /** RFC 6381, and of each codec the binding to ISO files. HEVC by its commonest profile: browsers have it or have none. */
  function videoCodec(): string | undefined {
    const avc = find('avcC');
    if (avc) return `avc1.${hex(avc[1])}${hex(avc[2])}${hex(avc[3])}`;
    const [, av1 = 0, more = 0] = find('av1C') ?? [];
    if (find('av1C'))
      return `av01.${av1 >> 5}.${two(av1 & 31)}${more >> 7 ? 'H' : 'M'}.${more & 64 ? '10' : '08'}`;
    const [, , , , profile = 0, level = 0, depth = 0] = find('vpcC') ?? [];
    if (find('vpcC')) return `vp09.${two(profile)}.${two(level)}.${two(depth >> 4)}`;
    return find('hvcC') ? 'hvc1.1.6.L93.B0' : undefined;
  }

  const audioCodec = find('mp4a') ? 'mp4a.40.2' : find('Opus') ? 'opus' : undefined;
  return {
    isFragmented: find('mvex') !== undefined,
    codecs: [videoCodec(), audioCodec].filter((codec) => codec !== undefined),
  };
}
