#!/usr/bin/env bash
# Plays the day RUNS times in a row, each another day, with the office's process killed at random moments.
# Usage: tests/kills.sh [RUNS] [KILLS]      (defaults: 20 runs, 8 kills a day besides the planned ones)
set -euo pipefail
cd "$(dirname "$0")/.."

runs=${1:-20}
kills=${2:-8}
cargo build --locked --release --quiet -p sakarkiv-cli
program=${CARGO_TARGET_DIR:-target}/release/sakarkiv

for seed in $(seq 1 "$runs"); do
    if ! output=$("$program" --seed "$seed" --kills "$kills"); then
        printf '%s\n' "$output"
        echo "the day with seed $seed failed; again with: $program --seed $seed --kills $kills --keep DIR"
        exit 1
    fi
    printf 'seed %s: %s\n' "$seed" "$(tail -n 1 <<<"$output")"
done
echo "$runs days in a row went well"
