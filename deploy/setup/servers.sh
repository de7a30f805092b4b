#!/bin/sh
# Sees to PostgreSQL with PostGIS for the tests: installs it where it may (root with apt, or Homebrew), else says what is
# missing. It never starts a server: the tests start their own, as children, and stop only those.
set -eu

say() { printf '%s\n' "beatline servers: $*" >&2; }

has_postgis() {
    for bin in "$(command -v pg_config >/dev/null 2>&1 && pg_config --bindir || true)" /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin; do
        [ -x "$bin/initdb" ] || continue
        share=$("$bin/pg_config" --sharedir 2>/dev/null || echo "/usr/share/postgresql/$(basename "$(dirname "$bin")")")
        if [ -f "$share/extension/postgis.control" ]; then return 0; fi
        if [ -f "/usr/share/postgresql/$(basename "$(dirname "$bin")")/extension/postgis.control" ]; then return 0; fi
    done
    return 1
}

if has_postgis; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "installing PostgreSQL with PostGIS"
    apt-get update -qq >/dev/null 2>&1 || true
    package=$(apt-cache search --names-only '^postgresql-[0-9]+-postgis-[0-9]+$' | awk '{print $1}' | sort -V | tail -n 1)
    [ -n "$package" ] && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 || true
elif command -v brew >/dev/null 2>&1 && [ "$(id -u)" != 0 ]; then
    say "installing PostgreSQL with PostGIS through Homebrew"
    brew install -q postgis >/dev/null 2>&1 || true
fi
if has_postgis; then exit 0; fi
say "PostgreSQL with PostGIS is missing, so the tests on it will NOT be run. To have them:"
say "  Debian, Ubuntu: sudo apt-get install postgresql postgresql-postgis    macOS: brew install postgis"
[ "${CI:-}" != true ] || { say "in CI that is a failure"; exit 1; }
