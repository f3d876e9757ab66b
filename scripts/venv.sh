# Read by scripts/digest and scripts/test: `ready NAME WHAT...` makes .venv hold what `pip install WHAT` gives,
# at the versions of constraints.txt. A stamp in .venv tells whether that is done; comparing it takes milliseconds.
# Plain sh, and nothing that macOS lacks.

say() { echo "digest: $*" >&2; }

find_python() {
    for python in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            return
        fi
    done
    say "Python 3.11 or newer is needed and was not found."
    say "Debian, Ubuntu: sudo apt install python3 python3-venv     macOS: brew install python"
    exit 2
}

make_venv() {
    find_python
    if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        [ "$python" != python3 ] || package="python3-venv (or $package)"
        say "$python cannot make virtual environments here; on Debian and Ubuntu: sudo apt install $package"
        exit 2
    fi
    "$python" -m venv --clear "$top/.venv"
}

ready() {
    stamp="$top/.venv/stamp-$1"
    shift
    # The place is part of it: the programs in a virtual environment do not survive a move.
    wanted="$top $* $(cksum <"$top/pyproject.toml") $(cksum <"$top/constraints.txt")"
    if [ -x "$top/.venv/bin/python" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
        return
    fi
    say "setting up $top/.venv, which takes a minute ..."
    # Half-made, moved here from another place, or made by a Python that is gone: begin again.
    case $("$top/.venv/bin/pip" --version 2>/dev/null || true) in
        *" $top/.venv/"*) ;;
        *) make_venv ;;
    esac
    # What builds it comes first and from constraints.txt too, so that the build is the same next year.
    (
        cd "$top" &&
        .venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt hatchling editables &&
        .venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt \
            --no-build-isolation --editable "$@"
    ) || {
        say "pip could not install it; what it says stands above. The next call tries again."
        exit 2
    }
    echo "$wanted" >"$stamp"
}
