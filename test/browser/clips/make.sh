#!/bin/sh
# Makes the odd clips that no service serves on purpose. Committed, so that only a change of them needs ffmpeg.
set -eu
cd "$(dirname "$0")"
exact="-map_metadata -1 -fflags +bitexact -flags:v +bitexact -flags:a +bitexact"
sound="-f lavfi -i sine=frequency=440:sample_rate=44100:duration=3 -c:a aac -ac 1 -b:a 8k"
run() { ffmpeg -nostdin -hide_banner -loglevel error -y "$@"; }

run $sound $exact sound-only.mp4
run -f lavfi -i testsrc=size=64x64:rate=30 -frames:v 1 -c:v libx264 -profile:v main -pix_fmt yuv420p $exact one-frame.mp4
# One picture, then three seconds of sound behind it.
run -i one-frame.mp4 -i sound-only.mp4 -map 0:v -map 1:a -c copy -movflags +faststart $exact frozen.mp4
# HEVC without sound: nothing in it that a browser without HEVC could play.
run -f lavfi -i testsrc=size=64x64:rate=30:duration=0.5 -c:v libx265 -tag:v hvc1 -pix_fmt yuv420p \
  -x265-params info=0:log-level=error:pools=1:frame-threads=1 -movflags +faststart $exact hevc-silent.mp4
rm one-frame.mp4
