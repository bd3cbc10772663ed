# shellcheck shell=bash
# Drills: saves that fail, and checkpoints that are damaged.

# A disk that is full: a small file system under the checkpoints.
drill_disk_full() {
    local run="$1/run" began=$EPOCHREALTIME disk="$1/disk" code=0
    mkdir -p "$run" "$disk"
    mount -t tmpfs -o size=60m percept-drill "$disk" 2>/dev/null || {
        echo "disk_full | left out: mounting a small file system needs root |  | "
        return 77
    }
    ln -s "$disk" "$run/checkpoints"
    start_small "$run" --set checkpoint.every=2 --set checkpoint.keep=1
    wait_until "a checkpoint" has_checkpoint "$run" 2 || code=1
    # From now on there is no room.
    head -c 60000000 /dev/zero >"$disk/ballast" 2>/dev/null || true
    wait_until "a save that fails" grep -q "a checkpoint could not be saved" "$run.log" || code=1
    rm -f "$disk/ballast"
    wait_job || code=1
    ((code != 0)) || result disk_full "no room for checkpoints for a while: saves fail loudly, the run goes on" "$run" "$began" || code=1
    umount "$disk"
    return "$code"
}

# A byte of the newest checkpoint is flipped: the one before is taken, and the log says why.
drill_damaged_checkpoint() {
    local run="$1/run" began=$EPOCHREALTIME file newest
    start_at_step "$run" 6 || return 1
    kill -TERM "$job"
    wait_job || return 1
    newest="$(ls -d "$run"/checkpoints/step-?????? | tail -n 1)"
    file="$newest/learner-00-of-01.safetensors"
    printf '\x55' | dd of="$file" bs=1 seek=$(($(stat -c %s "$file") / 2)) conv=notrunc status=none
    "$percept" checkpoint verify "$run" >"$1/verify.log" 2>&1 && {
        echo "damaged_checkpoint: percept checkpoint verify found nothing" >&2
        return 1
    }
    launch_small "$run" --resume "$run" || return 1
    grep -q "a checkpoint can't be used.*$(basename "$newest")" "$run.log" || {
        echo "damaged_checkpoint: the log does not name the damaged checkpoint" >&2
        return 1
    }
    result damaged_checkpoint "a byte of the newest checkpoint flipped, then --resume: the one before is taken" "$run" "$began"
}

# A disk that is full under the records themselves: what the run did could not be told, so it ends, saying why, and is not started again.
drill_records_full() {
    local disk="$1/disk" run="$1/disk/run" began=$EPOCHREALTIME code=0
    mkdir -p "$disk"
    mount -t tmpfs -o size=200m percept-drill "$disk" 2>/dev/null || {
        echo "records_full | left out: mounting a small file system needs root |  | "
        return 77
    }
    if start_at_step "$run" 3 --set checkpoint.keep=2; then
        head -c 1G /dev/zero >"$disk/ballast" 2>/dev/null
        wait_job || code=$?
        rm -f "$disk/ballast"
        if ((code == 1)) && grep -q '"status" *: *"failed"' "$run/run.end.json" && grep -q -E 'percept launch: the run failed: .*(No space left|is the disk full)' "$run.log" &&
            ! grep -q '; restart ' "$run.log"; then
            launch_small "$run" --resume "$run" --set checkpoint.keep=2 && result records_full "no room for records: failed with the cause, then --resume" "$run" "$began"
            code=$?
        else
            echo "records_full: code $code" >&2
            tail -n 25 "$run.log" >&2
            code=1
        fi
    else
        code=1
    fi
    umount "$disk"
    return "$code"
}
