# shellcheck shell=bash
# Building with visible progress. Comes after system.sh.
: "${system_root:?}"

# build_products debug|release LOG [ARGUMENT...]
build_products() {
    local configuration="$1" log="$2" started="$SECONDS"
    shift 2
    mkdir -p "$(dirname "$log")"
    say "the first build takes some minutes; the whole output is in ${log#"$PWD"/}"
    if ! say_progress "$log" swift build --package-path "$system_root" --configuration "$configuration" "$@"; then
        fail "the build failed"
    fi
    say "built in $((SECONDS - started)) s"
}
