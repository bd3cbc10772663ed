# shellcheck shell=bash
# Drills: workers die, stand still, are cut off and come back. The run goes on without a restart.

# Ranks of a small run: 0 learner, 1 and 2 rollouts, 3 and 4 judges.

# finish NAME WHAT RUN BEGAN [PATTERN...]: waits for the end, prints the line, and wants each pattern in the log.
finish() {
    local name="$1" what="$2" run="$3" began="$4" pattern
    shift 4
    wait_job || {
        echo "$name: the launcher ended with code $?" >&2
        tail -n 25 "$run.log" >&2
        return 1
    }
    result "$name" "$what" "$run" "$began" || return 1
    for pattern in "$@"; do
        grep -q -e "$pattern" "$run.log" || {
            echo "$name: the log does not say '$pattern'" >&2
            return 1
        }
    done
    ! grep -q 'percept launch: .*; restart 1 of ' "$run.log" || {
        echo "$name: the run was restarted; it should have gone on" >&2
        return 1
    }
}

# status_has RUN PATTERN: whether the run's status shows it.
status_has() { "$percept" status "$1" 2>/dev/null | grep -q -E -e "$2"; }

# started_at_step RUN STEP [ARGUMENTS]: starts a small run and waits for a step.
start_at_step() {
    local run="$1" step="$2"
    shift 2
    start_small "$run" "$@"
    wait_until "step $step of $run" has_step "$run" "$step"
}

drill_kill_judge() {
    local run="$1/run" began=$EPOCHREALTIME
    start_at_step "$run" 2 || return 1
    kill -KILL "$(rank_pid "$run" 3)" || return 1
    finish kill_judge "kill -9 of a judge" "$run" "$began" "a rank is silent"
}

drill_kill_rollout() {
    local run="$1/run" began=$EPOCHREALTIME
    start_at_step "$run" 2 || return 1
    kill -KILL "$(rank_pid "$run" 1)" || return 1
    finish kill_rollout "kill -9 of a rollout worker" "$run" "$began" "a rank is silent"
}

drill_kill_rollouts() {
    local run="$1/run" began=$EPOCHREALTIME
    start_at_step "$run" 2 --placement learner=1,rollout=3,judge=2 || return 1
    kill -KILL "$(rank_pid "$run" 1)" "$(rank_pid "$run" 2)" "$(rank_pid "$run" 5)" || return 1
    finish kill_rollouts "kill -9 of two rollout workers and a judge at once" "$run" "$began" "a rank is silent"
}

drill_kill_before_first_step() {
    local run="$1/run" began=$EPOCHREALTIME
    start_small "$run"
    wait_until "the ranks of $run" status_has "$run" 'step 1 of' || return 1
    kill -KILL "$(rank_pid "$run" 2)" "$(rank_pid "$run" 4)" || return 1
    finish kill_before_first_step "kill -9 of a rollout worker and a judge in step 1" "$run" "$began" "a rank is silent"
}

# Over a slow link weights are on their way for seconds, so that the worker is killed for certain while it takes them.
drill_kill_during_publication() {
    local run="$1/run" began reference="$references/six"
    [[ -e "$reference/run.end.json" ]] || make_reference "$reference" --steps 6 || return 1
    began=$EPOCHREALTIME
    PERCEPT_BANDWIDTH_MBIT=12 start_at_step "$run" 2 --steps 6 || return 1
    wait_until "a publication to rank 2" status_has "$run" 'rollout.install of rank 2' || return 1
    kill -KILL "$(rank_pid "$run" 2)" || return 1
    finish kill_during_publication "kill -9 of a rollout worker while weights are on their way to it, at 12 Mbit/s" "$run" "$began" \
        "a rank is silent"
}

