/** The part of m3u8-parser that the playback probe reads; the package has no types of its own. */
declare module 'm3u8-parser' {
  interface ByteRange {
    length: number;
    offset: number;
  }
  export interface Manifest {
    playlists?: { uri?: string; attributes?: Record<string, unknown> }[];
    segments?: {
      uri?: string;
      duration?: number;
      byterange?: ByteRange;
      map?: { uri?: string; byterange?: ByteRange };
      key?: { method?: string };
    }[];
    mediaGroups?: {
      /** By group, then by name. */
      AUDIO?: Record<string, Record<string, { default?: boolean; uri?: string }>>;
    };
    targetDuration?: number;
    endList?: boolean;
  }
  export class Parser {
    push(text: string): void;
    end(): void;
    readonly manifest: Manifest;
  }
}
