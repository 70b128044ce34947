#!/bin/sh
# Makes .venv from uv.lock with nothing but Python 3.11 or newer: uv is taken from PATH, else from PyPI into .local/uv.
set -eu
cd "$(dirname "$0")/.."
uv_version=0.13.9

say() { printf '%s\n' "$*"; }
fail() { say "$*" >&2; exit 1; }

find_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            command -v "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer is needed, and none was found on PATH."
}

# Debian splits ensurepip from python3; venv then exists but makes nothing.
complete() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1 && return
    version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "Installing python$version-venv ..."
        apt-get update -q >/dev/null
        DEBIAN_FRONTEND=noninteractive apt-get install -qy "python$version-venv" >/dev/null && return
    fi
    fail "$1 cannot make virtual environments: install python$version-venv (Debian) or a complete Python, or install uv."
}

uv_command() {
    # A version manager may have put a uv on PATH that does not run for the Python chosen here, so it is asked.
    if uv --version >/dev/null 2>&1; then
        say uv
        return
    fi
    if ! .local/uv/bin/uv --version >/dev/null 2>&1; then
        interpreter=$(find_python)
        complete "$interpreter" >&2
        say "Installing uv $uv_version into .local/uv ..." >&2
        "$interpreter" -m venv --clear .local/uv
        .local/uv/bin/python -m pip install -q --disable-pip-version-check "uv==$uv_version" >&2
    fi
    say .local/uv/bin/uv
}

interpreter=$(find_python)
uv=$(uv_command)
say "Installing the packages of uv.lock into .venv ..."
# The largest wheel is a database of 40 MB, and the usual 30 seconds are short for that.
UV_HTTP_TIMEOUT=${UV_HTTP_TIMEOUT:-180} "$uv" sync -q --frozen --python "$interpreter"
