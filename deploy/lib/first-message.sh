# shellcheck shell=bash
# The first message of a new system: sent with curl as a customer would, its life shown as it happens.
# Comes after system.sh.
: "${system_directory=}" # set by system_open

first_message_body() {
    printf '%s' '{"to":"+393401234567","type":"template","kind":"confirmation",' \
        '"template":{"name":"event_reminder_24h","language":"en","variables":{"attendee_name":"Ada"}}}'
}

send_first_message() {
    local key ingest answer status identifier
    key="$(system_env DEMO_API_KEY)"
    ingest="$(system_env INGEST_URL)"
    answer="$(mktemp)"
    status="$(curl --silent --show-error --max-time 10 --output "$answer" --write-out '%{http_code}' \
        --header "Authorization: Bearer $key" --header 'Content-Type: application/json' \
        --data "$(first_message_body)" "$ingest/v1/messages")" || status="no answer"
    if [ "$status" != 202 ]; then
        say_problem "POST /v1/messages: $status"
        head -c 1000 "$answer" | sed 's/^/    | /' >&2
        rm -f "$answer"
        return 1
    fi
    identifier="$(jq -r .id "$answer")"
    rm -f "$answer"
    say "accepted as $identifier"
    follow_message "$ingest/v1/messages/$identifier" "$key"
}

# Shows each entry of the timeline when it appears, until the message is read.
follow_message() {
    local url="$1" key="$2" end=$((SECONDS + 30)) shown=0 lines status=""
    while [ "$SECONDS" -lt "$end" ]; do
        # shellcheck disable=SC2016 # the $ are jq's
        lines="$(curl --silent --max-time 5 --header "Authorization: Bearer $key" "$url" |
            jq -r '.status, (.timeline[] | "\(.at)  \(.type)")' 2>/dev/null)" || lines=""
        status="$(head -n 1 <<<"$lines")"
        tail -n +$((2 + shown)) <<<"$lines" | sed 's/^/    /'
        [ "$(wc -l <<<"$lines")" -le $((1 + shown)) ] || shown=$(($(wc -l <<<"$lines") - 1))
        case "$status" in
        read) return 0 ;;
        failed | undelivered | expired | cancelled)
            say_problem "the message ended as $status"
            return 1
            ;;
        esac
        sleep 0.1
    done
    say_problem "after 30 s the message is ${status:-unknown}, not read; look into $system_directory/dispatcher.log and webhook-receiver.log"
    return 1
}
