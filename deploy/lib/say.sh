# shellcheck shell=bash
# How the scripts speak: a step, what came of it, what went wrong. One place, so that they all sound alike.

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    say_bold=$'\e[1m' say_dim=$'\e[2m' say_red=$'\e[31m' say_plain=$'\e[0m'
else
    say_bold="" say_dim="" say_red="" say_plain=""
fi

say_step() { printf '%s==> %s%s\n' "$say_bold" "$*" "$say_plain"; }
say() { printf '    %s\n' "$*"; }
say_problem() { printf '%s!!! %s%s\n' "$say_red" "$*" "$say_plain" >&2; }

fail() {
    say_problem "$*"
    exit 1
}

# The end of a log, indented: shown when what writes it did not come up.
say_log_tail() {
    local log="$1" lines="${2:-15}"
    printf '    --- the last lines of %s\n' "$log" >&2
    if [ -s "$log" ]; then
        tail -n "$lines" "$log" | cut -c 1-400 | sed 's/^/    | /' >&2
    else
        printf '    | (empty)\n' >&2
    fi
}

# Runs the command with its output in LOG and shows that it lives: the newest line in place on a terminal, else a
# line now and then. Answers the command's own status; on failure its errors are shown.
say_progress() {
    local log="$1" status
    shift
    set +e
    "$@" 2>&1 </dev/null | tee "$log" | show_newest_line
    status="${PIPESTATUS[0]}"
    set -e
    if [ "$status" -ne 0 ]; then
        grep -E '(^|[^a-z])error:' "$log" | sort -u | head -n 20 | sed 's/^/    | /' >&2 || true
        say_log_tail "$log" 10
    fi
    return "$status"
}

show_newest_line() {
    local line="" started="$SECONDS" shown=-100 status columns
    columns="$(tput cols 2>/dev/null || echo 80)"
    while true; do
        # A linker says nothing for a long while: the time-out lets us speak for it.
        status=0
        IFS= read -r -t 5 line || status=$?
        # Above 128 is the time-out; anything else is the end.
        if [ "$status" -ne 0 ] && [ "$status" -le 128 ]; then break; fi
        if [ -t 1 ]; then
            printf '\r\e[K    %s%4d s  %s%s' "$say_dim" $((SECONDS - started)) "${line:0:columns-14}" "$say_plain"
        elif [ $((SECONDS - shown)) -ge 15 ]; then
            printf '    %4d s  %s\n' $((SECONDS - started)) "${line:0:100}"
            shown="$SECONDS"
        fi
    done
    if [ -t 1 ]; then printf '\r\e[K'; fi
}
