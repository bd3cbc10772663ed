# shellcheck shell=bash
# Sourced by cluster/testbed: drills over several nodes. Like those of cluster/drills.d, with two more things at hand: `on NODE COMMAND...`,
# and the link of a node (`ip -n "$id-NODE" link set eth0 down`).

percept="${PERCEPT:-$root/.build/release/percept}"
bundle="$root/.build/release/PerceptPackageTests.xctest"

# Ranks 0 and 1 (learner and controller, rollout) on node 1, 2 and 3 (rollout, judge) on node 2, 4 (judge) on node 3.
on_nodes=(--placement learner=1,rollout=2,judge=2)

run_drills() {
    local names=("$@") name folder line failures=0 table=()
    ((${#names[@]} > 0)) || names=(ranks digits early node_killed controller_node_killed cut_short cut_long cut_off capped doorbell)
    for name in "${names[@]}"; do declare -F "bed_$name" >/dev/null || fail "there is no drill $name (see --help)" 2; done
    [[ -x "$percept" && -x "$bundle" ]] || fail "run: swift build -c release --build-tests" 2
    reference="$bed/reference"
    # The run that all others must equal: on one machine, without network.
    (
        unset PERCEPT_HOSTFILE OMPI_MCA_plm_rsh_agent OMPI_MCA_btl_tcp_if_include OMPI_MCA_oob_tcp_if_include
        make_reference "$reference"
    ) || fail "the run on one machine failed"
    echo "reference | one machine, $DRILL_STEPS steps | - | $(cat "$reference/seconds") s in all"
    # shellcheck disable=SC2034  # read in common.sh
    launch_prefix=("$bed/on" 1)
    for name in "${names[@]}"; do
        folder="$bed/$name"
        mkdir "$folder"
        if line="$("bed_$name" "$folder")"; then :; else
            failures=$((failures + 1))
            line="${line:-$name | - | - | -}"
            # What a drill has put up it may have left.
            restore_links
        fi
        echo "$line"
        table+=("$line")
    done
    echo
    {
        echo "drill | what was done | result | seconds lost"
        printf '%s\n' "${table[@]}"
    } | column -t -s '|' -o '|'
    ((failures == 0)) || fail "$failures of ${#names[@]} drills failed"
}

restore_links() {
    local node
    for ((node = 1; node <= nodes; node++)); do
        ip -n "$id-$node" link set eth0 up
        tc -n "$id-$node" qdisc del dev eth0 root 2>/dev/null || true
    done
}

# no_restart NAME RUN: whether the run went on by itself.
no_restart() {
    if grep -q 'percept launch: .*; restart ' "$2.log"; then
        echo "$1: the launcher had to restart the run" >&2
        return 1
    fi
}

# The compatibility suite of the transports, one rank a node.
bed_ranks() {
    local log="$1/log"
    on 1 timeout --kill-after=10 240 mpirun -n 3 --hostfile "$bed/hosts" --map-by node --bind-to none --mca mpi_yield_when_idle 0 \
        -x OPENBLAS_NUM_THREADS -x SWIFT_BACKTRACE "$bundle" --testing-library swift-testing --filter 'ClusterTests\.ClusterTests' \
        </dev/null >"$log" 2>&1 || {
        tail -n 40 "$log" >&2
        return 1
    }
    # Each rank says how many tests it ran; a run that tested nothing must not pass.
    [[ "$(grep -a -c 'Test run with [1-9][0-9]* tests\? .*passed' "$log")" == 3 ]] || {
        tail -n 40 "$log" >&2
        return 1
    }
    echo "ranks | ClusterTests, 3 ranks on 3 nodes: $(grep -a -m 1 -o 'Test run with [0-9]* tests' "$log") | passed | -"
}

bed_digits() {
    local began=$EPOCHREALTIME
    launch_small "$1/run" "${on_nodes[@]}"
    result digits "roles on 3 nodes, nothing disturbed" "$1/run" "$began"
}

# begin NAME RUN [ARGUMENTS]: starts a run and waits until it is under way.
begin() {
    start_small "$2" "${on_nodes[@]}" "${@:3}"
    wait_until "step 5 of $2" has_step "$2" 5
}

# finish_run NAME RUN: waits for its end.
finish_run() {
    wait_job || {
        echo "$1: the launcher ended with code $?" >&2
        tail -n 30 "$2.log" >&2
        return 1
    }
}

bed_node_killed() {
    local run="$1/run" began=$EPOCHREALTIME pid killed=0
    begin node_killed "$run" || return 1
    for pid in $(ip netns pids "$id-2"); do
        kill -KILL "$pid" 2>/dev/null && killed=$((killed + 1))
    done
    finish_run node_killed "$run" && no_restart node_killed "$run" || return 1
    result node_killed "kill -9 of all $killed processes of node 2 (daemon, rollout, judge)" "$run" "$began"
}

# A rank on another node than the launcher's ends before MPI is up: nobody sees its process end.
bed_early() {
    local run="$1/run" began=$EPOCHREALTIME pid="" found
    start_small "$run" "${on_nodes[@]}" --set cluster.worker_deadline_seconds=4
    for ((found = 0; found < 500; found++)); do
        pid="$(ip netns pids "$id-2" | while read -r pid; do
            [[ "$(cat "/proc/$pid/comm" 2>/dev/null)" == percept ]] && echo "$pid" && break
        done)" || true
        [[ -z "$pid" ]] || break
        sleep 0.02
    done
    kill -KILL "$pid" || return 1
    finish_run early "$run" || return 1
    grep -q -E 'percept launch: rank [23] .*; restart 1 of ' "$run.log" || {
        grep -a 'percept launch' "$run.log" >&2
        return 1
    }
    found="$(sed -n 's/.*percept launch: \(rank [23] [^(:]*[a-z0-9]\).*/\1/p' "$run.log" | head -n 1)"
    result early "kill -9 of a rank of node 2 in its first moments, worker deadline 4 s: $found" "$run" "$began"
}

# The controller is on another node than the launcher, which can only miss its signs of life; the node comes back at once.
bed_controller_node_killed() {
    local run="$1/run" began=$EPOCHREALTIME pid
    # mpirun fills its own host first, if it may use that.
    printf '%s slots=3\n' "$(address "$nodes")" "$(address 2)" >"$bed/hosts-without-first"
    begin controller_node_killed "$run" --hostfile "$bed/hosts-without-first" --set cluster.stall_deadline_seconds=10 || return 1
    for pid in $(ip netns pids "$id-$nodes"); do kill -KILL "$pid" 2>/dev/null || true; done
    finish_run controller_node_killed "$run" || return 1
    result controller_node_killed "kill -9 of all processes of node $nodes: learner, controller, rollouts; stall deadline 10 s" \
        "$run" "$began" || return 1
    grep -q 'percept launch: .*; restart 1 of ' "$run.log" || {
        echo "controller_node_killed: the launcher did not restart anything" >&2
        return 1
    }
}

# cut_link NODE SECONDS: the node's link is down for a while.
cut_link() {
    ip -n "$id-$1" link set eth0 down
    sleep "$2"
    ip -n "$id-$1" link set eth0 up
}

bed_cut_short() {
    local run="$1/run" began=$EPOCHREALTIME
    begin cut_short "$run" --set cluster.worker_deadline_seconds=20 || return 1
    cut_link 3 4
    finish_run cut_short "$run" && no_restart cut_short "$run" || return 1
    result cut_short "link of node 3 (a judge) down for 4 s, worker deadline 20 s" "$run" "$began"
}

# cut_beyond NAME FOLDER SECONDS DEADLINE: the link of node 3 is down for longer than the worker deadline; its work goes to others.
cut_beyond() {
    local name="$1" run="$2/run" began=$EPOCHREALTIME before after came="was not heard again"
    begin "$name" "$run" --set "cluster.worker_deadline_seconds=$4" || return 1
    before="$(last_step "$run")"
    cut_link 3 "$3"
    after="$(last_step "$run")"
    finish_run "$name" "$run" && no_restart "$name" "$run" || return 1
    grep -q 'is back' "$run.log" && came="was heard again"
    result "$name" "link of node 3 (a judge) down for $3 s, worker deadline $4 s: steps $before to $after meanwhile, it $came" \
        "$run" "$began"
}

last_step() { digests "$1" | tail -n 1 | cut -d ' ' -f 1; }

# A rank waits twice the deadline for the controller: after the first of these cuts it is still there, after the second it has ended.
bed_cut_long() { cut_beyond cut_long "$1" 6 5; }
bed_cut_off() { cut_beyond cut_off "$1" 12 3; }

# Each node's link is capped to 10 Mbit/s.
bed_capped() {
    local run="$1/run" began=$EPOCHREALTIME node free capped
    for ((node = 1; node <= nodes; node++)); do
        tc -n "$id-$node" qdisc add dev eth0 root tbf rate 10mbit burst 128k latency 1s
    done
    launch_small "$run" "${on_nodes[@]}" --set cluster.worker_deadline_seconds=20
    restore_links
    capped="$(mean_step "$run")"
    free="$(mean_step "$reference")"
    result capped "links capped to 10 Mbit/s: $capped s a step, $free on one machine" "$run" "$began"
}

mean_step() {
    sed -n 's/.*"timing_s\/step":\([0-9.]*\).*/\1/p' "$1/metrics.jsonl" | awk '{ s += $1 } END { printf "%.2f", s / NR }'
}

# A message to an idle rank of another node: with a doorbell that it hears, and with one that listens to its own host alone.
bed_doorbell() {
    local with without
    with="$(idle_round_trip)" && without="$(idle_round_trip -x PERCEPT_DOORBELL=127.0.0.1)" || return 1
    awk -v a="$with" -v b="$without" 'BEGIN {
        printf "doorbell | idle round trip between nodes: %d us, with doorbells on loopback %d us | %s | -\n", a, b,
            (a < b ? "faster" : "not faster")
        exit !(a < b)
    }'
}

idle_round_trip() {
    on 1 timeout --kill-after=10 240 mpirun -n 2 --hostfile "$bed/hosts" --map-by node --bind-to none --mca mpi_yield_when_idle 0 "$@" \
        "$percept" bench machine --json </dev/null 2>"$bed/bench.log" | sed -n 's/.*"idle_round_trip_us" *: *\([0-9.]*\).*/\1/p' |
        grep . || {
        cat "$bed/bench.log" >&2
        return 1
    }
}
