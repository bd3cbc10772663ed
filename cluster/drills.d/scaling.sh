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
