#!/bin/bash
# run.sh [--quick] [--db sqlite,postgres,mariadb,mysql] [--work trivial,…] [--peer nuages,…]: the benchmarks.
#
# Builds every peer (each is a small workspace of its own, with its own lock file) and the runner, finds or starts the
# servers as tests/run.sh does, and measures. Writes benches/results/<db>.json, and from all of them
# book/src/benchmarks.md with its plots. --quick takes few sizes and short measurements: under five minutes once built.
#
# Without --quick, what compiling costs and migrations at scale against Django are measured, too; `--work compile` and
# `--work migrations` are these alone. Django is that of NUAGES_DJANGO_PYTHON, an interpreter, or is installed by pip.
set -eu
cd "$(dirname "$0")/.."

databases=sqlite,postgres,mariadb,mysql
arguments=()
while [ $# != 0 ]; do
    case $1 in
        --quick) arguments+=("$1"); shift ;;
        --db) databases=$2; shift 2 ;;
        --work | --peer) arguments+=("$1" "$2"); shift 2 ;;
        *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
done

target=${CARGO_TARGET_DIR:-target}/benches
mkdir -p "$target"
target=$(cd "$target" && pwd)
missing=()
for peer in benches/peers/*/Cargo.lock; do
    name=$(basename "$(dirname "$peer")")
    echo "building $name" >&2
    CARGO_TARGET_DIR=$target cargo build --quiet --release --locked --manifest-path "${peer%lock}toml" && continue
    # What an earlier run has built is not measured in its place.
    rm -f "$target/release/peer-$name"
    missing+=("the peer $name, which does not build")
done
CARGO_TARGET_DIR=$target cargo build --quiet --release --locked -p nuages-benches

# Servers that this run starts, it stops.
finish() { [ -z "${NUAGES_STARTED:-}" ] || tests/servers.sh down $NUAGES_STARTED; }
trap finish EXIT
wanted=()
for name in postgres mariadb mysql; do
    [[ ",$databases," != *",$name,"* ]] || wanted+=("$name")
done
[ ${#wanted[@]} = 0 ] || eval "$(tests/servers.sh up "${wanted[@]}")"

places=()
[[ ",$databases," != *",sqlite,"* ]] || places+=(sqlite)
for name in "${wanted[@]}"; do
    variable=TEST_${name^^}_URL
    if [ -n "${!variable:-}" ]; then
        places+=("$name=${!variable}")
    else
        missing+=("$name, of which there is no server here")
    fi
done
said() { [ ${#missing[@]} = 0 ] || printf 'LEFT OUT: %s\n' "${missing[@]}" >&2; }
said
failed=0
"$target/release/nuages-benches" --programs "$target/release" --results benches/results --book book/src \
    --db "$(IFS=,; echo "${places[*]}")" "${arguments[@]}" || failed=$?
# Once more, where nobody has to search for it.
said
exit "$failed"
