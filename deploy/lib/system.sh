# shellcheck shell=bash
# One Tidings system in one directory: which processes it has, what is in their environment, how it starts and stops.
# deploy/up and deploy/bench (and any test that likes) build on the functions below and hold no list of their own.
#
#   system_open DIRECTORY BINARIES    name the directory of the state and the one of the executables
#   system_prepare                    ports, secrets, Postgres, schema: all that must be there before a process starts
#   system_start                      start the processes under a supervisor in the background
#   system_wait_until_ready           every /readyz answers, or say who did not and why
#   system_stop                       stop the supervisor, and so everything, in reverse order
#   system_write_env                  DIRECTORY/env, one KEY=value a line
#
# In the directory: ports, secrets (mode 600), env, postgres/, and NAME.log and NAME.pid of each process.
# Servers named in the caller's DATABASE_URL or KAFKA_BOOTSTRAP_SERVERS are used instead of ones of our own.

system_root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
# shellcheck source=deploy/lib/say.sh
. "$system_root/deploy/lib/say.sh"
# shellcheck source=deploy/lib/ports.sh
. "$system_root/deploy/lib/ports.sh"
# shellcheck source=deploy/lib/database-url.sh
. "$system_root/deploy/lib/database-url.sh"

readonly system_services=(ingest-api dispatcher retry-scheduler webhook-receiver monitor alerter)
# In the order of their start; stopped in reverse.
system_processes=(broker providers "${system_services[@]}")
readonly system_port_names=(broker providers smtp "${system_services[@]}")

system_open() {
    mkdir -p "$1"
    system_directory="$(cd "$1" && pwd)"
    system_binaries="$2"
    system_own_postgres=true
    [ -z "${DATABASE_URL:-}" ] || system_own_postgres=false
    if [ -n "${KAFKA_BOOTSTRAP_SERVERS:-}" ]; then
        system_processes=(providers "${system_services[@]}")
    fi
    # Where Postgres runs, as an owner of the tables; its own port is known once it was started.
    system_database_url="${DATABASE_URL:-}"
}

# --- what is there before a process starts -------------------------------------------------------------------------

system_prepare() {
    ports_for "$system_directory/ports" "${system_port_names[@]}"
    system_make_secrets
    if "$system_own_postgres"; then
        system_start_postgres
    fi
    system_migrate
}

# Made once: what is sealed under these keys can be read with nothing else. They are for this machine only.
system_make_secrets() {
    local file="$system_directory/secrets"
    [ -f "$file" ] && return
    (
        umask 077
        {
            printf 'MASTER_KEYS=local1:%s\n' "$(head -c 32 /dev/urandom | base64 -w 0)"
            printf 'META_APP_SECRETS=%s\n' "$(random_hex 16)"
            printf 'WEBHOOK_VERIFY_TOKEN=%s\n' "$(random_hex 16)"
            printf 'CRON_SECRET=%s\n' "$(random_hex 16)"
            printf 'SERVICE_DATABASE_PASSWORD=%s\n' "$(random_hex 16)"
            printf 'PLATFORM_DATABASE_PASSWORD=%s\n' "$(random_hex 16)"
        } >"$file.new"
        mv "$file.new" "$file"
    )
}

random_hex() { od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }

# As root the server runs as the user postgres, who may not be able to enter a clone in root's home.
system_postgres_directory() {
    local written="$system_directory/postgres-directory" place="$system_directory/postgres"
    if [ -f "$written" ]; then
        cat "$written"
        return
    fi
    if [ "$(id -u)" -eq 0 ] && id postgres >/dev/null 2>&1 &&
        ! setpriv --reuid postgres --regid postgres --init-groups test -x "$system_directory"; then
        place="$(mktemp -d /var/lib/tidings.XXXXXX)"
        chmod 755 "$place"
        printf '%s\n' "$place" >"$written"
    fi
    printf '%s\n' "$place"
}

system_start_postgres() {
    local place
    place="$(system_postgres_directory)"
    "$system_root/deploy/postgres" start "$place" >"$system_directory/postgres.start" 2>&1 || {
        say_log_tail "$system_directory/postgres.start"
        fail "Postgres did not start; its log is $place/log"
    }
    rm -f "$system_directory/postgres.start"
    # A Unix socket costs less than a TCP connection for every statement.
    system_database_url="postgresql://postgres@/tidings?host=$(cat "$place/socket")&port=$(cat "$place/port")"
    local maintenance="${system_database_url/\/tidings\?/\/postgres?}"
    if [ "$(psql_url "$maintenance" -Atc "SELECT count(*) FROM pg_database WHERE datname = 'tidings'")" = 0 ]; then
        psql_url "$maintenance" --quiet --command "CREATE DATABASE tidings"
    fi
    say "Postgres runs on port $(cat "$place/port"), data in ${place#"$system_root"/}"
}

