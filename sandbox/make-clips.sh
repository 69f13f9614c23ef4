#!/bin/sh
# Makes every clip that the reference origin serves, from test patterns, into sandbox/clips/.
# The results are committed, so that nothing but a change of the clips needs ffmpeg (5.1 or later, with libx264 and libx265).
#
#   sh sandbox/make-clips.sh
#
# Every clip: 4 s, portrait 360x640 at 30 fps (the shape of a short video), a key frame each second so that a segment can be
# cut there, a moving picture (a frozen one could not show a stall) and a sine tone. No B-frames: the first frame is
# presented at exactly 0, so that a player's first media time needs no correction.
set -eu

cd "$(dirname "$0")"
clips=clips
seconds=4
fps=30

rm -rf "$clips/v" "$clips/hls"
mkdir -p "$clips/v" "$clips/hls/fmp4" "$clips/hls/ts"

# Bit-exact and without metadata: the same ffmpeg makes the same bytes, so a diff shows a real change only.
make() {
  ffmpeg -nostdin -hide_banner -loglevel error -y \
    -f lavfi -i "testsrc2=size=360x640:rate=$fps:duration=$seconds" \
    -f lavfi -i "sine=frequency=440:sample_rate=48000:duration=$seconds" \
    -map_metadata -1 -fflags +bitexact -flags:v +bitexact -flags:a +bitexact "$@"
}

h264="-c:v libx264 -preset veryslow -profile:v main -bf 0 -g $fps -keyint_min $fps -sc_threshold 0 -pix_fmt yuv420p -threads 1"
aac="-c:a aac -b:a 32k -ac 1"

# Progressive. Without +faststart the index (moov) comes after the media (mdat) and a player must go and fetch it.
make $h264 -b:v 220k -maxrate 260k -bufsize 220k $aac -movflags +faststart "$clips/v/clip.mp4"
ffmpeg -nostdin -hide_banner -loglevel error -y -i "$clips/v/clip.mp4" -c copy -fflags +bitexact "$clips/v/clip-moov-end.mp4"

# HEVC, tagged as players expect it: a browser without HEVC plays the sound over a black picture.
make -c:v libx265 -preset slow -tag:v hvc1 -pix_fmt yuv420p -b:v 140k \
  -x265-params "keyint=$fps:min-keyint=$fps:scenecut=0:bframes=0:pools=1:frame-threads=1:info=0:log-level=error" \
  $aac -movflags +faststart "$clips/v/clip-hevc.mp4"

# HLS, fragmented MP4: two renditions of one video, a segment a second.
make -filter_complex "[0:v]split[high][half];[half]scale=180:320[low]" \
  -map "[high]" -map 1:a -map "[low]" -map 1:a $h264 $aac \
  -b:v:0 220k -maxrate:v:0 260k -bufsize:v:0 220k -b:v:1 80k -maxrate:v:1 100k -bufsize:v:1 80k \
  -f hls -hls_time 1 -hls_playlist_type vod -hls_segment_type fmp4 -hls_fmp4_init_filename init.mp4 \
  -hls_segment_filename "$clips/hls/fmp4/%v/segment-%d.m4s" -master_pl_name master.m3u8 \
  -var_stream_map "v:0,a:0,name:640p v:1,a:1,name:320p" "$clips/hls/fmp4/%v/index.m3u8"

# HLS, MPEG transport stream.
make $h264 -b:v 160k -maxrate 190k -bufsize 160k $aac \
  -f hls -hls_time 1 -hls_playlist_type vod -hls_segment_type mpegts \
  -hls_segment_filename "$clips/hls/ts/%v/segment-%d.ts" -master_pl_name master.m3u8 \
  -var_stream_map "v:0,a:0,name:640p" "$clips/hls/ts/%v/index.m3u8"

find "$clips" -type f -exec wc -c {} + | sort -n
