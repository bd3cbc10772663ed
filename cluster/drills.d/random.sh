# shellcheck shell=bash
# The random drill: three faults a run, of any kind, at any moment from 0.05 s on. What is drawn follows from the seed alone.
#
#   fault  = moment, kind, victim, duration
#   kind   = a process is killed, stopped or sent a signal | a file of the run is cut, repeated, damaged or removed | the disk is full
#            | the clocks of the run's files, or of a whole run, are wrong | the judges' server is away, busy or frozen
#
# A run must end with the digests of the undisturbed one, or within 30 s of the last fault or of the deadline that it meets (20 s), with a
# message that names the cause; resumed without faults, it then must end with those digests. Nothing of it may live on.

random_seed="${DRILL_SEED:-}"
random_minutes="${DRILL_MINUTES:-1.5}"
# Of the runs' own deadlines, and what a run may take behind the later of them.
random_deadline=20
random_grace=30

random_settings=(
    --steps 12 --set checkpoint.keep=3 --set cluster.startup_deadline_seconds="$random_deadline"
    --set cluster.stall_deadline_seconds="$random_deadline" --set cluster.absence_deadline_seconds="$random_deadline"
    --set judge.lease_seconds=10
)

# draw N: a number from 0 to N - 1, in `drawn`. No subshell: it would draw the same number again and again.
draw() { drawn=$(((RANDOM * 32768 + RANDOM) % $1)); }

# draw_of WORD...: one of the words, in `drawn`.
draw_of() {
    local words=("$@")
    draw "$#"
    drawn="${words[drawn]}"
}

# draw_seconds LOW HIGH: hundredths of seconds between the two, in `drawn`.
draw_seconds() {
    draw $(($2 - $1 + 1))
    drawn="$(printf '%d.%02d' $((($1 + drawn) / 100)) $((($1 + drawn) % 100)))"
}

# draw_fault: a line `moment kind victim seconds` in `drawn`.
draw_fault() {
    local moment kind victim="-" seconds
    local kinds=(kill kill kill stop stop halt signal signal lose_launcher mpirun_signal rank_signal cut repeat damage unlink touch)
    ((EUID != 0)) || kinds+=(full full)
    [[ "$random_world" != server ]] || kinds+=(server server server server)
    draw_of "${kinds[@]}"
    kind="$drawn"
    case "$kind" in
        kill) draw_of 0 1 2 3 4 mpirun ;;
        stop) draw_of 0 1 2 3 4 mpirun launcher ;;
        halt) draw_of 0 1 2 3 4 mpirun ;;
        signal) draw_of TERM INT HUP QUIT USR1 USR2 ;;
        mpirun_signal) draw_of TERM INT HUP USR1 USR2 QUIT ;;
        rank_signal) draw_of 0:TERM 1:TERM 0:HUP 2:HUP 0:USR1 3:SEGV 0:ABRT 4:USR2 ;;
        cut | repeat) draw_of metrics.jsonl samples.jsonl verdicts.jsonl ;;
        damage) draw_of byte manifest ;;
        unlink) draw_of lease status.json verdicts.jsonl pictures.json ;;
        touch) draw_of year-ago in-a-year ;;
        # What a server answers decides verdicts: nonsense from it would be another run. So it is away, full or frozen.
        server) draw_of away busy frozen ;;
        *) drawn=- ;;
    esac
    victim="$drawn"
    # Half of them in the first second, where a run begins; what is done to its files, when there are some.
    draw 2
    if ((drawn == 0)) && [[ ! "$kind" =~ ^(cut|repeat|damage|unlink|touch)$ ]]; then draw_seconds 5 100; else draw_seconds 100 "$random_span"; fi
    moment="$drawn"
    draw_seconds 20 600
    seconds="$drawn"
    drawn="$moment $kind $victim $seconds"
}

# newest_checkpoint RUN
newest_checkpoint() { find "$1/checkpoints" -maxdepth 1 -name 'step-??????' 2>/dev/null | sort | tail -n 1; }

# victim_pid RUN VICTIM: the process of a rank, of mpirun, or of the launcher.
victim_pid() {
    case "$2" in
        mpirun) mpirun_pid ;;
        launcher) echo "$job" ;;
        *) find_rank "$1" "$2" ;;
    esac
}

# later SECONDS COMMAND...: undoes a fault after its time; waited for by random_run.
later() {
    local seconds="$1"
    shift
    (
        sleep "$seconds"
        "$@"
    ) >/dev/null 2>&1 &
    undoing+=("$!")
}