system_migrate() {
    local log="$system_directory/migrate.log"
    (
        system_export_secrets
        # Our own cluster trusts local users; a server of yours asks the services' roles for a password.
        if "$system_own_postgres"; then unset SERVICE_DATABASE_PASSWORD PLATFORM_DATABASE_PASSWORD; fi
        # Whoever names the whole URL of a role has given it a password already.
        if [ -n "${SERVICE_DATABASE_URL:-}" ]; then unset SERVICE_DATABASE_PASSWORD; fi
        if [ -n "${PLATFORM_DATABASE_URL:-}" ]; then unset PLATFORM_DATABASE_PASSWORD; fi
        DATABASE_URL="$system_database_url" "$system_root/deploy/migrate"
    ) >"$log" 2>&1 || {
        say_log_tail "$log"
        fail "the schema could not be brought up to date"
    }
    say "$(tail -n 1 "$log")"
}

# --- the environment of the processes: the only list of it ---------------------------------------------------------

# What the caller has set wins, so that one setting can be tried without editing a file.
system_export_secrets() {
    # The line is cut by hand: reading two fields would lose the padding of a key in Base64.
    local line name
    while read -r line; do
        name="${line%%=*}"
        [ -n "${!name:-}" ] || export "${name}=${line#*=}"
    done <"$system_directory/secrets"
}

# ingest-api=http://127.0.0.1:…,…
system_service_urls() {
    local name list=""
    for name in "${system_services[@]}"; do list="$list,$name=$(system_address "$name")"; done
    printf '%s\n' "${list#,}"
}

system_port() { port_of "$system_directory/ports" "$1"; }
system_address() { printf 'http://127.0.0.1:%s' "$(system_port "$1")"; }

# Everything a process may read, exported for the process NAME. Called in a subshell of its own.
system_export_environment() {
    local name="$1"
    system_export_secrets
    system_export_common "$name"
    case "$name" in
    dispatcher | ingest-api)
        system_export_providers
        ;;
    webhook-receiver)
        export PUBLIC_WEBHOOK_URL="${PUBLIC_WEBHOOK_URL:-$(system_address webhook-receiver)}"
        ;;
    monitor)
        export SUPER_ADMIN_EMAILS="${SUPER_ADMIN_EMAILS:-admin@tidings.example}"
        export PUBLIC_URL="${PUBLIC_URL:-$(system_address monitor)}"
        export INGEST_URL="${INGEST_URL:-$(system_address ingest-api)}"
        export RETRY_SCHEDULER_URL="${RETRY_SCHEDULER_URL:-$(system_address retry-scheduler)}"
        export SERVICE_URLS="${SERVICE_URLS:-$(system_service_urls)}"
        export DISK_PATHS="${DISK_PATHS:-$system_directory}"
        system_export_providers
        ;;
    alerter)
        # Its messages lead to the pages, and to the button that acknowledges an alert.
        export PUBLIC_URL="${PUBLIC_URL:-$(system_address monitor)}"
        export SLACK_WEBHOOK_URL="${SLACK_WEBHOOK_URL:-$(system_address providers)/slack}"
        export SMTP_URL="${SMTP_URL:-smtp://127.0.0.1:$(system_port smtp)}"
        export SMTP_FROM="${SMTP_FROM:-tidings@tidings.example}"
        export ALERT_EMAIL="${ALERT_EMAIL:-operations@tidings.example}"
        ;;
    retry-scheduler)
        system_export_providers
        export RETRY_TIME_SCALE="${RETRY_TIME_SCALE:-1}"
        ;;
    providers | demo)
        SMTP_PORT="$(system_port smtp)"
        WEBHOOK_URL="$(system_webhook_url)"
        export SMTP_PORT WEBHOOK_URL
        export META_API_URL="${META_API_URL:-$(system_address providers)}"
        export MONITOR_URL="${MONITOR_URL:-$(system_address monitor)}"
        ;;
    esac
}

# For those who call WhatsApp: the stand-ins, unless the caller names the real ones.
system_export_providers() {
    export META_API_URL="${META_API_URL:-$(system_address providers)}"
    export META_API_VERSION="${META_API_VERSION:-v25.0}"
    export TWILIO_API_URL="${TWILIO_API_URL:-$(system_address providers)}"
    export TWILIO_CONTENT_URL="${TWILIO_CONTENT_URL:-$(system_address providers)}"
    export TWILIO_MESSAGING_URL="${TWILIO_MESSAGING_URL:-$(system_address providers)}"
    export PUBLIC_WEBHOOK_URL="${PUBLIC_WEBHOOK_URL:-$(system_address webhook-receiver)}"
}

