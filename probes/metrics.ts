/**
 * The metric dictionary: every number that a run can report. The unit is the name's last word, and
 * decides the integer scale on the wire and in the store (see `scaleOf`).
 */

export interface MetricDefinition {
  /** What it measures, from when to when. */
  readonly description: string;
  /** Which direction is good for users; `neither` is never judged. */
  readonly better: 'lower' | 'higher' | 'neither';
  /** Who defines it, where it is not ours: a specification or a peer's name for it. */
  readonly source?: string;
  /** The smallest worsening worth an alarm: both must be exceeded. `abs` in the metric's own unit, `rel` a fraction. */
  readonly minEffect?: { readonly abs: number; readonly rel: number };
}

export const METRICS = {
  run_ms: { description: 'Start of the run to its end, whatever it measured.', better: 'lower' },

  dns_ms: {
    description: 'Start of name resolution to its answer; absent when no lookup was needed.',
    better: 'lower',
    source: 'Resource Timing',
  },
  connect_ms: {
    description: 'TCP connect started to established.',
    better: 'lower',
    source: 'Resource Timing',
  },
  tls_ms: {
    description: 'TLS handshake started to secure; absent on plain HTTP.',
    better: 'lower',
    source: 'Resource Timing',
  },
  ttfb_ms: {
    description: 'Request fully sent to first byte of the response head.',
    better: 'lower',
    source: 'CMCD ttfb',
    minEffect: { abs: 100, rel: 0.25 },
  },
  transfer_ms: { description: 'First byte of the response head to last byte of the body.', better: 'lower' },
  http_total_ms: {
    description: 'Start of resolution to last byte of the body.',
    better: 'lower',
    minEffect: { abs: 100, rel: 0.25 },
  },
  body_bytes: { description: 'Bytes of response body received.', better: 'neither' },

  first_frame_ms: {
    description: 'Predicted order-to-play to first frame, by the demuxer-block model without a browser.',
    better: 'lower',
    minEffect: { abs: 150, rel: 0.25 },
  },
  playing_ms: {
    description: 'Predicted order-to-play to the `playing` event, by the same model.',
    better: 'lower',
  },
  two_seconds_ms: {
    description: 'Order-to-play to two seconds of media downloaded.',
    better: 'lower',
    source: 'ThousandEyes start-up delay',
  },
  moov_ms: { description: 'Order-to-play to the movie header parsed.', better: 'lower' },
  manifest_ms: {
    description: 'Manifest requested to fully received, all playlists before the first segment.',
    better: 'lower',
    source: 'CMCD rr',
  },
  init_ms: {
    description: 'Initialisation segment requested to fully received.',
    better: 'lower',
    source: 'CMCD rr',
  },
  segment_ms: {
    description: 'First media segment requested to as much received as the first frame needs.',
    better: 'lower',
    source: 'CMCD rr',
  },
  media_bytes: { description: 'Media bytes received up to the first frame.', better: 'neither' },
  request_count: { description: 'Requests made up to the first frame.', better: 'neither' },
  round_trip_count: {
    description:
      'Round trips that the first frame waited for, one after the other: name, connection, TLS and requests, on the longest way where players fetch side by side.',
    better: 'lower',
  },
  runway_ms: {
    description:
      'Media that plays from the first frame on before it stalls, at the throughput of the run; without a stall all that is known, 30 s at most.',
    better: 'higher',
  },
  predicted_stall_ms: {
    description:
      'Waiting that playing the known media takes after its start, 30 s of it at most, at the throughput of the run.',
    better: 'lower',
  },
  packaging_cost_ms: {
    description:
      'What better packaging would save the start, by the model: the sum of the findings that delay it.',
    better: 'lower',
  },

  video_startup_ms: {
    description: 'Order to play to presentationTime of the first presented frame.',
    better: 'lower',
    source: 'CTA-2066 initialStartupTime',
    minEffect: { abs: 150, rel: 0.1 },
  },
  video_moving_ms: {
    description: 'Order to play to the second distinct frame presented.',
    better: 'lower',
    source: 'Mux TTFF, CMCD msd',
  },
  video_playing_event_ms: {
    description:
      'Order to play to the `playing` event: for comparison only, it fires for a black screen too.',
    better: 'neither',
    source: 'Mux',
  },
  player_ms: { description: 'Order to play to the first media or manifest request.', better: 'lower' },
  demux_ms: { description: 'First media byte to `loadedmetadata`.', better: 'lower' },
  stall_count: {
    description: 'Stalls after the first frame, seeks excluded.',
    better: 'lower',
    source: 'CTA-2066',
  },
  stall_ms: {
    description: 'Time stalled after the first frame, seeks excluded.',
    better: 'lower',
    source: 'CTA-2066',
  },
  stall_ratio: { description: 'Time stalled by time watched.', better: 'lower', source: 'CTA-2066' },
  watched_ms: { description: 'Media time that was watched.', better: 'neither' },
  frames_count: { description: 'Frames decoded.', better: 'neither', source: 'getVideoPlaybackQuality' },
  dropped_frames_count: {
    description: 'Frames dropped.',
    better: 'lower',
    source: 'getVideoPlaybackQuality',
  },
  startup_height_px: { description: 'Height of the first rendition shown.', better: 'higher' },
  video_first_paint_ms: {
    description:
      'Order to play to the largest contentful paint of the video, in steps of 4 ms: a cross-check by another clockwork of the browser.',
    better: 'neither',
    source: 'Largest Contentful Paint',
  },
  video_start_gap_ms: {
    description: 'First frame to the second distinct one: how long the first picture stood still.',
    better: 'lower',
  },
  page_ms: {
    description:
      'The page before the order. Built-in page: its begin to a player ready for the order. A page of the user: navigation to the click, or to the first sign of a video where it plays by itself.',
    better: 'lower',
    source: 'Mux Player Startup Time',
  },
  decode_present_ms: {
    description:
      'Pipeline running and the last byte received that the first frame waited for, to presentationTime of that frame.',
    better: 'lower',
  },
  net_gap_ms: {
    description:
      'Longest time without a byte while a response was under way; a player that has enough and stops to read shows here too.',
    better: 'lower',
  },
  seek_ms: {
    description: 'Order to seek to presentationTime of the first frame at the target.',
    better: 'lower',
    source: 'Mux seek latency',
  },
  upscale_ratio: {
    description: 'How much larger the picture is shown than it is, at the first frame: 0 for not at all.',
    better: 'lower',
    source: 'Mux upscaling',
  },
  startup_bitrate_bps: {
    description: 'Bit rate of the first rendition shown, as manifest or file header announce it.',
    better: 'neither',
  },
  rendition_switch_count: {
    description: 'Changes of the rendition on the screen after the first frame.',
    better: 'neither',
  },

  swipe_first_frame_ms: {
    description:
      'Swipe to presentationTime of the first frame of the next clip that is presented after it; mean over the swipes of a run whose clip played. A picture that preloading put there before the swipe does not count.',
    better: 'lower',
    minEffect: { abs: 100, rel: 0.15 },
  },
  swipe_worst_ms: { description: 'The slowest of the swipes in `swipe_first_frame_ms`.', better: 'lower' },
  swipe_moving_ms: {
    description:
      'Swipe to the first frame that is presented after it and is another than the first picture of the clip, which preloading may have put there before; mean as `swipe_first_frame_ms`.',
    better: 'lower',
    source: 'CMCD msd',
  },
  swipe_count: { description: 'Swipes made, failed ones included.', better: 'neither' },
  swipe_failed_count: { description: 'Swipes whose clip did not play.', better: 'lower' },
  preload_hit_ratio: {
    description: 'Share of swipes to a clip whose first picture was there already (readyState 2 or more).',
    better: 'higher',
  },
  preloaded_ms: {
    description: 'Media of the next clip that was buffered at the swipe, mean over the swipes; none is 0.',
    better: 'neither',
  },
  wasted_bytes: {
    description:
      'Bytes received for media that was never on the screen: of clips not swiped to, and the unwatched rest of others at their mean rate.',
    better: 'lower',
  },
  wasted_ratio: { description: '`wasted_bytes` by all bytes received for clips.', better: 'lower' },

  upload_create_ms: {
    description: 'Creation request sent to upload location received.',
    better: 'lower',
    source: 'tus creation',
  },
  upload_send_ms: {
    description: 'First body byte written to last body byte accepted, see attribute `send_clock`.',
    better: 'lower',
  },
  upload_commit_ms: { description: 'Last body byte accepted to final answer received.', better: 'lower' },
  upload_total_ms: {
    description: 'Start of the upload to the final answer.',
    better: 'lower',
    minEffect: { abs: 250, rel: 0.25 },
  },
  upload_goodput_bps: {
    description: 'Payload bits by `upload_send_ms`.',
    better: 'higher',
    source: 'RFC 5136',
  },
  upload_bytes: { description: 'Payload size.', better: 'neither' },
  upload_chunk_count: { description: 'Requests that carried payload.', better: 'neither' },
  upload_playable_ms: {
    description: 'Final answer to the first time the upload could be fetched for playback.',
    better: 'lower',
  },
  upload_goodput_server_bps: {
    description:
      'Payload bits that the service confirmed by its offsets, by the time from the first body byte written to the last confirmation.',
    better: 'higher',
    source: 'tus Upload-Offset, 308 Range, draft-ietf-httpbis-resumable-upload',
  },
  upload_app_send_ms: {
    description:
      'First body byte written to the last one out of our process: what clients show as upload time. For comparison only, nothing was delivered then.',
    better: 'neither',
  },
  upload_retrans_bytes: {
    description: 'Bytes that our kernel sent again while the payload was under way.',
    better: 'lower',
    source: 'TCP_INFO',
  },
  upload_retrans_ratio: {
    description: '`upload_retrans_bytes` by all bytes sent meanwhile.',
    better: 'lower',
    source: 'TCP_INFO',
  },
  upload_rtt_ms: {
    description:
      'Smoothed round-trip time of the connection under the load of the payload, median of its readings.',
    better: 'lower',
    source: 'TCP_INFO',
  },
  upload_min_rtt_ms: {
    description: 'Smallest round-trip time that the kernel saw on the connection.',
    better: 'lower',
    source: 'TCP_INFO',
  },
  upload_bufferbloat_ms: {
    description: '`upload_rtt_ms` less `upload_min_rtt_ms`: queues on the way under load.',
    better: 'lower',
    source: 'M-Lab TCP INFO',
  },
  upload_delivery_rate_bps: {
    description: 'Delivery rate as the kernel last estimated it.',
    better: 'higher',
    source: 'TCP_INFO',
  },
  upload_rwnd_limited_ratio: {
    description: 'Share of `upload_busy_ms` for which the receive window of the peer held sending back.',
    better: 'lower',
    source: 'TCP_INFO',
  },
  upload_sndbuf_limited_ratio: {
    description: 'Share of `upload_busy_ms` for which our own send buffer held sending back.',
    better: 'lower',
    source: 'TCP_INFO',
  },
  upload_busy_ms: {
    description: 'Time for which the connection had payload to send or not acknowledged.',
    better: 'neither',
    source: 'TCP_INFO',
  },
  upload_chunk_ms: {
    description: 'First byte of a chunk written to its answer, median of the chunks that were answered.',
    better: 'lower',
  },
  upload_chunk_max_ms: { description: 'The slowest of the chunks in `upload_chunk_ms`.', better: 'lower' },
  upload_stall_max_ms: {
    description: 'Longest time under way without a payload byte acknowledged, within one request.',
    better: 'lower',
  },
  upload_resume_ms: {
    description:
      'Reconnecting after a cut to the first new payload byte acknowledged; the slowest resume of the run.',
    better: 'lower',
  },
  upload_resume_lost_bytes: {
    description:
      'Acknowledged at the cut less what the service then held: bytes to be sent again, all cuts together.',
    better: 'lower',
  },
  upload_resume_count: { description: 'How often the upload was resumed.', better: 'neither' },

  publish_accepted_ms: {
    description: 'Final answer of the upload to the status that first says it was accepted.',
    better: 'lower',
  },
  publish_playable_ms: {
    description:
      'Final answer of the upload to the first frame of a playback without a browser; at most `publish_poll_ms` late.',
    better: 'lower',
    minEffect: { abs: 1000, rel: 0.25 },
  },
  publish_browser_playable_ms: {
    description: 'Final answer of the upload to the first frame presented by a browser.',
    better: 'lower',
  },
  publish_all_renditions_ms: {
    description: 'Final answer of the upload to the last rendition playable.',
    better: 'lower',
  },
  publish_visible_ms: {
    description:
      'Final answer of the upload to playable in another region; where regions are reported together, the slowest.',
    better: 'lower',
  },
  publish_poll_ms: {
    description: 'Interval of the polling: the error bar of the times of publishing.',
    better: 'neither',
  },
  publish_region_count: { description: 'Other regions in which it became playable.', better: 'higher' },
  starttls_ms: {
    description:
      'Connection established to the peer ready for the TLS handshake, by the commands of its protocol.',
    better: 'lower',
  },
  dialogue_ms: { description: 'First step of the dialogue begun to the last one done.', better: 'lower' },
  tcp_total_ms: {
    description: 'Start of resolution to the end of the dialogue, or to the connection where there is none.',
    better: 'lower',
    minEffect: { abs: 50, rel: 0.25 },
  },
  tls_total_ms: {
    description: 'Start of resolution to the end of the TLS handshake.',
    better: 'lower',
    minEffect: { abs: 50, rel: 0.25 },
  },
  tls_expiry_s: {
    description:
      'Time left until the first certificate of the chain expires, the root apart; negative after it.',
    better: 'higher',
    source: 'blackbox_exporter probe_ssl_earliest_cert_expiry',
  },
  tls_chain_count: {
    description: 'Certificates from that of the server to its root, as they were verified.',
    better: 'neither',
  },
  tls_resumed_ms: {
    description: 'TLS handshake that resumed the session of the one before it.',
    better: 'lower',
  },
  ping_ms: {
    description:
      'Median round trip of the replies; attribute `method` says whether of ICMP or of TCP connections.',
    better: 'lower',
    minEffect: { abs: 20, rel: 0.25 },
  },
  ping_min_ms: { description: 'Shortest round trip of the replies.', better: 'lower' },
  ping_max_ms: { description: 'Longest round trip of the replies.', better: 'lower' },
  ping_jitter_ms: {
    description: 'Mean difference between the round trips of one reply and the next.',
    better: 'lower',
    source: 'RFC 3550 §6.4.1',
  },
  ping_loss_ratio: { description: 'Share of the pings without a reply.', better: 'lower' },
  ping_sent_count: { description: 'Pings sent.', better: 'neither' },
  ws_upgrade_ms: {
    description: 'Upgrade request sent to its 101 answer.',
    better: 'lower',
    minEffect: { abs: 100, rel: 0.25 },
  },
  ws_message_ms: { description: 'Message sent to the expected answer.', better: 'lower' },
  ws_ping_ms: { description: 'Ping frame sent to its pong.', better: 'lower', source: 'RFC 6455 §5.5.2' },
  grpc_call_ms: {
    description: 'Call sent on the fresh HTTP/2 connection to its status.',
    better: 'lower',
    minEffect: { abs: 100, rel: 0.25 },
  },
  tcp_rtt_ms: {
    description: 'Smoothed round-trip time of the connection, as the kernel has it when the answer begins.',
    better: 'lower',
    source: 'TCP_INFO',
  },

  own_ms: {
    description: 'The time that an own probe is about, as its author defines it.',
    better: 'lower',
    minEffect: { abs: 100, rel: 0.25 },
  },
  own_count: { description: 'A number of an own probe, as its author defines it.', better: 'neither' },
  own_bytes: { description: 'A size of an own probe, as its author defines it.', better: 'neither' },
  own_bps: { description: 'A rate of an own probe, as its author defines it.', better: 'neither' },
  own_ratio: { description: 'A share of an own probe, as its author defines it.', better: 'neither' },

  dns_query_ms: {
    description: 'Question sent to a name server to its whole answer; the way to the server apart.',
    better: 'lower',
    minEffect: { abs: 50, rel: 0.5 },
  },
  dns_answer_count: { description: 'Records of the type that was asked for.', better: 'neither' },
  dns_ttl_s: {
    description: 'Shortest time to live of the records that were asked for.',
    better: 'neither',
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;
export type Metrics = Partial<Record<MetricName, number>>;

export const METRIC_NAMES = Object.keys(METRICS) as MetricName[];

export function isMetricName(name: string): name is MetricName {
  return Object.hasOwn(METRICS, name);
}

export function metricDefinition(name: MetricName): MetricDefinition {
  return METRICS[name];
}

export const UNIT_SCALES = { ms: 1000, ratio: 1_000_000, bytes: 1, s: 1, bps: 1, count: 1, px: 1 } as const;
export type Unit = keyof typeof UNIT_SCALES;

/** The unit of a metric: the last word of its name. */
export function unitOf(name: string): Unit {
  const unit = name.slice(name.lastIndexOf('_') + 1);
  return Object.hasOwn(UNIT_SCALES, unit) ? (unit as Unit) : 'count';
}

/** Integer steps per unit, on the wire and in the store: microseconds for `_ms`, parts per million for `_ratio`. */
export function scaleOf(name: string): number {
  return UNIT_SCALES[unitOf(name)];
}
