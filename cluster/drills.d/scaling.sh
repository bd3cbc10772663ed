# shellcheck shell=bash
# Drills: judges and rollouts come and go by `percept scale`, and operators look on.

drill_scale() {
    local run="$1/run" began=$EPOCHREALTIME
    start_at_step "$run" 1 --placement learner=1,rollout=1,judge=1 --set rollout.problems_per_step=5 || return 1
    {
        "$percept" scale "$run" --judges +2 && "$percept" scale "$run" --rollouts +1 && "$percept" scale "$run" --judges -1
    } >"$1/scale.log" 2>&1 || {
        cat "$1/scale.log" >&2
        return 1
    }
    finish scale "scale --judges +2, --rollouts +1, --judges -1 ($(grep -o 'done after [0-9.]* s' "$1/scale.log" | sed 's/done after //' | paste -s -d , | sed 's/,/, /g'))" \
        "$run" "$began" "a rank joins" "a rank has left"
}

# Ranks that joined late are lost like others.
drill_scaled_judge_killed() {
    local run="$1/run" began=$EPOCHREALTIME pid
    start_at_step "$run" 1 --placement learner=1,rollout=1,judge=1 || return 1
    "$percept" scale "$run" --judges +1 --rollouts +1 >"$1/scale.log" 2>&1 || {
        cat "$1/scale.log" >&2
        return 1
    }
    for pid in $(pgrep -f "percept train $run/config.json .*--recruit"); do kill -KILL "$pid"; done
    finish scaled_judge_killed "kill -9 of a judge and a rollout worker that percept scale had started" "$run" "$began" "a rank is silent"
}

# What can't be done is refused with the reason, and changes nothing.
drill_scale_refused() {
    local run="$1/run" began=$EPOCHREALTIME code=0
    start_at_step "$run" 1 --placement learner=1,rollout=1,judge=1 || return 1
    "$percept" scale "$run" --judges -1 >"$1/scale.log" 2>&1 || code=$?
    [[ "$code" == 2 ]] && grep -q 'at least one must stay' "$1/scale.log" || {
        echo "scale_refused: code $code, $(cat "$1/scale.log")" >&2
        return 1
    }
    code=0
    "$percept" scale "$run" --judges +1 --hosts no-such-host.invalid >"$1/scale.log" 2>&1 || code=$?
    [[ "$code" == 2 ]] && grep -q 'no-such-host.invalid' "$1/scale.log" || {
        echo "scale_refused: code $code, $(cat "$1/scale.log")" >&2
        return 1
    }
    finish scale_refused "scale below one judge, and to a host that does not answer: refused" "$run" "$began" "a scale request is refused"
}

# mpirun stands still, so that nothing can be started in the place of a judge that is lost: the run goes on with the other one. What ranks say
# meanwhile is lost: mpirun would pass it on.
drill_respawn_halted() {
    local run="$1/run" began=$EPOCHREALTIME pid
    start_at_step "$run" 1 --set cluster.respawn=true || return 1
    kill -STOP "$(mpirun_pid)" && pid="$(rank_pid "$run" 3)" && kill -KILL "$pid" || return 1
    finish respawn_halted "mpirun stopped for good, then kill -9 of a judge that is to be replaced" "$run" "$began"
}

# A rank that hangs as it starts holds the first rank's MPI: the run names it, ends, and is started again.
drill_recruit_hangs() {
    local run="$1/run" began=$EPOCHREALTIME pid="" attempt pattern
    start_at_step "$run" 1 --placement learner=1,rollout=1,judge=1 --set cluster.stall_deadline_seconds=8 \
        --set cluster.absence_deadline_seconds=8 || return 1
    "$percept" scale "$run" --judges +1 >"$1/scale.log" 2>&1 &
    for ((attempt = 0; attempt < 2000; attempt++)); do
        pid="$(pgrep -f "percept train $run/config.json .*--recruit")" && break
        sleep 0.005
    done
    kill -STOP "$pid" || return 1
    wait_job || {
        echo "recruit_hangs: the launcher ended with code $?" >&2
        tail -n 25 "$run.log" >&2
        return 1
    }
    result recruit_hangs "a rank that percept scale starts stops before it has MPI" "$run" "$began" || return 1
    for pattern in 'ranks have been starting for' 'percept launch: .*; restart 1 of '; do
        grep -q -e "$pattern" "$run.log" || {
            echo "recruit_hangs: the log does not say '$pattern'" >&2
            return 1
        }
    done
    # The rank whose MPI was held ends by itself: the launcher need not lose its patience with mpirun.
    ! grep -q 'mpirun is still there' "$run.log" || {
        echo "recruit_hangs: the first rank did not end" >&2
        return 1
    }
}
