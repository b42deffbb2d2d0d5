#!/bin/sh
# Makes the four videos of the simulator from ffmpeg's own test patterns. Needed only to change
# them: the results are committed, and neither the simulator nor its tests use ffmpeg.
set -eu
cd "$(dirname "$0")"

make_video() { # file, size, seconds, tone in hertz
	ffmpeg -hide_banner -loglevel error -y \
		-f lavfi -i "testsrc=size=$2:rate=12:duration=$3" \
		-f lavfi -i "sine=frequency=$4:sample_rate=44100:duration=$3" \
		-c:v libx264 -preset veryslow -crf 32 -pix_fmt yuv420p \
		-c:a aac -b:a 32k -ac 1 \
		-map_metadata -1 -fflags +bitexact -flags:v +bitexact -flags:a +bitexact \
		-t "$3" -movflags +faststart "$1"
}

make_video landscape-8s.mp4 1280x720 8 440
make_video landscape-15s.mp4 1280x720 15 550
make_video portrait-8s.mp4 720x1280 8 660
make_video portrait-15s.mp4 720x1280 15 770