system_export_common() {
    export LISTEN_ADDRESS=127.0.0.1 LISTEN_PORT
    LISTEN_PORT="$(system_port "$1")"
    KAFKA_BOOTSTRAP_SERVERS="$(system_bootstrap_servers)"
    DATABASE_URL="$(system_role_url service "${SERVICE_DATABASE_PASSWORD:-}" "${SERVICE_DATABASE_URL:-}")"
    PLATFORM_DATABASE_URL="$(system_role_url platform "${PLATFORM_DATABASE_PASSWORD:-}" "${PLATFORM_DATABASE_URL:-}")"
    export KAFKA_BOOTSTRAP_SERVERS DATABASE_URL PLATFORM_DATABASE_URL
    # Endpoints of tenants lie on this machine too.
    export CALLBACK_ALLOW_PRIVATE="${CALLBACK_ALLOW_PRIVATE:-true}"
    export KAFKA_TOPIC_PREFIX="${KAFKA_TOPIC_PREFIX:-tidings}" LOG_LEVEL="${LOG_LEVEL:-info}"
}

system_bootstrap_servers() {
    printf '%s\n' "${KAFKA_BOOTSTRAP_SERVERS:-127.0.0.1:$(system_port broker)}"
}

system_webhook_url() { printf '%s/webhooks/meta\n' "$(system_address webhook-receiver)"; }

# system_role_url service|platform PASSWORD GIVEN: the database as the role the services connect as, which can
# neither change the schema nor pass by row-level security.
system_role_url() {
    if [ -n "$3" ]; then
        printf '%s\n' "$3"
    elif "$system_own_postgres"; then
        url_with_user "$system_database_url" "tidings_$1"
    else
        url_with_user "$system_database_url" "tidings_$1" "$2"
    fi
}

# The command line of a process, one word a line.
system_command() {
    case "$1" in
    broker)
        printf '%s\n' "$system_binaries/sandbox" broker --topics "$system_root/deploy/kafka/topics.txt" \
            --port "$(system_port broker)" --ready-file "$system_directory/broker.ready"
        ;;
    providers) printf '%s\n' "$system_binaries/sandbox" providers ;;
    *) printf '%s\n' "$system_binaries/$1" ;;
    esac
}

# --- life of the processes -----------------------------------------------------------------------------------------

# Starts the supervisor in a session of its own, so that Ctrl-C is a matter of whoever called and not of every process.
system_start() {
    # The supervisor reads what system_prepare found out from its environment. Descriptor 9 is the caller's lock.
    SYSTEM_DATABASE_URL="$system_database_url" setsid "$system_root/deploy/lib/supervisor.sh" \
        "$system_directory" "$system_binaries" >>"$system_directory/supervisor.log" 2>&1 </dev/null 9>&- &
    until system_is_running; do
        kill -0 $! 2>/dev/null || {
            say_log_tail "$system_directory/supervisor.log"
            fail "the supervisor did not start"
        }
        sleep 0.05
    done
}

system_is_running() {
    local pid
    pid="$(cat "$system_directory/supervisor.pid" 2>/dev/null)" || return 1
    process_is_ours "$pid" "supervisor.sh $system_directory "
}

# A process id may belong to somebody else by now: its command line must name what we started.
process_is_ours() {
    local words
    # Not through `| grep -q`: it ends at the first match, and with pipefail the broken pipe would be our answer.
    { words="$(tr '\0' ' ' <"/proc/${1:-none}/cmdline")"; } 2>/dev/null && [[ "$words" == *"$2"* ]]
}

system_stop() {
    local pid
    if system_is_running; then
        pid="$(cat "$system_directory/supervisor.pid")"
        kill -TERM "$pid"
        while system_is_running; do sleep 0.1; done
    fi
    rm -f "$system_directory/supervisor.pid"
    system_stop_leftovers
    if "$system_own_postgres" && [ -d "$(system_postgres_directory)/data" ]; then
        "$system_root/deploy/postgres" stop "$(system_postgres_directory)"
    fi
}

