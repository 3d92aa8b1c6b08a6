# Sourced by the other scripts: find_python prints the interpreter to use.

# The first of the arguments that runs and is new enough; without arguments $PYTHON, or else the
# usual names.
find_python() {
    local candidate
    if [ $# = 0 ] && [ -n "${PYTHON:-}" ]; then
        set -- "$PYTHON"
    elif [ $# = 0 ]; then
        set -- python3 python3.13 python3.12 python3.11 python
    fi
    for candidate in "$@"; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    echo "DALT needs Python 3.11 or newer, and '$1' is not. Install one, or name it: PYTHON=path." >&2
    return 1
}
