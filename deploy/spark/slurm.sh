#!/usr/bin/env bash
# Slurm: two arrays of 64 tasks over a shared folder. Submit with: deploy/spark/slurm.sh /shared/work /shared/export/*.gz
set -euo pipefail
here="$(dirname "$(readlink -f "$0")")"
work="$1"
shift
tasks=64
first="$(sbatch --parsable --array="0-$((tasks - 1))" --mem=2G --wrap \
  "$here/by-parts extract \$SLURM_ARRAY_TASK_ID $tasks $(printf '%q ' "$work" "$@")")"
second="$(sbatch --parsable --array="0-$((tasks - 1))" --mem=2G --dependency="afterok:$first" --wrap \
  "$here/by-parts judge \$SLURM_ARRAY_TASK_ID $tasks $(printf '%q' "$work")")"
sbatch --dependency="afterok:$second" --wrap \
  "$here/by-parts collect $tasks $(printf '%q' "$work") > $(printf '%q' "$work/found.ndjson")"
