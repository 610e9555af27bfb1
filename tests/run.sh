#!/bin/bash
# run.sh: the whole test suite, on every database that can be had here. Arguments go to `cargo test --workspace`.
#
# Servers come from tests/servers.sh, which see; those that this run starts, it stops. NUAGES_REQUIRE="postgres mariadb"
# makes a missing server a failure; without it, what was skipped is named at the end.
set -u
cd "$(dirname "$0")/.." || exit 1

steps=()
# timed NAME COMMAND...: runs COMMAND and notes how long it took and whether it succeeded.
timed() {
    local name=$1 from=$SECONDS outcome=ok; shift
    "$@" || outcome=FAILED
    steps+=("$(printf '%-24s %5d s  %s' "$name" $((SECONDS - from)) "$outcome")")
    [ "$outcome" = ok ]
}

servers() {
    local lines
    lines=$(tests/servers.sh up)
    eval "$lines"
}

finish() {
    rm -f "$log"
    [ -z "${NUAGES_STARTED:-}" ] || tests/servers.sh down $NUAGES_STARTED
}

missing=()
required_missing() {
    local name variable absent=0
    for name in postgres mariadb mysql; do
        variable=TEST_${name^^}_URL
        [ -n "${!variable:-}" ] && continue
        missing+=("$name")
        [[ " ${NUAGES_REQUIRE:-} " == *" $name "* ]] && absent=1
    done
    [ "$absent" = 0 ]
}

# What cargo test says, kept for the summary.
log=$(mktemp)
trap finish EXIT
tests() {
    cargo test --workspace --no-fail-fast "$@" 2>&1 | tee "$log"
    return "${PIPESTATUS[0]}"
}

# The seconds of each test binary, from the log.
binaries() {
    sed -nE 's/^ +(Running|Doc-tests) ([^(]*).*(deps\/([a-z_]+)-).*/at \4 \2/p; s/^ +Doc-tests (.*)/at \1 examples/p; s/^test result.* ([0-9]+) passed; ([0-9]+) failed; ([0-9]+) ignored.*finished in ([0-9.]+)s/done \1 \2 \3 \4/p' "$log" |
        awk '$1 == "at" { name = $2 " " $3 " " $4 } $1 == "done" && $2 + $3 + $4 > 0 { printf "  %-34s %7.2f s  %4d passed %3d failed %3d ignored\n", name, $5, $2, $3, $4 }'
}

failed=0
timed servers servers
required_missing || { echo "run.sh: required but not to be had: $NUAGES_REQUIRE (missing: ${missing[*]})" >&2; failed=1; }
if timed build cargo test --workspace --no-run "$@"; then
    timed tests tests "$@" || failed=1
else
    failed=1
fi

echo
echo "== tests/run.sh =="
printf '%s\n' "${steps[@]}"
binaries
for name in postgres mariadb mysql; do
    variable=TEST_${name^^}_URL
    [ -n "${!variable:-}" ] && printf '%-24s %s\n' "$name" "$(sed 's|//\([^:@/]*\):[^@]*@|//\1:…@|' <<<"${!variable}")"
done
grep -h '^SKIPPED' "$log" | sed 's/^/!!!! /'
if [ ${#missing[@]} != 0 ]; then
    echo "!!!! SKIPPED, no server: ${missing[*]}"
    echo "!!!! set TEST_POSTGRES_URL, TEST_MARIADB_URL, TEST_MYSQL_URL, or see tests/servers.sh for how one is started"
fi
[ "$failed" = 0 ] && echo "all passed" || echo "FAILED"
exit "$failed"
