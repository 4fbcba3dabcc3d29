#!/usr/bin/env bash
# Builds Pebble, the certificate authority for tests by the makers of Let's Encrypt, into $TILDEGATE_PEBBLE or
# ~/.cache/tildegate-pebble, where Go is at hand. Without it the tests of tests/acme are skipped.
set -uo pipefail
version=v2.10.1
folder=${TILDEGATE_PEBBLE:-${XDG_CACHE_HOME:-$HOME/.cache}/tildegate-pebble}
[ "$(cat "$folder/installed" 2>/dev/null)" = "$version" ] && [ -x "$folder/pebble" ] && exit 0
export PATH=$PATH:/usr/local/go/bin
if ! command -v go >/dev/null; then
  echo "tests/acme: there is no Go to build Pebble with; its tests are skipped" >&2
  exit 0
fi
mkdir -p "$folder"
if (cd "$folder" && GOBIN=$folder go install "github.com/letsencrypt/pebble/v2/cmd/pebble@$version"); then
  echo "$version" >"$folder/installed"
else
  echo "tests/acme: Pebble could not be built; its tests are skipped" >&2
fi
