#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The demo: a real MPEG-TS stream (H.264 and AAC, about 5 Mbit/s) through `plait lab` over three
# emulated links that change, lose packets and fail, into a file that must play without one error.
# While it runs its dashboard is open. Everything stays on this machine.
# Usage: tools/demo.sh [PATH-TO-PLAIT]; DEMO_HTTP=ADDR:PORT for another address of the dashboard
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
plait=${1:-$top/build/cli/plait}
seconds=${DEMO_SECONDS:-25}
http=${DEMO_HTTP:-127.0.0.1:8080}
work=${DEMO_DIR:-$(mktemp -d "${TMPDIR:-/tmp}/plait-demo.XXXXXX")}
mkdir -p "$work"

for tool in ffmpeg ffprobe; do
    command -v "$tool" >/dev/null 2>&1 || {
        echo "demo: $tool is missing; run: make demo (it installs what is needed)" >&2
        exit 1
    }
done
[ -x "$plait" ] || {
    echo "demo: $plait is missing; run: make demo (it builds it)" >&2
    exit 1
}

echo "1/3  ffmpeg makes $seconds seconds of television: H.264, AAC, 5 Mbit/s"
ffmpeg -hide_banner -loglevel error -y \
    -f lavfi -i "testsrc2=size=1280x720:rate=30" \
    -f lavfi -i "sine=frequency=440:sample_rate=48000" \
    -t "$seconds" -c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p \
    -b:v 4500k -minrate 4500k -maxrate 4500k -bufsize 2250k -x264-params nal-hrd=cbr -g 60 \
    -c:a aac -b:a 128k -f mpegts -muxrate 5000k "$work/sent.ts"

# Another program may have the port: then any free one does, and the line of the lab says which.
python3 -c 'import socket, sys
host, port = sys.argv[1].rsplit(":", 1)
socket.create_server((host, int(port)))' "$http" 2>/dev/null || http=127.0.0.1:0
echo "2/3  plait sends it over three weak links and puts it together again; while it runs, look at"
echo "     http://$http/"
"$plait" lab --in "file:$work/sent.ts" --out "file:$work/received.ts" \
    --stats "$work/stats.jsonl" --http "$http"

echo "3/3  ffmpeg reads what came out"
# Every packet is read and every frame decoded; whatever is wrong (a missing continuity counter, a
# damaged frame) is a line in the log.
ffmpeg -hide_banner -nostats -loglevel warning -fflags +discardcorrupt -i "$work/received.ts" \
    -map 0 -f null - >"$work/decode.log" 2>&1 || true
ffprobe -loglevel warning -count_packets -show_entries stream=codec_name,nb_read_packets \
    -of compact=p=0:nk=1:s=, "$work/received.ts" >"$work/probe.csv" 2>"$work/probe.log" || true

failed=0
if [ -s "$work/decode.log" ] || [ -s "$work/probe.log" ]; then
    echo "demo: ffmpeg has something to say about the received stream:"
    head -n 10 "$work/decode.log" "$work/probe.log"
    failed=1
fi
if ! cmp -s "$work/sent.ts" "$work/received.ts"; then
    echo "demo: the received stream is not the sent one, byte for byte:" \
        "$(cmp "$work/sent.ts" "$work/received.ts" 2>&1 || true)"
    failed=1
fi
if [ "$failed" -ne 0 ]; then
    echo "demo: FAILED; everything is kept in $work"
    exit 1
fi
echo
packets=$(grep . "$work/probe.csv" | sort -u | tr ',\n' '  ')
echo "Received: ${packets}packets, not one continuity or decode error,"
echo "byte for byte what was sent ($(wc -c <"$work/received.ts") bytes). Watch it:"
echo "  ffplay $work/received.ts"
echo "More of the dashboard, with links that come and go, until Ctrl-C:"
echo "  $plait lab --http $http"
