# shellcheck shell=bash
# A test is a function whose name is a promise; it fails by failing a command. `run_checks` runs every function named
# on its command line in a subshell and says, last, how many kept their promise.

run_checks() {
    local check passed=0 failed=0 log
    log="$(mktemp)"
    for check in "$@"; do
        # A subshell of a condition ignores `set -e`; a process of its own does not.
        set +e
        (
            set -Eeuo pipefail
            trap 'printf "line %d: %s\n" "$LINENO" "$BASH_COMMAND"' ERR
            "$check"
        ) >"$log" 2>&1
        local status=$?
        set -e
        if [ "$status" -eq 0 ]; then
            printf 'passed  %s\n' "$check"
            passed=$((passed + 1))
        else
            printf 'FAILED  %s\n' "$check"
            sed 's/^/    | /' "$log"
            failed=$((failed + 1))
        fi
    done
    rm -f "$log"
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ]
}

# eventually SECONDS COMMAND...: the command succeeds before the time is over.
eventually() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        if [ "$SECONDS" -ge "$end" ]; then
            printf 'never became true: %s\n' "$*"
            return 1
        fi
        sleep 0.05
    done
}

# The command must fail. (A mere `! command` is not noticed by `set -e`.)
refused() {
    if "$@"; then
        printf 'was not refused: %s\n' "$*"
        return 1
    fi
}