# Processes whose supervisor was killed: they are asked to stop when it goes, so this finds something only when a
# machine was in great trouble.
system_stop_leftovers() {
    local name pid words
    for name in "${system_processes[@]}" broker; do
        pid="$(cat "$system_directory/$name.pid" 2>/dev/null)" || continue
        words="$(system_command "$name" | paste -sd ' ')"
        if process_is_ours "$pid" "$words"; then
            say "stopping a leftover $name ($pid)"
            kill -TERM "$pid" 2>/dev/null || true
            wait_until_gone "$pid" 15 || kill -KILL "$pid" 2>/dev/null || true
        fi
        rm -f "$system_directory/$name.pid"
    done
}

# wait_until_gone PID SECONDS
wait_until_gone() {
    local end=$((SECONDS + $2))
    while kill -0 "$1" 2>/dev/null; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.05
    done
}

system_is_ready() {
    curl --silent --fail --max-time 2 --output /dev/null "$(system_address "$1")/readyz"
}

# system_wait_until_ready [SECONDS]: every process that listens says so itself.
system_wait_until_ready() {
    local seconds_max="${1:-60}" started="$SECONDS" said=0 name
    for name in "${system_processes[@]}"; do
        [ "$name" != broker ] || continue
        until system_is_ready "$name"; do
            if ! system_is_running; then
                say_log_tail "$system_directory/supervisor.log"
                say_problem "the supervisor ended"
                return 1
            fi
            if [ $((SECONDS - started)) -ge "$seconds_max" ]; then
                system_say_who_is_missing "$seconds_max"
                return 1
            fi
            if [ $((SECONDS - started - said)) -ge 5 ]; then
                said=$((SECONDS - started))
                say "waiting for $name ($said s)"
            fi
            sleep 0.1
        done
    done
}

system_say_who_is_missing() {
    local name
    for name in "${system_processes[@]}"; do
        if [ "$name" = broker ]; then
            [ -s "$system_directory/broker.ready" ] && continue
        elif system_is_ready "$name"; then
            continue
        fi
        say_problem "$name is not ready after $1 s; it ended $(grep -c " $name ended (" "$system_directory/supervisor.log") times"
        curl --silent --max-time 2 "$(system_address "$name")/readyz" | head -c 600 | sed 's/^/    | /' >&2 || true
        say_log_tail "$system_directory/$name.log"
    done
}

# --- the demo tenant and what people and programs need to know -----------------------------------------------------

# Creates the demo tenant, or finds it; its KEY=value lines go to DIRECTORY/demo.
system_make_demo() {
    local file="$system_directory/demo"
    (
        system_export_environment demo
        umask 077
        "$system_binaries/sandbox" demo --state "$system_directory/demo-key" >"$file.new" 2>"$system_directory/demo.log" </dev/null
    ) || {
        say_log_tail "$system_directory/demo.log"
        say_problem "the demo tenant could not be made"
        return 1
    }
    grep -E '^[A-Z][A-Z0-9_]*=' "$file.new" >"$file" || fail "sandbox demo printed no KEY=value line"
    chmod 600 "$file"
    rm -f "$file.new"
}

system_write_env() {
    local file="$system_directory/env"
    (
        umask 077
        {
            printf 'INGEST_URL=%s\n' "$(system_address ingest-api)"
            printf 'MONITOR_URL=%s\n' "$(system_address monitor)"
            printf 'WEBHOOK_URL=%s\n' "$(system_address webhook-receiver)"
            printf 'META_WEBHOOK_URL=%s\n' "$(system_webhook_url)"
            printf 'SANDBOX_URL=%s\n' "$(system_address providers)"
            printf 'DISPATCHER_URL=%s\n' "$(system_address dispatcher)"
            printf 'RETRY_SCHEDULER_URL=%s\n' "$(system_address retry-scheduler)"
            printf 'ALERTER_URL=%s\n' "$(system_address alerter)"
            printf 'SMTP_URL=smtp://127.0.0.1:%s\n' "$(system_port smtp)"
            printf 'ADMIN_URL=%s/admin/whatsapp-monitor\n' "$(system_address monitor)"
            printf 'DATABASE_URL=%s\n' "$system_database_url"
            printf 'KAFKA_BOOTSTRAP_SERVERS=%s\n' "$(system_bootstrap_servers)"
            if [ -f "$system_directory/demo" ]; then
                cat "$system_directory/demo"
                # Behind the # the key never leaves the browser as part of an address.
                printf 'DASHBOARD_URL=%s/sign-in#key=%s\n' "$(system_address monitor)" \
                    "$(sed -n 's/^DEMO_API_KEY=//p' "$system_directory/demo")"
            fi
        } >"$file.new"
        mv "$file.new" "$file"
    )
}

# One value of DIRECTORY/env.
system_env() { sed -n "s/^$1=//p" "$system_directory/env" | tail -n 1; }