# strike RUN KIND VICTIM SECONDS: does it; fails where there is nothing to do it to.
strike() {
    local run="$1" kind="$2" victim="$3" seconds="$4" pid file
    case "$kind" in
        kill | halt | stop)
            pid="$(victim_pid "$run" "$victim")" && [[ -n "$pid" ]] || return 1
            case "$kind" in
                kill) kill -KILL "$pid" ;;
                halt) kill -STOP "$pid" && halted+=("$pid") ;;
                stop) kill -STOP "$pid" && later "$seconds" kill -CONT "$pid" ;;
            esac
            ;;
        signal) kill -"$victim" "$job" && stops=$((stops + 1)) ;;
        lose_launcher) kill -KILL "$job" ;;
        mpirun_signal) pid="$(mpirun_pid)" && kill -"$victim" "$pid" ;;
        rank_signal) pid="$(find_rank "$run" "${victim%:*}")" && kill -"${victim#*:}" "$pid" ;;
        cut) [[ -s "$run/$victim" ]] && truncate -s "-$((1 + 10#${seconds/./} % 300))" "$run/$victim" ;;
        repeat) [[ -s "$run/$victim" ]] && tail -n 1 "$run/$victim" >>"$run/$victim" ;;
        damage)
            file="$(newest_checkpoint "$run")" && [[ -n "$file" ]] || return 1
            if [[ "$victim" == manifest ]]; then rm -f "$file/manifest.json"; else
                file="$(find "$file" -name '*.safetensors' | head -n 1)" && [[ -n "$file" ]] || return 1
                printf '\x55' | dd of="$file" bs=1 seek=$(($(stat -c %s "$file") / 2)) conv=notrunc status=none
            fi
            ;;
        unlink) [[ -e "$run/$victim" ]] && rm -f "$run/$victim" ;;
        touch)
            [[ -e "$run" ]] || return 1
            if [[ "$victim" == year-ago ]]; then find "$run" -exec touch -d '1 year ago' {} +; else find "$run" -exec touch -d '1 year' {} +; fi
            ;;
        full)
            head -c 1G /dev/zero >"$run/../ballast" 2>/dev/null || true
            later "$seconds" rm -f "$run/../ballast"
            ;;
        server) random_server "$victim" "$seconds" ;;
    esac 2>/dev/null
}

# shared_segments: how many of Open MPI's stand in the machine's shared memory.
shared_segments() { find /dev/shm -maxdepth 1 -name 'vader_segment.*' 2>/dev/null | wc -l; }

# rank_pids RUN: all processes of a run but the launcher's.
rank_pids() { pgrep -f "percept train .*(--output|--resume) $1( |\$)"; }

# random_finish RUN SECONDS: waits for the launcher, so long behind the last line that the run writes; its exit code in `code`, 124 if it had to
# be killed.
random_finish() {
    local end=$((SECONDS + $2)) size="" now
    code=0
    while kill -0 "$job" 2>/dev/null; do
        # A slow machine is no hang.
        now="$(stat -c %s "$1/metrics.jsonl" "$1.log" 2>/dev/null)"
        [[ "$now" == "$size" ]] || end=$((SECONDS + $2))
        size="$now"
        if ((SECONDS > end)); then
            for pid in "$job" $(mpirun_pid) $(rank_pids "$1"); do kill -KILL "$pid" 2>/dev/null; done
            wait "$job" 2>/dev/null
            code=124
            return
        fi
        sleep 0.1
    done
    wait "$job" 2>/dev/null || code=$?
}

