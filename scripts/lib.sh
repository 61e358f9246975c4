# Shared by the scripts beside it; sourced, never run. Wants bash, and Debian's apt only where something is missing.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
venv=$root/.venv
unset PYTHONDONTWRITEBYTECODE # or every worker of the tests and every server they start would compile it all again

say() { printf '\n== %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# quietly COMMAND...: run it; only when it fails, show what it said.
quietly() {
  local said
  said=$("$@" 2>&1) || { printf '%s\n' "$said" >&2; die "failed: $*"; }
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# may_be_root: as root, or with a sudo that needs no password or has somebody to ask.
may_be_root() {
  [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null || { [ -t 0 ] && command -v sudo >/dev/null && sudo -v; }
}

# need_packages NAME...: install the Debian packages that are missing. No service of theirs is started.
need_packages() {
  local missing=() name policy=/usr/sbin/policy-rc.d
  for name; do is_installed "$name" || missing+=("$name"); done
  [ ${#missing[@]} = 0 ] && return
  command -v apt-get >/dev/null || die "this needs Debian's ${missing[*]}, or the same from your system"
  may_be_root || die "missing Debian packages; as root, install them first: apt-get install ${missing[*]}"
  say "installing ${missing[*]}"
  quietly as_root apt-get update -qq
  if [ ! -e $policy ]; then # asked by every package before it starts its service; 101: not allowed
    printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
    as_root chmod 755 $policy
    trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
  if [ -n "$(trap -p EXIT)" ]; then as_root rm -f $policy; trap - EXIT; fi
}

has_candidate() { [[ $(LC_ALL=C apt-cache policy "$1" 2>/dev/null) == *"Candidate: "[0-9]* ]]; }

# want_package NAME: like need_packages, but where it cannot be had that is said and the rest goes on.
want_package() {
  is_installed "$1" && return
  if command -v apt-get >/dev/null && may_be_root; then
    has_candidate "$1" || quietly as_root apt-get update -qq
    if has_candidate "$1"; then need_packages "$1"; return; fi
  fi
  say "no Debian package $1 here: what is tested beside it will be skipped"
}

suits() { "$1" -c 'import ensurepip, ssl, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
  local candidate
  for candidate in python3 /usr/bin/python3 python3.11 python3.12 python3.13 python3.14; do
    if suits "$candidate"; then command -v "$candidate"; return; fi
  done
  return 1
}

# need_venv LOCK [MORE]: a virtual environment with what the lock file names; one made from MORE, which names all of that
# and more, will do. Quick when the lock has not changed.
need_venv() {
  local lock python
  python=$(find_python) || { need_packages python3 python3-venv; python=$(find_python) || die "Python 3.11 or later is needed"; }
  [ -e /etc/ssl/certs/ca-certificates.crt ] || ! command -v apt-get >/dev/null || need_packages ca-certificates
  if [ -x "$venv/bin/python" ] && "$venv/bin/python" -c '' 2>/dev/null; then
    for lock; do [ "$(cat "$venv/.installed" 2>/dev/null)" != "$(fingerprint "$lock")" ] || return 0; done
  else
    say "making $venv"
    "$python" -m venv --clear "$venv"
  fi
  say "installing $1"
  rm -f "$venv/.installed"
  "$venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes --only-binary :all: -r "$1"
  fingerprint "$1" >"$venv/.installed"
}

# What a virtual environment was made of: the lock and the interpreter.
fingerprint() { printf '%s %s' "$(sha256sum <"$1")" "$("$venv/bin/python" -V)"; }

# part NAME COMMAND...: run one part of a check; what fails is remembered in `failed` and named.
failed=()
part() {
  local name=$1
  shift
  if "$@"; then printf 'ok      %s\n' "$name"; else failed+=("$name"); printf 'FAILED  %s\n' "$name"; fi
}
