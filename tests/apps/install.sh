#!/usr/bin/env bash
# Installs the real applications that tests/apps opens in a browser, outside of the project's own dependencies.
#   install.sh          those of CI: small and quick
#   install.sh all      the rest too
#   install.sh NAME …   single ones
# Debian packages where this is root on Debian; npm and pip packages, pinned, in $TILDEGATE_APPS or ~/.cache/tildegate-apps. What
# cannot be installed is named, and its tests are skipped.
set -uo pipefail
folder=${TILDEGATE_APPS:-${XDG_CACHE_HOME:-$HOME/.cache}/tildegate-apps}
mkdir -p "$folder"

ci=(transmission syncthing novnc node-red vite esbuild django copyparty)
more=(jupyter next grpc-web gitweb cockpit netdata)

debian=()
from_debian() { # COMMAND PACKAGE …
  command -v "$1" >/dev/null || [ -e "$1" ] || debian+=("${@:2}")
}

from_npm() { # NAME PACKAGE@VERSION …
  local at="$folder/$1" want="${*:2}"
  [ "$(cat "$at/installed" 2>/dev/null)" = "$want" ] && return
  rm -rf "$at" && mkdir -p "$at" && echo '{ "private": true }' >"$at/package.json"
  (cd "$at" && npm install --no-audit --no-fund --silent "${@:2}") && echo "$want" >"$at/installed" || missed "$1"
}

from_pip() { # NAME PACKAGE==VERSION …
  local at="$folder/$1" want="${*:2}"
  [ "$(cat "$at/installed" 2>/dev/null)" = "$want" ] && return
  rm -rf "$at"
  python3 -m venv "$at" && "$at/bin/pip" install --quiet --disable-pip-version-check "${@:2}" && echo "$want" >"$at/installed" || missed "$1"
}

missed() { echo "tests/apps: $1 could not be installed; its tests are skipped" >&2; }

for name in $([ $# = 0 ] && echo "${ci[@]}" || { [ "$*" = all ] && echo "${ci[@]} ${more[@]}" || echo "$@"; }); do
  case $name in
    transmission) from_debian transmission-daemon transmission-daemon transmission-cli ;;
    syncthing) from_debian syncthing syncthing ;;
    novnc) from_debian Xtigervnc tigervnc-standalone-server && from_debian /usr/share/novnc/vnc.html novnc websockify x11-utils ;;
    node-red) from_npm node-red node-red@5.0.7 ;;
    vite) from_npm vite vite@8.3.8 ;;
    esbuild) from_npm esbuild esbuild@0.28.2 ;;
    django) from_pip django django==5.2.19 ;;
    copyparty) from_pip copyparty copyparty==1.20.26 ;;
    jupyter) from_pip jupyter notebook==7.6.5 ;;
    next) from_npm next next@16.4.6 react@19.3.1 react-dom@19.3.1 ;;
    grpc-web) from_npm grpc-web @connectrpc/connect@2.2.0 @connectrpc/connect-node@2.2.0 @connectrpc/connect-web@2.2.0 @bufbuild/protobuf@2.17.0 esbuild@0.28.2 ;;
    gitweb) from_debian /usr/share/gitweb/gitweb.cgi gitweb && from_debian lighttpd lighttpd ;;
    cockpit) from_debian /usr/lib/cockpit/cockpit-ws cockpit-ws cockpit-bridge cockpit-system ;;
    netdata) from_debian netdata netdata-core netdata-web ;;
    *) echo "tests/apps: $name is not known" >&2 && exit 64 ;;
  esac
done
if [ ${#debian[@]} -gt 0 ]; then
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${debian[@]}" >/dev/null || missed "${debian[*]}"
  else
    missed "${debian[*]}"
  fi
fi
