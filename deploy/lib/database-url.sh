# shellcheck shell=bash
# What the scripts need to know about a postgresql:// URL: its password apart from the rest, and another user in it.

# The URL without its password, so that it may stand on a command line, which every user of the machine can read.
url_without_password() {
    if [[ "$1" =~ ^(postgres(ql)?://[^:@/?]*):[^@/]*@(.*)$ ]]; then
        printf '%s@%s\n' "${BASH_REMATCH[1]}" "${BASH_REMATCH[3]}"
    else
        printf '%s\n' "$1"
    fi
}

# The password of the URL, percent-decoded; empty when it has none.
url_password() {
    if [[ "$1" =~ ^postgres(ql)?://[^:@/?]*:([^@/]*)@ ]]; then
        printf '%b\n' "${BASH_REMATCH[2]//%/\\x}"
    fi
}

# url_with_user URL USER [PASSWORD]: the same database, as another user.
url_with_user() {
    local credentials="$2${3:+:$3}"
    if [[ "$1" =~ ^(postgres(ql)?://)([^@/?]*@)?(.*)$ ]]; then
        printf '%s%s@%s\n' "${BASH_REMATCH[1]}" "$credentials" "${BASH_REMATCH[4]}"
    else
        printf 'not a postgresql:// URL\n' >&2
        return 1
    fi
}

# psql on the database of the URL, without the habits of the user's ~/.psqlrc.
psql_url() {
    local url="$1" password
    shift
    password="$(url_password "$url")"
    if [ -n "$password" ]; then
        PGPASSWORD="$password" psql --no-psqlrc "$(url_without_password "$url")" "$@"
    else
        psql --no-psqlrc "$url" "$@"
    fi
}
