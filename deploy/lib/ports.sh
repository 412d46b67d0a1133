# shellcheck shell=bash
# Free ports of 127.0.0.1, chosen once and written down, so that addresses stay the same from one start to the next.

# Nobody accepts a connection there. (A port bound but not listening escapes us; its owner will say so when it starts.)
port_is_free() {
    ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Below 32768, where the kernel takes the ports of outgoing connections from.
free_port() {
    local port
    while true; do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        if port_is_free "$port"; then
            printf '%d\n' "$port"
            return
        fi
    done
}

# ports_for FILE NAME...: the file with one NAME=port a line for every name. A port written down before is kept unless
# somebody else took it; the change is said, because addresses people noted no longer hold.
ports_for() {
    local file="$1" name port chosen=" " lines=()
    shift
    for name in "$@"; do
        port="$(port_of "$file" "$name")"
        if [ -n "$port" ] && ! port_is_free "$port"; then
            say "port $port is taken by another program: $name moves"
            port=""
        fi
        while [ -z "$port" ] || [[ "$chosen" == *" $port "* ]]; do port="$(free_port)"; done
        chosen+="$port "
        lines+=("$name=$port")
    done
    printf '%s\n' "${lines[@]}" >"$file.new"
    mv "$file.new" "$file"
}

port_of() {
    [ -f "$1" ] || return 0
    sed -n "s/^$2=//p" "$1"
}