# random_run FOLDER NUMBER: one run; prints its line, and fails if it does not end as it must.
random_run() {
    local folder="$1" number="$2" run="$1/disk/run" faults=() told="" fault moment kind victim seconds code=0 verdict pid stops=0 undoing=() halted=()
    local began last struck ended drawn segments extra=() clock=() launch_prefix=() servers=() random_judge=() server="" server_port="" server_folder="" reference
    RANDOM=$(((random_seed * 7919 + number) % 32768))
    draw 4
    random_world=plain
    ((drawn != 0)) || random_world=server
    draw 2
    ((drawn == 0)) || extra+=(--set cluster.respawn=true)
    mkdir -p "$folder/disk"
    random_start_world "$folder" || return 1
    # In the time namespace of an attempt the machine has been up for longer.
    draw 4
    if ((drawn == 0 && EUID == 0)); then clock=(unshare --time --monotonic 8000000 --boottime 8000000 --); fi
    for _ in 1 2 3; do
        draw_fault
        faults+=("$drawn")
    done
    ((EUID != 0)) || mount -t tmpfs -o size=160m percept-drill "$folder/disk"
    segments="$(shared_segments)"
    began=$EPOCHREALTIME
    last=0
    launch_prefix=("${clock[@]}")
    start_small "$run" "${random_settings[@]}" "${random_judge[@]}" "${extra[@]}"
    launch_prefix=()
    while read -r moment kind victim seconds; do
        sleep "$(awk -v m="$moment" -v b="$began" -v n="$EPOCHREALTIME" 'BEGIN { d = m - (n - b); print (d > 0 ? d : 0) }')"
        kill -0 "$job" 2>/dev/null || break
        if strike "$run" "$kind" "$victim" "$seconds"; then struck=""; else struck=" (nothing there)"; fi
        last="$(seconds_since "$began")"
        told+="${told:+, }$kind $victim at $last s$struck"
    done < <(printf '%s\n' "${faults[@]}" | sort -n)
    random_finish "$run" $((random_deadline + random_grace + 40))
    ended="$(seconds_since "$began")"
    for fault in "${undoing[@]}"; do wait "$fault" 2>/dev/null; done
    # Who was stopped for good can't end before that.
    for pid in "${halted[@]}"; do kill -CONT "$pid" 2>/dev/null; done
    rm -f "$folder/disk/ballast"
    verdict="$(random_verdict "$run" "$code" "$ended" "$last" "$stops")" || code=-1
    if ((code == -1)); then
        echo "random $random_seed/$number | $told | FAILED: $verdict | $ended s"
        random_end_world "$folder"
        return 1
    fi
    if [[ "$verdict" != equal ]]; then
        random_resume "$run" || {
            echo "random $random_seed/$number | $told | FAILED: $verdict, and then --resume ended with code $? | $ended s"
            random_end_world "$folder"
            return 1
        }
        [[ "$(equal_digests "$run")" == equal ]] || {
            echo "random $random_seed/$number | $told | FAILED: $verdict, and then --resume has other digests | $ended s"
            random_end_world "$folder"
            return 1
        }
        verdict+=", resumed: equal"
    fi
    # A launcher that was killed leaves them to the next one.
    if [[ "$verdict" != "the launcher was killed"* ]] && (($(shared_segments) > segments)); then
        echo "random $random_seed/$number | $told | FAILED: $verdict, but shared memory is left in /dev/shm | $ended s"
        random_end_world "$folder"
        return 1
    fi
    echo "random $random_seed/$number | $told | $verdict | $ended s"
    random_end_world "$folder"
    rm -rf "$folder"
}

# random_resume RUN: what a person would do after a run that did not finish.
random_resume() {
    # Where nothing has begun there is nothing to go on with.
    [[ -e "$1/run.json" ]] || {
        launch_small "$1" "${random_settings[@]}" "${random_judge[@]}"
        return
    }
    launch_small "$1" --resume "$1" "${random_settings[@]}" "${random_judge[@]}" && return
    # All checkpoints are damaged, and the message says what to do.
    grep -a -q 'without them the run begins again: remove' "$1.log" || return 1
    rm -rf "$1/checkpoints"
    launch_small "$1" --resume "$1" "${random_settings[@]}" "${random_judge[@]}"
}

# random_verdict RUN CODE ENDED LAST STOPS: what became of a run; fails if that must not be.
random_verdict() {
    local run="$1" code="$2" ended="$3" last="$4" stops="$5" words end=$((SECONDS + 10))
    ((code != 124)) || {
        echo "it hangs"
        return 1
    }
    while [[ -n "$(rank_pids "$run")" ]]; do
        ((SECONDS < end)) || {
            echo "ranks outlive the launcher: $(rank_pids "$run" | tr '\n' ' ')"
            return 1
        }
        sleep 0.2
    done
    if ((code == 0)) && grep -q -s '"status" *: *"finished"' "$run/run.end.json"; then
        equal_digests "$run" || {
            echo "exit code 0 with other digests"
            return 1
        }
        return
    fi
    if ((code == 137)); then
        echo "the launcher was killed"
        return
    fi
    # A signal that comes before the launcher has begun is the shell's business.
    if ((code > 128)) && ! grep -q '^+ mpirun' "$run.log"; then
        echo "ended by the signal, before anything began"
        return
    fi
    words="$(grep -a '^percept launch: \|^rank [0-9]*: \|^ranks [0-9, ]*: \|^Error: ' "$run.log" | grep -a -v 'once more: at once' | tail -n 1 | cut -c 1-160)"
    [[ -n "$words" ]] || {
        echo "code $code without a word"
        return 1
    }
    if ((code == 0 && stops == 0)); then
        echo "exit code 0, not finished and not asked to stop: $words"
        return 1
    fi
    awk -v e="$ended" -v l="$last" -v g=$((random_deadline + random_grace)) 'BEGIN { exit !(e - l <= g) }' || {
        echo "code $code only after $ended s: $words"
        return 1
    }
    echo "code $code: $words"
}

