# Replaces the programs that a reader has installed. The commands are those of the page. A server
# listens on a free port, runs in the background after its ready line, and is stopped by the test. curl
# fails on an HTTP error.
#
#   STATE                           folder of the page: pids, ready lines, logs
#   DATA                            data directory of a stopped sandbox
#   TARBALL, SANDBOX_BIN, RELAY_BIN the packed package and the programs
#   REDIRECT                        module that sends requests of Node to the sandbox

set -euo pipefail

# A field of the ready line of a server: `ready sandbox clientId`.
ready() {
  sed -nE "s/.*\"$2\":\"([^\"]*)\".*/\1/p" "$STATE/$1.ready"
}

# Host and port of a server.
at() {
  ready "$1" url | sed 's,^http://,,'
}

serve() {
  local name=$1 pid
  shift
  # Truncate before the start: the ready line of an earlier server would be accepted otherwise.
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

# Runs the program, which is built already.
cargo() {
  [ "$1 $2 $4" = "run -p --" ]
  local program=$3
  shift 4
  "$program" "$@"
}

# Installs the tarball instead of the published package.
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

# Replaces `"..."` with the first identifier that was returned.
curl() {
  local answer id=""
  if [ -e "$STATE/id" ]; then id=$(cat "$STATE/id"); fi
  answer=$(command curl --fail-with-body "${@//\"...\"/\"$id\"}") || { echo "$answer"; return 1; }
  if [ -z "$id" ] && [[ $answer =~ \"id\":\"([^\"]+)\" ]]; then echo "${BASH_REMATCH[1]}" >"$STATE/id"; fi
  printf '%s\n' "$answer"
}
