# shellcheck shell=bash
# Drills: what a run can't do without is killed; the launcher starts it again from its last checkpoint.

# kill_and_finish NAME WHAT RUN PID_COMMAND...: kills -9 what the command prints once step 3 is recorded, and waits for the end.
kill_and_finish() {
    local name="$1" what="$2" run="$3" pid began=$EPOCHREALTIME
    shift 3
    start_small "$run" "${small_extra[@]}"
    wait_until "step 3 of $run" has_step "$run" 3 || return 1
    pid="$("$@")" || {
        echo "$name: nothing to kill" >&2
        return 1
    }
    kill -KILL "$pid"
    wait_job || {
        echo "$name: the launcher ended with code $?" >&2
        tail -n 25 "$run.log" >&2
        return 1
    }
    result "$name" "$what" "$run" "$began" || return 1
    grep -q 'percept launch: .*; restart 1 of ' "$run.log" || {
        echo "$name: the launcher did not restart anything" >&2
        return 1
    }
}

drill_controller_killed() {
    local small_extra=()
    kill_and_finish controller_killed "kill -9 of the controller's rank after step 3" "$1/run" rank_pid "$1/run" 0
}

drill_learner_killed() {
    local small_extra=(--placement learner=2,rollout=1,judge=1)
    kill_and_finish learner_killed "kill -9 of the second of two learner ranks after step 3" "$1/run" rank_pid "$1/run" 1
}

drill_mpirun_killed() {
    local small_extra=()
    kill_and_finish mpirun_killed "kill -9 of mpirun after step 3" "$1/run" mpirun_pid
}

# Before the first checkpoint there is nothing to go on from: the run begins again, in the same folder.
drill_killed_at_start() {
    local run="$1/run" began=$EPOCHREALTIME
    start_small "$run"
    wait_until "the controller's rank of $run" has_rank "$run" 0 || return 1
    kill -KILL "$(mpirun_pid)"
    wait_job || {
        echo "killed_at_start: the launcher ended with code $?" >&2
        tail -n 25 "$run.log" >&2
        return 1
    }
    result killed_at_start "kill -9 of mpirun before the first step" "$run" "$began"
}

# A controller that stands still answers nobody and writes nothing: the launcher ends the job and starts it again.
drill_controller_stopped() {
    local run="$1/run" pid began=$EPOCHREALTIME
    start_small "$run" --set cluster.stall_deadline_seconds=8
    wait_until "step 3 of $run" has_step "$run" 3 || return 1
    pid="$(rank_pid "$run" 0)" || return 1
    kill -STOP "$pid"
    wait_job || {
        echo "controller_stopped: the launcher ended with code $?" >&2
        tail -n 25 "$run.log" >&2
        return 1
    }
    result controller_stopped "SIGSTOP of the controller's rank after step 3" "$run" "$began"
}
