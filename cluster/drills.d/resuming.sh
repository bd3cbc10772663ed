# shellcheck shell=bash
# Drills: everything is stopped or killed at every step, in every stage of a save, and goes on; with other numbers of ranks too.

resumed_steps=6

# kill_all RUN: kills -9 the launcher, its mpirun and all ranks of the run.
kill_all() {
    local pid ranks
    ranks="$(pgrep -f "percept train .*(--output|--resume) $1( |\$)" || true)"
    kill -KILL "$job" 2>/dev/null
    for pid in $ranks $(mpirun_pid); do kill -KILL "$pid" 2>/dev/null; done
    wait "$job" 2>/dev/null
    for pid in $ranks; do while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done; done
    return 0
}

# one_record_a_step RUN: the records have each step once, and each step the samples of each of its groups' members once.
one_record_a_step() {
    local steps="$resumed_steps" found
    found="$(digests "$1" | cut -d ' ' -f 1 | paste -s -d ,)"
    [[ "$found" == "$(seq -s , 1 "$steps")" ]] || {
        echo "steps in metrics.jsonl: $found" >&2
        return 1
    }
    found="$(sed -n 's/.*"group":\([0-9]*\),.*"member":\([0-9]*\),.*"step":\([0-9]*\).*/\3 \1 \2/p' "$1/samples.jsonl")"
    [[ "$(wc -l <<<"$found")" == "$((steps * 5 * 4))" && "$(sort <<<"$found" | uniq | wc -l)" == "$((steps * 5 * 4))" ]] || {
        echo "samples.jsonl has $(wc -l <<<"$found") lines, $(sort <<<"$found" | uniq | wc -l) different ones, of $((steps * 5 * 4))" >&2
        return 1
    }
}

# at_every_step FOLDER NAME WHAT HOW STALENESS LEARNERS: a run of six steps that ends HOW (stop or kill) after each of them.
at_every_step() {
    local folder="$1" name="$2" what="$3" how="$4" run="$1/run" began step code last=0 stops=0
    local settings=(--steps "$resumed_steps" --set "training.staleness=$5" --placement "learner=$6,rollout=1,judge=1" --set checkpoint.every=1)
    local reference="$references/staleness-$5"
    [[ -e "$reference/run.end.json" ]] || make_reference "$reference" --steps "$resumed_steps" --set "training.staleness=$5" || return 1
    began=$EPOCHREALTIME
    for ((step = 1; step < resumed_steps; step = last + 1)); do
        rm -f "$run/status.json"
        if ((step == 1)); then start_small "$run" "${settings[@]}"; else start_small "$run" --resume "$run" "${settings[@]}"; fi
        if [[ "$how" == stop ]]; then
            # Asked in a step, a run ends behind it.
            wait_until "the ranks of $run" test -e "$run/status.json" || return 1
            code=0
            kill -TERM "$job"
            wait_job || code=$?
            ((code == 0)) || {
                echo "$name: the launcher ended with code $code after a stop" >&2
                tail -n 20 "$run.log" >&2
                return 1
            }
        else
            wait_until "step $step of $run" has_step "$run" "$step" || return 1
            kill_all "$run" 2>/dev/null
        fi
        last="$(digests "$run" | tail -n 1 | cut -d ' ' -f 1)"
        stops=$((stops + 1))
    done
    # A stop finishes the step under way, so that there may be fewer stops than steps.
    grep -q '"status" *: *"finished"' "$run/run.end.json" 2>/dev/null || launch_small "$run" --resume "$run" "${settings[@]}" || return 1
    result "$name" "$what ($stops times)" "$run" "$began" && one_record_a_step "$run"
}

drill_stop_every_step_0_1() { at_every_step "$1" stop_every_step_0_1 "SIGTERM after every step, staleness 0, 1 learner" stop 0 1; }
drill_stop_every_step_1_2() { at_every_step "$1" stop_every_step_1_2 "SIGTERM after every step, staleness 1, 2 learners" stop 1 2; }
drill_kill_every_step_0_1() { at_every_step "$1" kill_every_step_0_1 "kill -9 of everything after every step, staleness 0, 1 learner" kill 0 1; }
drill_kill_every_step_0_2() { at_every_step "$1" kill_every_step_0_2 "kill -9 of everything after every step, staleness 0, 2 learners" kill 0 2; }
drill_kill_every_step_1_1() { at_every_step "$1" kill_every_step_1_1 "kill -9 of everything after every step, staleness 1, 1 learner" kill 1 1; }
drill_kill_every_step_1_2() { at_every_step "$1" kill_every_step_1_2 "kill -9 of everything after every step, staleness 1, 2 learners" kill 1 2; }

# The rank that commits dies right behind each piece of work of a save; the launcher starts the run again.
drill_save_killed() {
    local stage began run
    for stage in open shard state manifest confirm publish settle tidy; do
        run="$1/$stage"
        began=$EPOCHREALTIME
        PERCEPT_DRILL="kill-at-save:$stage:4" launch_small "$run" --set checkpoint.every=2 || {
            tail -n 20 "$run.log" >&2
            return 1
        }
        grep -q 'percept launch: .*; restart 1 of ' "$run.log" || {
            echo "save_killed: nobody died at '$stage'" >&2
            return 1
        }
        result "save_killed_$stage" "kill -9 in the save of step 4, right after '$stage'" "$run" "$began" || return 1
    done
}

# Each attempt has other ranks than the one before.
drill_other_sizes() {
    local run="$1/run" began=$EPOCHREALTIME step=2 placement
    local placements=(learner=1,rollout=2,judge=2 learner=3,rollout=1,judge=1 learner=2,rollout=3,judge=1 learner=4,rollout=1,judge=2)
    for placement in "${placements[@]}"; do
        if ((step == 2)); then start_small "$run" --placement "$placement"; else start_small "$run" --resume "$run" --placement "$placement"; fi
        wait_until "step $step of $run" has_step "$run" "$step" || return 1
        kill -TERM "$job"
        wait_job || {
            tail -n 20 "$run.log" >&2
            return 1
        }
        step=$((step + 4))
    done
    launch_small "$run" --resume "$run" --placement learner=2,rollout=2,judge=1 || return 1
    result other_sizes "stopped and resumed with 1, 3, 2, 4 and 2 learner ranks, 1 to 3 rollouts, 1 or 2 judges" "$run" "$began"
}
