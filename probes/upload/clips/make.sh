#!/bin/sh
# Makes the videos that uploads are made of. The results are committed: nothing but a change of them needs ffmpeg with libx264.
#
#   sh probes/upload/clips/make.sh
#
# `clip.mp4` is the clip that the reference origin serves: 4 s, 360x640, with sound. `tiny.mp4` is one second of moving
# picture in as few bytes as players still take for a video. Both have their index in front (faststart).
set -eu

cd "$(dirname "$0")"
cp ../../../sandbox/clips/v/clip.mp4 clip.mp4
ffmpeg -nostdin -hide_banner -loglevel error -y -f lavfi -i "testsrc2=size=96x160:rate=10:duration=1" \
  -map_metadata -1 -fflags +bitexact -flags:v +bitexact \
  -c:v libx264 -preset veryslow -profile:v baseline -bf 0 -g 10 -crf 40 -pix_fmt yuv420p -threads 1 \
  -movflags +faststart tiny.mp4
