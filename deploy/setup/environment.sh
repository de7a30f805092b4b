#!/bin/sh
# Makes the project's own environment in .venv from requirements.lock, once per lock. Needs Python >= 3.11 and nothing else.
set -eu
cd "$(dirname "$0")/../.."

say() { printf '%s\n' "beatline set-up: $*" >&2; }

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for name in ${PYTHON:-} python3.13 python3.12 python3.11 python3 python; do
        if command -v "$name" >/dev/null 2>&1 && new_enough "$name"; then command -v "$name"; return 0; fi
    done
    return 1
}

# Debian and Ubuntu ship Python without its venv module: fetch it where we may, else say what to type.
venv_package() {
    version=$("$1" -c 'import sys; print(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "installing $version (this Python has no venv module)"
        apt-get update -qq >/dev/null 2>&1 || true
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$version" >/dev/null
    else
        say "this Python cannot make environments. Please run: sudo apt-get install $version"
        exit 1
    fi
}

python=$(find_python) || {
    say "no Python >= 3.11 found. Install it (Debian, Ubuntu: sudo apt-get install python3; macOS: brew install python) or name it: make PYTHON=/path/to/python ..."
    exit 1
}

stamp=.venv/.lock-installed
wanted=$(cat requirements.lock pyproject.toml | cksum)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null; then exit 0; fi

say "making .venv with $python"
"$python" -c 'import ensurepip, venv' 2>/dev/null || venv_package "$python"
[ -x .venv/bin/python ] && new_enough .venv/bin/python || "$python" -m venv --clear .venv
say "installing the pinned packages (a minute or so, once)"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
.venv/bin/python -m pip install -q --no-deps --require-hashes -r requirements.lock
.venv/bin/python -m pip install -q --no-deps --no-build-isolation -e .
printf '%s' "$wanted" > "$stamp"
say "ready"
