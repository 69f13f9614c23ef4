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

rm -rf "$clips/v" "$clips/hls" "$clips/dash"
mkdir -p "$clips/v" "$clips/hls/fmp4" "$clips/hls/ts" "$clips/dash"

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

# Fragmented, as a live packager leaves a recording: a fragment a second and no index of them, then the same with one (sidx).
make $h264 -b:v 90k -maxrate 110k -bufsize 90k $aac -movflags +frag_keyframe+empty_moov+default_base_moof "$clips/v/clip-fragmented.mp4"
ffmpeg -nostdin -hide_banner -loglevel error -y -i "$clips/v/clip-fragmented.mp4" -c copy -fflags +bitexact \
  -movflags +frag_keyframe+empty_moov+default_base_moof+global_sidx "$clips/v/clip-sidx.mp4"

# DASH: two renditions and the sound, a segment a second, named by a timeline; then the same segments under two more manifests,
# which name them by number and one by one.
dash=$clips/dash
make -filter_complex "[0:v]split[high][half];[half]scale=180:320[low]" \
  -map "[high]" -map "[low]" -map 1:a $h264 $aac -t $seconds \
  -b:v:0 130k -maxrate:v:0 150k -bufsize:v:0 130k -b:v:1 50k -maxrate:v:1 60k -bufsize:v:1 50k \
  -f dash -seg_duration 1 -use_template 1 -use_timeline 1 -adaptation_sets "id=0,streams=0,1 id=1,streams=2" \
  -init_seg_name '$RepresentationID$-init.mp4' -media_seg_name '$RepresentationID$-$Number$.m4s' "$dash/timeline.mpd"
sed -e '/<SegmentTimeline>/,/<\/SegmentTimeline>/d' -e 's/<SegmentTemplate timescale="[0-9]*"/<SegmentTemplate duration="1"/' \
  "$dash/timeline.mpd" >"$dash/number.mpd"
awk '/<Representation /  { match($0, /id="[0-9]+"/); id = substr($0, RSTART + 4, RLENGTH - 5) }
  /<SegmentTemplate /   { print "\t\t\t\t<SegmentList duration=\"1\">"; printf "\t\t\t\t\t<Initialization sourceURL=\"%s-init.mp4\" />\n", id
                          for (n = 1; n <= 4; n += 1) printf "\t\t\t\t\t<SegmentURL media=\"%s-%d.m4s\" />\n", id, n; next }
  /<\/SegmentTemplate>/ { print "\t\t\t\t</SegmentList>"; next }
  { print }' "$dash/number.mpd" >"$dash/list.mpd"

# DASH by whole files, each with an index of its segments in it (SegmentBase).
indexed="-movflags +frag_keyframe+empty_moov+default_base_moof+global_sidx"
make -filter_complex "[0:v]scale=180:320" -an $h264 -b:v 50k -maxrate 60k -bufsize 50k $indexed "$dash/video.mp4"
make -map 1:a $aac -frag_duration 1000000 $indexed "$dash/audio.mp4"
# The first byte of a box, from the four of its type; and its size, from the four before them.
at() { echo $(($(LC_ALL=C grep -abo "$2" "$1" | head -n 1 | cut -d: -f1) - 4)); }
size() { printf '%d' "0x$(od -An -tx1 -j "$(at "$1" "$2")" -N 4 "$1" | tr -d ' ')"; }
base() {
  first=$(at "$1" sidx)
  echo "<BaseURL>$(basename "$1")</BaseURL><SegmentBase indexRange=\"$first-$((first + $(size "$1" sidx) - 1))\"><Initialization range=\"0-$((first - 1))\" /></SegmentBase>"
}
cat >"$dash/base.mpd" <<END
<?xml version="1.0" encoding="utf-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011" type="static" mediaPresentationDuration="PT${seconds}.0S" minBufferTime="PT2.0S">
	<Period>
		<AdaptationSet contentType="video" subsegmentStartsWithSAP="1" subsegmentAlignment="true">
			<Representation id="0" mimeType="video/mp4" codecs="avc1.4d4015" bandwidth="50000" width="180" height="320" frameRate="30/1">
				$(base "$dash/video.mp4")
			</Representation>
		</AdaptationSet>
		<AdaptationSet contentType="audio" subsegmentStartsWithSAP="1" subsegmentAlignment="true">
			<Representation id="1" mimeType="audio/mp4" codecs="mp4a.40.2" bandwidth="32000" audioSamplingRate="48000">
				$(base "$dash/audio.mp4")
			</Representation>
		</AdaptationSet>
	</Period>
</MPD>
END

find "$clips" -type f -exec wc -c {} + | sort -n
