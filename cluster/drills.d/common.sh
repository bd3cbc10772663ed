# shellcheck shell=bash
# Sourced by the runner of the drills before the files beside it: small runs of the digits task under mpirun, and what drills do to them.
#
# A drill is a function drill_NAME in a file of this folder, called with one argument: a folder that is empty. It prints one line,
#   NAME | what was done | digests equal | seconds lost
# and fails if the digests differ from the undisturbed run's or the run did not end well. The runner has set
#   percept     the program
#   reference   a folder with the undisturbed run (make_reference)

# The repository.
drills_root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
# What stands before the program, such as a command that starts it on another node; it must end as that program.
launch_prefix=()
# Seconds that a drill waits for anything.
drill_limit="${DRILL_LIMIT:-180}"

# The settings of every small run: a step takes some tenths of a second.
small_settings=(
    --set rollout.problems_per_step=5 --set rollout.group_size=4 --set validation.every=0 --set validation.at_start=false
    --set training.tokens_per_micro_batch=700 --set checkpoint.every=2 --set checkpoint.keep=5
    --set cluster.heartbeat_seconds=0.3 --set cluster.worker_deadline_seconds=3 --set cluster.call_deadline_seconds=10
    --set cluster.startup_deadline_seconds=120 --set cluster.shutdown_deadline_seconds=5 --set cluster.stall_deadline_seconds=60
    --steps "${DRILL_STEPS:-12}"
)

# small_arguments RUN [ARGUMENTS]: the words after `percept launch`, in the array `words`. Arguments of the drill win.
small_arguments() {
    local run="$1"
    shift
    words=("$drills_root/configs/digits.yaml" --set "model.policy=$drills_root/configs/models/digits-policy"
        --set "judge.model=$drills_root/configs/models/digits-judge" "${small_settings[@]}")
    [[ " $* " == *" --resume "* ]] || words+=(--output "$run")
    [[ " $* " == *" --placement "* ]] || words+=(--placement learner=1,rollout=2,judge=2)
    words+=("$@")
}

# launch_small RUN [ARGUMENTS]: a small run under `percept launch`, to its end; what it says goes to RUN.log.
launch_small() {
    local words
    small_arguments "$@"
    "${launch_prefix[@]}" "$percept" launch "${words[@]}" </dev/null >>"$1.log" 2>&1
}

# start_small RUN [ARGUMENTS]: the same in the background; `job` is the launcher's process.
start_small() {
    local words
    small_arguments "$@"
    "${launch_prefix[@]}" "$percept" launch "${words[@]}" </dev/null >>"$1.log" 2>&1 &
    job=$!
}

# make_reference RUN [ARGUMENTS]: the undisturbed run, and how long it took.
make_reference() {
    local began=$EPOCHREALTIME
    launch_small "$@" || {
        tail -n 20 "$1.log" >&2
        return 1
    }
    seconds_since "$began" >"$1/seconds"
}

seconds_since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f\n", b - a }'; }

# digests RUN: step, batch and policy of each line of metrics.jsonl.
digests() {
    sed -n 's/^{"step":\([0-9]*\),.*"digest\/batch":"\([0-9a-f]*\)","digest\/policy":"\([0-9a-f]*\)".*/\1 \2 \3/p' "$1/metrics.jsonl"
}

# equal_digests RUN: whether the run has the steps and digests of the undisturbed one; says "equal" or "differ".
equal_digests() {
    local ours theirs
    ours="$(digests "$1" 2>/dev/null)"
    theirs="$(digests "$reference")"
    if [[ -n "$theirs" && "$ours" == "$theirs" ]]; then echo equal; else
        echo differ
        return 1
    fi
}

# result NAME WHAT RUN BEGAN: the drill's line, from the moment BEGAN ($EPOCHREALTIME) on; fails if the run did not finish or digests
# differ.
result() {
    local verdict ended=0 lost
    verdict="$(equal_digests "$3")" || ended=1
    grep -q '"status" *: *"finished"' "$3/run.end.json" 2>/dev/null || {
        verdict="$verdict, not finished"
        ended=1
    }
    lost="$(awk -v all="$(seconds_since "$4")" -v ref="$(cat "$reference/seconds")" 'BEGIN { printf "%.1f", all - ref }')"
    echo "$1 | $2 | digests $verdict | $lost"
    ((ended == 0)) || tail -n 25 "$3.log" >&2
    return "$ended"
}

# rank_pid RUN RANK: the process of a rank of the run on this machine. It may be coming into being: looked for several times.
rank_pid() {
    local attempt
    for attempt in 1 2 3 4 5; do
        find_rank "$@" && return 0
        sleep 0.1
    done
    return 1
}

find_rank() {
    local pid
    for pid in $(pgrep -f "percept train .*(--output|--resume) $1( |\$)"); do
        [[ "$(readlink "/proc/$pid/exe")" == "$(readlink -f "$percept")" ]] || continue
        if tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" | grep -q -x "OMPI_COMM_WORLD_RANK=$2"; then
            echo "$pid"
            return 0
        fi
    done
    return 1
}

# mpirun_pid: the launcher's mpirun.
mpirun_pid() { pgrep -P "$job" -x mpirun; }

# wait_until WHAT COMMAND...: until the command succeeds; fails after drill_limit seconds or if the launcher has ended.
wait_until() {
    local what="$1" end=$((SECONDS + drill_limit))
    shift
    until "$@"; do
        if ((SECONDS > end)) || ! kill -0 "$job" 2>/dev/null; then
            echo "waited in vain for $what" >&2
            return 1
        fi
        sleep 0.05
    done
}

# has_step RUN N: whether step N has been recorded.
has_step() { [[ "$(digests "$1" 2>/dev/null | tail -n 1 | cut -d ' ' -f 1)" -ge "$2" ]] 2>/dev/null; }

has_checkpoint() { [[ -e "$1/checkpoints/$(printf 'step-%06d' "$2")/manifest.json" ]]; }

# has_rank RUN RANK: whether the rank lives.
has_rank() { rank_pid "$@" >/dev/null; }

# wait_job: the launcher's exit code, or 124 if it is not done in time and has to be killed.
wait_job() {
    local end=$((SECONDS + drill_limit)) code=0
    while kill -0 "$job" 2>/dev/null; do
        if ((SECONDS > end)); then
            kill -TERM "$job"
            sleep 1
            kill -TERM "$job"
            sleep 5
            kill -KILL "$job"
            return 124
        fi
        sleep 0.1
    done
    wait "$job" || code=$?
    return "$code"
}
