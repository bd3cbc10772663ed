# shellcheck shell=bash
# Drill: a reward of a user's own, in Python, on two judge ranks. The controller is killed and the launcher goes on; then everything is killed and a hand
# goes on from the run folder. Digests are the undisturbed run's, and nothing is asked whose value stands in the log.

# write_reward FOLDER RUN: a configuration with the reward, as FOLDER/own.yaml. The program looks into the run's log before each answer, and leaves a
# line in FOLDER/asked for each question.
write_reward() {
    cat >"$1/reward.py" <<'PYTHON'
import hashlib, json, sys
run, asked = sys.argv[1], sys.argv[2]
for text in sys.stdin:
    line = json.loads(text)
    try:
        known = {json.loads(row)["seed"] for row in open(run + "/rewards.jsonl") if row.endswith("\n")}
    except FileNotFoundError:
        known = set()
    with open(asked, "a") as file: file.write(f"{'again' if line['seed'] in known else 'first'} {line['seed']}\n")
    digest = hashlib.sha256((line["response"] + str(line["seed"])).encode()).digest()
    answer = {"unknown": "an unlucky seed"} if digest[0] < 8 else {"value": digest[1] / 255}
    print(json.dumps({"id": line["id"], **answer}), flush=True)
PYTHON
    {
        cat "$drills_root/configs/digits.yaml"
        [[ -z "$(grep -E '^reward:' "$drills_root/configs/digits.yaml")" ]] || return 1
        cat <<YAML
reward:
  weights: {own: 0.5}
  parts:
    - {name: own, type: process, command: [python3, "$1/reward.py", "$2", "$1/asked"]}
YAML
    } >"$1/own.yaml"
}

# has_values RUN N: whether the log of rewards has so many lines.
has_values() { [[ "$(wc -l <"$1/rewards.jsonl" 2>/dev/null || echo 0)" -ge "$2" ]]; }

drill_own_reward() {
    local folder="$1" run="$1/run" reference="$1/undisturbed" began words code=0 values
    mkdir -p "$folder/a" "$folder/b"
    write_reward "$folder/a" "$reference" || return 1
    write_reward "$folder/b" "$run" || return 1
    # The words of small runs, with the configuration that names the program.
    small_arguments "$reference"
    began=$EPOCHREALTIME
    "$percept" launch "$folder/a/own.yaml" "${words[@]:1}" </dev/null >"$reference.log" 2>&1 || {
        tail -n 25 "$reference.log" >&2
        return 1
    }
    seconds_since "$began" >"$reference/seconds"
    began=$EPOCHREALTIME
    small_arguments "$run"
    "$percept" launch "$folder/b/own.yaml" "${words[@]:1}" </dev/null >"$run.log" 2>&1 &
    job=$!
    wait_until "step 3 of $run" has_step "$run" 3 || return 1
    kill -KILL "$(rank_pid "$run" 0)" || return 1
    wait_until "a restart" grep -q '; restart 1 of ' "$run.log" || return 1
    wait_until "step 7 of $run" has_step "$run" 7 || return 1
    kill_all "$run"
    # The record of a run is a file of a stranger: its command runs only if somebody says so.
    small_arguments "$run" --resume "$run"
    "$percept" launch "$run/config.json" "${words[@]:1}" </dev/null >>"$run.log" 2>&1 || code=$?
    [[ "$code" == 2 ]] && grep -q -e '--allow-commands' "$run.log" || {
        echo "own_reward: a run folder's command was not refused (exit code $code)" >&2
        return 1
    }
    values="$(wc -l <"$run/rewards.jsonl")"
    "$percept" launch "$run/config.json" "${words[@]:1}" --allow-commands </dev/null >>"$run.log" 2>&1 || {
        tail -n 25 "$run.log" >&2
        return 1
    }
    if grep -q '^again' "$folder/b/asked"; then
        echo "own_reward: $(grep -c '^again' "$folder/b/asked") questions were asked whose value stood in the log" >&2
        return 1
    fi
    result own_reward "a reward in Python: kill -9 of the controller, then of all; by hand with $values values logged, \
$(wc -l <"$folder/b/asked") questions for $(wc -l <"$run/rewards.jsonl") values, none that was logged" "$run" "$began" || return 1
    if pgrep -f "$folder/b/reward.py" >/dev/null; then
        echo "own_reward: a program outlived its run" >&2
        return 1
    fi
}
