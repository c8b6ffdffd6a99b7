#!/usr/bin/env bash
# Submits a run to Slurm: a plan job, an array of shards that waits for it, and a merge job that waits for the array.
#
#   cluster/submit.sh --shards N --out DIR [--device D] PROGRAM [OPTIONS OF PLAN]
#   cluster/submit.sh --shards N --out DIR [--device D] --missing PROGRAM
#
#   --shards N   into how many array tasks the run is divided; it may differ from submission to submission
#   --out DIR    the folder of the run, on a file system that all nodes share; logs go to DIR.logs
#   --device D   what the program gets as --device (default: gpu, so that a node without a usable GPU fails at once)
#   --missing    the plan is there: only the shards with missing chunks, and the merge
#
# Partition, account, time limit and the like are set as Slurm's own variables, as in
# `export SBATCH_PARTITION=gpu SBATCH_ACCOUNT=lab SBATCH_TIMELIMIT=8:00:00`.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() {
  echo "submit.sh: $*" >&2
  exit 2
}

shards="" out="" missing="" device=gpu
while [ $# -gt 0 ]; do
  case $1 in
    --shards | --out | --device) [ $# -ge 2 ] || fail "$1 needs a value; see --help" ;;
  esac
  case $1 in
    --shards) shards=$2 && shift 2 ;;
    --out) out=$2 && shift 2 ;;
    --device) device=$2 && shift 2 ;;
    --missing) missing=yes && shift ;;
    -h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" && exit ;;
    -*) fail "there is no option $1 before PROGRAM; see --help" ;;
    *) break ;;
  esac
done
[[ $shards =~ ^[1-9][0-9]*$ ]] || fail "--shards: a number of 1 or more is needed, not \`$shards\`"
[ -n "$out" ] || fail "--out DIR is needed"
[ $# -ge 1 ] || fail "which program? For example target/release/exp-lesion"
[ -z "$missing" ] || [ $# = 1 ] || fail "--missing takes no options of the plan, because the plan is fixed"
program=$(command -v "$1") || fail "$1 is not a program; build it first, as in \`cargo build --release -p exp-lesion\`"
shift
command -v sbatch >/dev/null || fail "sbatch is not here; run this on a machine of the cluster"

logs=${out%/}.logs
mkdir -p "$logs"

# All jobs or none: Slurm may accept a plan and refuse an array, for example one that is too large.
jobs=()
withdraw() {
  if [ "$?" = 0 ] || [ ${#jobs[@]} = 0 ]; then return; fi
  if scancel "${jobs[@]}"; then
    echo "submit.sh: not everything could be submitted, so the rest was cancelled: ${jobs[*]}" >&2
  else
    echo "submit.sh: not everything could be submitted, nor the rest be cancelled; do it: scancel ${jobs[*]}" >&2
  fi
}
trap withdraw EXIT

submit() { # log file, then what sbatch takes: prints the job's id
  local id
  # In a command substitution bash would go on after a failure.
  id=$(sbatch --parsable --output="$logs/$1" "${@:2}") || exit 1
  [[ $id =~ ^[0-9]+(\;.*)?$ ]] || { echo "submit.sh: sbatch named no job but \`$id\`" >&2 && exit 1; }
  echo "${id%%;*}"
}

say_limit() { # why an array may have been refused
  local most
  most=$(scontrol show config 2>/dev/null | sed -n 's/^MaxArraySize *= *\([0-9]*\).*/\1/p')
  if [ -n "$most" ] && [ "$shards" -gt "$most" ]; then
    echo "submit.sh: this cluster's arrays have at most $most tasks (MaxArraySize); --shards $most or less fits" >&2
  fi
}

array=0-$((shards - 1))
after=()
if [ -n "$missing" ]; then
  list=$("$program" status --out "$out" --shards "$shards")
  array=$(sed -n 's/^--array=//p' <<<"$list")
else
  plan=$(submit plan-%j.log "$here/gpu.sbatch" "$program" plan --out "$out" --device "$device" "$@")
  jobs+=("$plan")
  echo "plan    $plan"
  # A plan that fails takes the array with it; without this the array would wait for ever.
  after=(--dependency="afterok:$plan" --kill-on-invalid-dep=yes)
fi

before_merge=()
if [ -n "$array" ]; then
  id=$(submit shard-%a.log --array="$array" "${after[@]}" \
    "$here/gpu.sbatch" "$program" run --out "$out" --shard "%a/$shards" --device "$device") || { say_limit; exit 1; }
  jobs+=("$id")
  echo "shards  $id  --array=$array"
  before_merge=(--dependency="afterany:$id")
fi
merge=$(submit merge-%j.log "${before_merge[@]}" "$here/merge.sbatch" "$program" merge --out "$out")
jobs+=("$merge")
echo "merge   $merge"
echo "logs    $logs"
