#!/bin/bash
# counts.sh [--update]: instructions of the hot paths, which a noisy machine does not change, against those in
# counts.json. More than the margin above one fails; more than the margin below asks for --update, which writes them.
#
# A path's count is that of 60 runs less that of 20, by 40: what happens once does not matter. The programs are those of
# the debug profile, which CI has built anyway. Another compiler counts otherwise, so its figures are only shown.
set -eu
cd "$(dirname "$0")/.."

margin=15
figures=benches/counts.json
paths=(build get all related prefetch in update insert)

if ! command -v valgrind >/dev/null; then
    echo "SKIPPED: instructions are not counted, since there is no valgrind here (apt-get install valgrind)" >&2
    exit 0
fi
cargo build --quiet --locked --workspace --example hot_paths
program=${CARGO_TARGET_DIR:-target}/debug/examples/hot_paths
compiler=$(rustc --version)

# instructions PATH TIMES
instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$1" "$2" 2>&1 |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

# known KEY: what is committed for it, or nothing.
known() { [ ! -f "$figures" ] || sed -n "s/^ *\"$1\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" "$figures"; }

counted=() failed=0
same=$([ "$(known compiler)" = "$compiler" ] && echo yes || echo no)
printf '%-10s %12s %12s\n' path counted committed
for path in "${paths[@]}"; do
    few=$(instructions "$path" 20)
    many=$(instructions "$path" 60)
    [ -n "$few" ] && [ -n "$many" ] || { echo "$path does not run under valgrind" >&2; exit 1; }
    count=$(((many - few) / 40))
    before=$(known "$path")
    note=
    if [ -z "$before" ]; then
        note="not committed" failed=1
    elif [ $((count * 100)) -gt $((before * (100 + margin))) ]; then
        note="SLOWER by $((count * 100 / before - 100)) %" failed=1
    elif [ $((count * 100)) -lt $((before * (100 - margin))) ]; then
        note="faster by $((100 - count * 100 / before)) %: commit it with benches/counts.sh --update"
    fi
    printf '%-10s %12d %12s  %s\n' "$path" "$count" "$before" "$note"
    counted+=("  \"$path\": $count")
done

if [ "${1:-}" = --update ]; then
    { echo "{"; echo "  \"compiler\": \"$compiler\","; (IFS=$'\n'; echo "${counted[*]}") | sed '$!s/$/,/'; echo "}"; } >"$figures"
elif [ "$same" = no ]; then
    echo "not compared: the committed counts are of $(known compiler), and this is $compiler" >&2
else
    exit "$failed"
fi
