# What the blocks of shell find in place of what a reader has installed. The commands are those of the
# page; but whoever serves takes a free port, goes to the background when it has said its ready line,
# and is ended by the test; and an answer of HTTP that is no success is a failure.
#
#   STATE                           the page's own folder: pids, ready lines, logs
#   DATA                            a directory that a sandbox has left
#   TARBALL, SANDBOX_BIN, RELAY_BIN the packed package, and the programs
#   REDIRECT                        a module that has Node ask the sandbox in place of the platform

set -euo pipefail

# A member of the ready line of a server: `ready sandbox clientId`.
ready() {
  sed -nE "s/.*\"$2\":\"([^\"]*)\".*/\1/p" "$STATE/$1.ready"
}

# Its host and port.
at() {
  ready "$1" url | sed 's,^http://,,'
}

serve() {
  local name=$1 pid
  shift
  # Not left to what starts in the background: the line of a former server would pass for its own.
  : >"$STATE/$name.ready"
  "$@" >"$STATE/$name.ready" 2>"$STATE/$name.log" </dev/null &
  pid=$!
  echo "$pid" >>"$STATE/pids"
  until grep -q '^{.*}$' "$STATE/$name.ready"; do
    kill -0 "$pid" || { cat "$STATE/$name.log" >&2; return 1; }
    sleep 0.05
  done
  cat "$STATE/$name.ready"
}

swisscom-sign-sandbox() {
  case "$*" in
    "serve "*--listen*) serve sandbox "$SANDBOX_BIN" "$@" ;;
    serve*) serve sandbox "$SANDBOX_BIN" "$@" --listen 127.0.0.1:0 ;;
    *) "$SANDBOX_BIN" "$@" ;;
  esac
}

swisscom-sign-relay() {
  case $1 in
    serve)
      serve relay "$RELAY_BIN" "$@" --listen 127.0.0.1:0 \
        --upstream "$(ready sandbox apiUrl)" --token-url "$(ready sandbox tokenUrl)"
      ;;
    *) "$RELAY_BIN" "$@" ;;
  esac
}

# The program is built already.
cargo() {
  [ "$1 $2 $4" = "run -p --" ]
  local program=$3
  shift 4
  "$program" "$@"
}

# From the tarball in place of the registry.
npm() {
  [ "$*" = "install swisscom-sign" ]
  command npm install --offline --no-audit --no-fund --silent "$TARBALL"
}

npx() {
  NODE_OPTIONS="--import $REDIRECT" command npx --no-install "$@"
}

node() {
  SWISSCOM_SIGN_API_URL=$(ready sandbox apiUrl) SWISSCOM_SIGN_TOKEN_URL=$(ready sandbox tokenUrl) \
    serve backend "$(type -P node)" "$@" --port 0
}

# `"..."` is the identifier that was answered first.
curl() {
  local answer id=""
  if [ -e "$STATE/id" ]; then id=$(cat "$STATE/id"); fi
  answer=$(command curl --fail-with-body "${@//\"...\"/\"$id\"}") || { echo "$answer"; return 1; }
  if [ -z "$id" ] && [[ $answer =~ \"id\":\"([^\"]+)\" ]]; then echo "${BASH_REMATCH[1]}" >"$STATE/id"; fi
  printf '%s\n' "$answer"
}