# Every 1.5 seconds somebody dies, and is replaced.
drill_storm() {
    local run="$1/run" began=$EPOCHREALTIME victims=0 pid
    start_at_step "$run" 1 --set cluster.respawn=true --placement learner=1,rollout=2,judge=2 || return 1
    while kill -0 "$job" 2>/dev/null && ((victims < 6)); do
        pid="$("$percept" status "$run" --json | tr -d ' \n' | grep -o '"processID":[0-9]*,"progressSeconds":[0-9.e-]*,"role":"[a-z]*","state":"live"' |
            grep -v learner | shuf -n 1 | sed 's/[^0-9]*\([0-9]*\).*/\1/')"
        [[ -z "$pid" ]] || { kill -KILL "$pid" 2>/dev/null && victims=$((victims + 1)); }
        sleep 1.5
    done
    ((victims >= 3)) || {
        echo "storm: only $victims victims" >&2
        return 1
    }
    finish storm "kill -9 of a random worker every 1.5 s, $victims in all, with respawn" "$run" "$began" "lost ranks are replaced" "a rank joins"
}

drill_stop_and_return() {
    local run="$1/run" began=$EPOCHREALTIME
    start_at_step "$run" 2 || return 1
    kill -STOP "$(rank_pid "$run" 1)" "$(rank_pid "$run" 3)" || return 1
    sleep 1.6
    kill -CONT "$(rank_pid "$run" 1)" "$(rank_pid "$run" 3)"
    finish stop_and_return "SIGSTOP of a rollout worker and a judge for 1.6 s, then SIGCONT (deadline 3 s)" "$run" "$began" \
        "a rank is late" "a silent rank is back"
    ! grep -q "a rank is silent" "$run.log" || {
        echo "stop_and_return: a rank was held for lost within its deadline" >&2
        return 1
    }
}

drill_lost_and_return() {
    local run="$1/run" began=$EPOCHREALTIME
    start_at_step "$run" 2 || return 1
    kill -STOP "$(rank_pid "$run" 1)" "$(rank_pid "$run" 3)" || return 1
    wait_until "their loss" grep -q "a rank is silent" "$run.log" || return 1
    kill -CONT "$(rank_pid "$run" 1)" "$(rank_pid "$run" 3)"
    finish lost_and_return "SIGSTOP beyond the deadline, then SIGCONT: late answers by id" "$run" "$began" "a silent rank is back"
}

drill_respawn() {
    local run="$1/run" began=$EPOCHREALTIME
    start_at_step "$run" 2 --set cluster.respawn=true || return 1
    kill -KILL "$(rank_pid "$run" 2)" "$(rank_pid "$run" 3)" || return 1
    finish respawn "kill -9 of a rollout worker and a judge with cluster.respawn" "$run" "$began" "lost ranks are replaced" \
        "a rank joins .*role=rollout" "a rank joins .*role=judge"
}

drill_judges_gone_respawn() {
    local run="$1/run" began=$EPOCHREALTIME
    start_at_step "$run" 2 --set cluster.respawn=true || return 1
    kill -KILL "$(rank_pid "$run" 3)" "$(rank_pid "$run" 4)" || return 1
    finish judges_gone_respawn "kill -9 of all judges with cluster.respawn" "$run" "$began" "there is no rank of a role" "a rank joins"
}

# Without judges the run waits, says for what, and ends with a checkpoint at its deadline; then it goes on where it stopped.
drill_judges_gone() {
    local run="$1/run" began=$EPOCHREALTIME code=0
    start_at_step "$run" 3 --set cluster.absence_deadline_seconds=4 --set checkpoint.every=0 --max-restarts 0 || return 1
    kill -KILL "$(rank_pid "$run" 3)" "$(rank_pid "$run" 4)" || return 1
    wait_until "the status to say so" status_has "$run" 'held up: no judge rank can take work' || return 1
    wait_job || code=$?
    [[ "$code" == 1 ]] && grep -q '"status" *: *"interrupted"' "$run/run.end.json" && grep -q "no judge rank" "$run/run.end.json" || {
        echo "judges_gone: the run should have been interrupted; code $code" >&2
        cat "$run/run.end.json" >&2
        return 1
    }
    [[ -n "$(ls "$run/checkpoints" 2>/dev/null)" ]] || {
        echo "judges_gone: the interrupted run left no checkpoint" >&2
        return 1
    }
    launch_small "$run" --resume "$run" || return 1
    result judges_gone "kill -9 of all judges: interrupted with a checkpoint after 4 s, then --resume" "$run" "$began"
}
