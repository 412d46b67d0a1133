#!/usr/bin/env bash
# Keeps the processes of one system alive: starts them in order, starts again what dies, stops all in reverse order
# on SIGTERM. Started by deploy/up and deploy/bench through system_supervise; not meant to be typed.
#
#   supervisor.sh DIRECTORY BINARIES          the supervisor
#   supervisor.sh DIRECTORY BINARIES NAME     the keeper of one process, started by the supervisor
set -euo pipefail

# shellcheck source=deploy/lib/system.sh
. "$(dirname "${BASH_SOURCE[0]}")/system.sh"

readonly stop_seconds="${SUPERVISOR_STOP_SECONDS:-15}"
readonly backoff_first_ms=500 backoff_max_ms=10000 healthy_seconds=30
readonly log_bytes_max=$((50 * 1024 * 1024))

tell() { printf '%s supervisor: %s\n' "$(date -u +%H:%M:%S)" "$*"; }

# --- the keeper of one process -------------------------------------------------------------------------------------

child=""
stopping=false

keep() {
    local name="$1" backoff_ms="$backoff_first_ms" started status
    trap stop_child TERM
    # Ctrl-C reaches the whole group of the terminal; the order of stopping is the supervisor's business.
    trap '' INT HUP
    until "$stopping"; do
        rotate_log "$name"
        started="$SECONDS"
        launch "$name"
        # The signal may have come while there was no child to hand it to.
        if "$stopping"; then stop_child; fi
        status=0
        await_child || status=$?
        child=""
        rm -f "$system_directory/$name.pid"
        if "$stopping"; then break; fi
        [ $((SECONDS - started)) -lt "$healthy_seconds" ] || backoff_ms="$backoff_first_ms"
        tell "$name ended ($(reason "$status")) after $((SECONDS - started)) s; starting it again in $(seconds "$backoff_ms") s; log: $system_directory/$name.log"
        # In the background, so that the wait is where a signal finds us.
        sleep "$(seconds "$backoff_ms")" &
        wait $! || true
        backoff_ms=$((backoff_ms * 2 < backoff_max_ms ? backoff_ms * 2 : backoff_max_ms))
    done
}

# A session of its own keeps the terminal's signals away; the death signal stops it when its keeper is killed.
launch() {
    local name="$1"
    (
        trap - TERM INT HUP
        system_export_environment "$name"
        mapfile -t words < <(system_command "$name")
        exec setsid setpriv --pdeathsig TERM -- "${words[@]}"
    ) >>"$system_directory/$name.log" 2>&1 </dev/null &
    child=$!
    printf '%d\n' "$child" >"$system_directory/$name.pid"
}

# `wait` returns early when a trap ran; the process may still be there then.
await_child() {
    local status=0
    while true; do
        status=0
        wait "$child" || status=$?
        kill -0 "$child" 2>/dev/null || return "$status"
    done
}

stop_child() {
    stopping=true
    if [ -z "$child" ] || ! kill -TERM "$child" 2>/dev/null; then return; fi
    if ! wait_until_gone "$child" "$stop_seconds"; then
        tell "process $child did not stop within $stop_seconds s and is killed"
        kill -KILL "$child" 2>/dev/null || true
    fi
}

rotate_log() {
    local log="$system_directory/$1.log"
    if [ -f "$log" ] && [ "$(stat -c %s "$log")" -gt "$log_bytes_max" ]; then mv "$log" "$log.1"; fi
}

reason() {
    if [ "$1" -gt 128 ]; then printf 'signal %s' "$(kill -l "$1")"; else printf 'status %d' "$1"; fi
}

seconds() { printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)); }

# --- our Postgres, which has a supervisor of its own for everything but its own death ------------------------------

postgres_lives() {
    local pid
    pid="$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)" && [ -n "$pid" ] && [ -d "/proc/$pid" ]
}

keep_postgres() {
    local place
    place="$(system_postgres_directory)"
    trap 'stopping=true' TERM
    trap '' INT HUP
    until "$stopping"; do
        if ! postgres_lives "$place"; then
            tell "Postgres is gone; starting it again"
            "$system_root/deploy/postgres" start "$place" >/dev/null 2>&1 || tell "it did not start; its log: $place/log"
        fi
        sleep 1 &
        wait $! || true
    done
    "$system_root/deploy/postgres" stop "$place"
}

# --- the supervisor ------------------------------------------------------------------------------------------------

declare -A keeper_of=() name_of=()

start_keeper() {
    # Descriptor 8 is the lock: a keeper must not hold it for a supervisor that is gone.
    setpriv --pdeathsig TERM -- "${BASH_SOURCE[0]}" "$system_directory" "$system_binaries" "$1" 8>&- &
    keeper_of["$1"]=$!
    name_of[$!]="$1"
}

supervise() {
    local name gone
    trap 'stopping=true' TERM
    trap '' INT HUP
    rm -f "$system_directory/broker.ready"
    if "$system_own_postgres"; then start_keeper postgres; fi
    for name in "${system_processes[@]}"; do
        if "$stopping"; then break; fi
        start_keeper "$name"
        if [ "$name" = broker ]; then await_broker; fi
    done
    until "$stopping"; do
        gone=""
        # Returns when a keeper ends, which it does not do by itself, or when a signal arrives.
        wait -n -p gone || true
        if ! "$stopping" && [ -n "$gone" ] && [ -n "${name_of[$gone]:-}" ]; then
            tell "the keeper of ${name_of[$gone]} is gone; starting it again"
            start_keeper "${name_of[$gone]}"
        fi
    done
    stop_all
}

# The services would come up without a broker too; waiting saves them their first retries.
await_broker() {
    local end=$((SECONDS + 10))
    until [ -s "$system_directory/broker.ready" ] || "$stopping" || [ "$SECONDS" -ge "$end" ]; do
        sleep 0.05
    done
}

stop_all() {
    local i name order=("${system_processes[@]}")
    if "$system_own_postgres"; then order=(postgres "${order[@]}"); fi
    tell "stopping"
    for ((i = ${#order[@]} - 1; i >= 0; i--)); do
        name="${order[i]}"
        [ -n "${keeper_of[$name]:-}" ] || continue
        kill -TERM "${keeper_of[$name]}" 2>/dev/null || true
        while kill -0 "${keeper_of[$name]}" 2>/dev/null; do
            wait "${keeper_of[$name]}" 2>/dev/null || true
        done
    done
    tell "all stopped"
}

main() {
    # Our own Postgres is known by the URL system_prepare found, and by nothing else.
    local prepared_url="${SYSTEM_DATABASE_URL:?}"
    system_open "$1" "$2"
    system_database_url="$prepared_url"
    case "${3:-}" in
    "")
        exec 8>"$system_directory/supervisor.lock"
        flock --nonblock 8 || fail "a supervisor already runs in $system_directory"
        printf '%d\n' "$$" >"$system_directory/supervisor.pid"
        # The pid file stays: whoever waits for our end must not believe in it before our lock is free.
        supervise
        ;;
    postgres) keep_postgres ;;
    *) keep "$3" ;;
    esac
}

main "$@"