# start_server FOLDER [PORT]: the judges' server; `server` is its process, `server_port` its port.
start_server() {
    rm -f "$1/port"
    perl "$drills_root/cluster/drills.d/judge-server.pl" "$1/port" "$1/mode" ${2:+"$2"} </dev/null >>"$1/server.log" 2>&1 &
    server=$!
    # The shell need not say that it is killed.
    disown "$server"
    local attempt
    for ((attempt = 0; attempt < 100; attempt++)); do
        [[ ! -s "$1/port" ]] || break
        sleep 0.05
    done
    server_port="$(cat "$1/port")" || return 1
    random_judge=(--set judge.type=endpoint --set "judge.endpoint.base_url=http://127.0.0.1:$server_port/v1" --set judge.endpoint.model=stand-in)
}

# random_server FAULT SECONDS
random_server() {
    case "$1" in
        busy)
            echo busy >"$server_folder/mode"
            later "$2" rm -f "$server_folder/mode"
            ;;
        frozen) kill -STOP "$server" && later "$2" kill -CONT "$server" ;;
        away)
            # The same server, for who asks it: it comes back by itself, at its port.
            kill -KILL "$server"
            later "$2" perl "$drills_root/cluster/drills.d/judge-server.pl" "$server_folder/port" "$server_folder/mode" "$server_port"
            servers+=("${undoing[-1]}")
            unset 'undoing[-1]'
            ;;
    esac
}

# random_references: the undisturbed runs of both worlds, once.
random_references() {
    local random_judge=() server server_port
    random_plain="$references/random-plain" random_served="$references/random-served"
    [[ -e "$random_plain/run.end.json" ]] || make_reference "$random_plain" "${random_settings[@]}" || return 1
    [[ -e "$random_served/run.end.json" ]] || {
        mkdir -p "$references/server"
        start_server "$references/server" && make_reference "$random_served" "${random_settings[@]}" "${random_judge[@]}" || return 1
        kill "$server"
    }
    # Faults fall into the run, and a little behind its end.
    random_span="$(awk -v s="$(cat "$random_plain/seconds")" 'BEGIN { printf "%d", s * 115 }')"
}

# random_start_world FOLDER: what a run of `random_world` needs; sets its reference and settings.
random_start_world() {
    servers=()
    random_judge=()
    reference="$random_plain"
    [[ "$random_world" == server ]] || return 0
    reference="$random_served"
    server_folder="$1"
    start_server "$1" && servers+=("$server")
}

# random_end_world FOLDER: removes what a run needed.
random_end_world() {
    local pid
    for pid in "${servers[@]}"; do
        pkill -KILL -P "$pid" 2>/dev/null
        kill -KILL "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    if mountpoint -q "$1/disk"; then
        # What failed stays to be looked at.
        mkdir -p "$1/kept" && cp -a "$1/disk/." "$1/kept/" 2>/dev/null
        umount "$1/disk"
    fi
    return 0
}

drill_random() {
    local folder="$1" number=0 failed=0 began limit reference
    [[ -n "$random_seed" ]] || random_seed=$(($(date +%s) % 100000))
    limit="$(awk -v m="$random_minutes" 'BEGIN { printf "%d", m * 60 }')"
    echo "random | seed $random_seed, $random_minutes minutes: cluster/drills random --seed $random_seed --minutes $random_minutes |  | "
    random_references || return 1
    began=$SECONDS
    while ((SECONDS - began < limit)); do
        number=$((number + 1))
        # The shell's own words on processes that were killed are nobody's news.
        random_run "$folder/$number" "$number" 2>"$folder/$number.errors" || failed=$((failed + 1))
    done
    echo "random | $number runs of seed $random_seed | $((number - failed)) ended well | $((SECONDS - began))"
    ((failed == 0))
}
