#!/usr/bin/env bash
# A corporate proxy lab on loopback: real Squid proxies and a real Samba Active Directory domain.
# Usage: proxies.sh install | up | running | down | add-user NAME PASSWORD | remove-user NAME
# (Debian, as root; see README.md beside it)
set -euo pipefail
# RES_OPTIONS: ntlm_auth looks up this machine's own name; where that is unknown, be done in a second.
export LC_ALL=C.UTF-8 PATH="/usr/sbin:/sbin:$PATH" RES_OPTIONS='timeout:1 attempts:1'

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
STATE=${TILDEGATE_LAB_DIR:-${TMPDIR:-/tmp}/tildegate-lab}
LOG=$STATE/log RUN=$STATE/run AD=$STATE/ad CONF=$STATE/conf
SMB_CONF=$CONF/smb.conf
SQUID_USER=proxy
WINBIND_DIR=/run/samba/winbindd # compiled into libwbclient, so one lab per machine at a time
PORTS=(13128 13129 13130 13131 13132 13133 13134 13135)
PACKAGES=(squid-openssl samba samba-ad-dc samba-ad-provision winbind curl openssl)
USERS=(alice bob carol jürgen)
declare -A PASSWORD=([alice]='Passw0rd!' [bob]='pässwörd-Ünï1' [carol]='a:b:c' [jürgen]='Grüße-99')

say() { printf '%s\n' "$*"; }
die() { printf 'proxies.sh: %s\n' "$*" >&2; exit 1; }
need_root() { [[ $(id -u) == 0 ]] || die "$1 must run as root (Samba AD and Squid's user switch need it)"; }

# ---------------------------------------------------------------- install

missing_parts() {
  local tool
  for tool in squid samba samba-tool winbindd wbinfo ntlm_auth curl openssl; do
    command -v "$tool" >/dev/null || echo "$tool"
  done
  [[ -x /usr/lib/squid/basic_ncsa_auth ]] || echo basic_ncsa_auth
  [[ -d /usr/share/samba/setup ]] || echo samba-ad-provision
  [[ -e /usr/lib/x86_64-linux-gnu/samba/ldb/samba_dsdb.so ]] ||
    compgen -G '/usr/lib/*/samba/ldb/samba_dsdb.so' >/dev/null || echo samba-dsdb-modules
  if command -v squid >/dev/null; then # not piped into grep -q: squid would die of SIGPIPE
    [[ $(squid -v) == *--with-openssl* ]] || echo squid-openssl
  fi
}

cmd_install() {
  local missing policy=/usr/sbin/policy-rc.d own_policy=
  missing=$(missing_parts | tr '\n' ' ')
  if [[ -z $missing ]]; then say "install: everything is present"; return; fi
  need_root install
  command -v apt-get >/dev/null || die "install needs apt-get; missing: $missing"
  say "install: missing $missing"
  # The packages must not start their own daemons on the system's ports.
  if [[ ! -e $policy ]]; then
    own_policy=$policy
    trap 'rm -f "'"$policy"'"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq || say "install: apt-get update reported errors; going on with the lists at hand" >&2
  apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "${PACKAGES[@]}" </dev/null
  if [[ -n $own_policy ]]; then rm -f "$own_policy"; trap - EXIT; fi
  missing=$(missing_parts | tr '\n' ' ')
  [[ -z $missing ]] || die "install ran, yet these are still missing: $missing"
  say "install: done"
}

# ---------------------------------------------------------------- processes, by recorded pid

# Field 20 after the command's closing bracket is the start time: with it a pid cannot be mistaken
# for a later process that got the same number.
start_time() {
  local stat
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  read -ra stat <<<"${stat##*) }"
  [[ ${stat[0]} != Z ]] || return 1
  echo "${stat[19]}"
}

same_process() { [[ $(start_time "$1" || true) == "$2" ]]; }

alive() { # name
  local pid start
  { read -r pid start <"$RUN/$1.pid"; } 2>/dev/null && same_process "$pid" "$start"
}

spawn() { # name command…
  local name=$1 pid start
  shift
  rm -f "$RUN/$name.pid" "$RUN/$name.own"
  # shellcheck disable=SC2016 # the inner shell expands it
  setsid bash -c 'echo $$ >"$0"; exec "$@"' "$RUN/$name.own" "$@" \
    </dev/null >"$LOG/$name.out" 2>&1 9>&- &
  wait_until 5 test -s "$RUN/$name.own" || die "$name did not start"
  read -r pid <"$RUN/$name.own"
  rm -f "$RUN/$name.own"
  start=$(start_time "$pid") || die "$name ended at once. $(last_words "$name")"
  echo "$pid $start" >"$RUN/$name.pid"
}

last_words() { # name: what its logs say, the fatal line if there is one
  local lines
  lines=$(cat "$LOG/$1.out" "$LOG/cache-${1#squid-}.log" 2>/dev/null | tail -n 40)
  printf 'Its last words (%s):\n%s' "$LOG" "$(grep -iE 'fatal|error|denied' <<<"$lines" || tail -n 5 <<<"$lines")"
}

children_of() { # pid -> lines of "pid start", whole tree
  local stat pid rest
  for stat in /proc/[0-9]*/stat; do
    { read -r rest <"$stat"; } 2>/dev/null || continue
    pid=${rest%% *}
    read -ra rest <<<"${rest##*) }"
    if [[ ${rest[1]} == "$1" ]]; then
      echo "$pid ${rest[19]}"
      children_of "$pid"
    fi
  done
}

stop() { # name… : all at once, then the stragglers of their process trees
  local name pid start trees=
  for name in "$@"; do
    { read -r pid start <"$RUN/$name.pid"; } 2>/dev/null || continue
    if same_process "$pid" "$start"; then
      trees+="$pid $start"$'\n'$(children_of "$pid")$'\n'
      kill -TERM "$pid" 2>/dev/null || true
      say "stopping $name"
    fi
  done
  if ! wait_until 10 trees_gone "$trees"; then
    while read -r pid start; do
      if [[ -n $pid ]] && same_process "$pid" "$start"; then kill -KILL "$pid" 2>/dev/null || true; fi
    done <<<"$trees"
  fi
  for name in "$@"; do rm -f "$RUN/$name.pid"; done
}

trees_gone() {
  local pid start
  while read -r pid start; do
    if [[ -n $pid ]] && same_process "$pid" "$start"; then return 1; fi
  done <<<"$1"
}

wait_until() { # seconds command…
  local tries=$(($1 * 20))
  shift
  until "$@"; do
    ((tries-- > 0)) || return 1
    sleep 0.05
  done
}

listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# ---------------------------------------------------------------- the domain LAB.TEST

write_smb_conf() {
  # "winbindd" is the only service: ntlm_auth asks it over a unix socket and it reads the directory
  # in place, so the domain controller opens no network port at all.
  cat >"$SMB_CONF" <<CONF
[global]
  workgroup = LAB
  realm = LAB.TEST
  netbios name = LABDC
  server role = active directory domain controller
  server services = winbindd
  interfaces = 127.0.0.1/8
  bind interfaces only = yes
  ntlm auth = ntlmv2-only
  private dir = $AD/private
  state directory = $AD/state
  cache directory = $AD/cache
  lock directory = $AD/lock
  pid directory = $AD/run
  binddns dir = $AD/bind-dns
  ncalrpc dir = $AD/ncalrpc
  winbindd socket directory = $WINBIND_DIR
  log file = $LOG/samba.%m.log
  log level = 1
CONF
}

domain_tool() { # samba-tool against this domain
  samba-tool "$@" --configfile="$SMB_CONF" >>"$LOG/provision.log" 2>&1 ||
    die "samba-tool $1 $2 failed: $(tail -n 3 "$LOG/provision.log")"
}

provision() {
  [[ -e $AD/.complete ]] && return
  say "up: provisioning the domain LAB.TEST"
  stop samba # of an earlier, half-made domain
  rm -rf "$AD"
  mkdir -p "$AD"/{run,lock,cache}
  : >"$LOG/provision.log"
  printf '[global]\n' >"$CONF/empty.conf" # the machine's own smb.conf must not leak in
  # samba-tool without its last step, the ACLs of the sysvol share: they need CAP_SYS_ADMIN and
  # extended attributes, which containers often lack, and nothing here serves that share.
  /usr/bin/python3 - domain provision --configfile="$CONF/empty.conf" --targetdir="$AD" \
    --realm=LAB.TEST --domain=LAB --server-role=dc --dns-backend=NONE --host-name=labdc \
    --host-ip=127.0.0.1 --adminpass="Adm1n-$RANDOM$RANDOM!x" \
    --option="interfaces=127.0.0.1/8" --option="bind interfaces only=yes" \
    >>"$LOG/provision.log" 2>&1 <<'PY' || die "samba-tool domain provision failed, see $LOG/provision.log: $(tail -n 3 "$LOG/provision.log")"
import runpy
import samba.provision
samba.provision.setsysvolacl = lambda *args, **kwargs: None
runpy.run_path("/usr/bin/samba-tool", run_name="__main__")
PY
  # carol's password has no upper case and no digit, so the default policy would refuse it.
  domain_tool domain passwordsettings set --complexity=off --min-pwd-length=0 \
    --min-pwd-age=0 --max-pwd-age=0 --history-length=0
  local user
  for user in "${USERS[@]}"; do domain_tool user create "$user" "${PASSWORD[$user]}"; done
  touch "$AD/.complete"
}

winbind_answers() { wbinfo -p >/dev/null 2>&1; }

start_domain() {
  if alive samba && winbind_answers; then return; fi
  stop samba
  if winbind_answers; then
    die "another winbindd already answers in $WINBIND_DIR; stop it first (the path is compiled into Samba)"
  fi
  mkdir -p "$(dirname "$WINBIND_DIR")" "$AD/state/winbindd_privileged"
  # ntlm_auth runs as Squid's user and needs this directory, which winbindd wants as 0750 of root.
  chgrp "$SQUID_USER" "$AD/state/winbindd_privileged"
  chmod 750 "$AD/state/winbindd_privileged"
  spawn samba samba --foreground --no-process-group --configfile="$SMB_CONF"
  wait_until 20 winbind_answers || die "winbindd does not answer. $(last_words samba)"
}

# A user that three wrong passwords lock, as companies have it; for one test, which removes it again.
cmd_add_user() { # name password
  need_root add-user
  exec 9>"$STATE/lock"
  flock -w 120 9 || die "another command holds $STATE/lock"
  samba-tool domain passwordsettings pso show locks-early --configfile="$SMB_CONF" >/dev/null 2>&1 ||
    domain_tool domain passwordsettings pso create locks-early 1 --account-lockout-threshold=3 \
      --account-lockout-duration=30 --reset-account-lockout-after=30 --complexity=off --min-pwd-length=0 \
      --min-pwd-age=0 --max-pwd-age=0 --history-length=0
  domain_tool user create "$1" "$2"
  domain_tool domain passwordsettings pso apply locks-early "$1"
}

cmd_remove_user() { # name
  need_root remove-user
  exec 9>"$STATE/lock"
  flock -w 120 9 || die "another command holds $STATE/lock"
  domain_tool user delete "$1"
}

# ---------------------------------------------------------------- the proxies

write_basic_users() { # for basic_ncsa_auth; plain and LAB\ names, in the lower case Squid turns them to
  local user hash
  for user in "${USERS[@]}"; do
    hash=$(openssl passwd -6 -stdin <<<"${PASSWORD[$user]}")
    printf '%s:%s\nlab\\%s:%s\n' "$user" "$hash" "$user" "$hash"
  done >"$CONF/basic.users"
}

write_certificate() {
  [[ -s $STATE/tls/proxy.crt ]] && return
  mkdir -p "$STATE/tls"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
    -subj /CN=proxy.lab.test -addext 'subjectAltName=DNS:proxy.lab.test,DNS:localhost,IP:127.0.0.1' \
    -keyout "$STATE/tls/proxy.key" -out "$STATE/tls/proxy.crt" 2>>"$LOG/provision.log"
  chgrp "$SQUID_USER" "$STATE/tls/proxy.key"
  chmod 640 "$STATE/tls/proxy.key"
}

write_squid_conf() { # port listen-directive scheme-or-option…
  local port=$1 listen=$2 scheme
  shift 2
  {
    cat <<CONF
$listen
pid_filename none
visible_hostname p$port.lab.test
access_log stdio:$LOG/access-$port.log
cache_log $LOG/cache-$port.log
hosts_file $CONF/hosts
dns_nameservers 127.0.0.1
dns_retransmit_interval 1 seconds
dns_timeout 2 seconds
udp_incoming_address 127.0.0.1
cache_store_log none
coredump_dir none
cache deny all
cache_mem 8 MB
memory_cache_shared off
sslproxy_session_cache_size 0
netdb_filename none
pinger_enable off
max_filedescriptors 4096
shutdown_lifetime 0 seconds
acl to_loopback dst 127.0.0.0/8 ::1
acl to_lab_name dstdomain -n .lab.test
CONF
    for scheme in "$@"; do
      case $scheme in
        negotiate) cat <<CONF
auth_param negotiate program /usr/bin/ntlm_auth --configfile=$SMB_CONF --helper-protocol=gss-spnego
auth_param negotiate children 8 startup=1 idle=1 queue-size=1000
CONF
          ;;
        ntlm) cat <<CONF
auth_param ntlm program /usr/bin/ntlm_auth --configfile=$SMB_CONF --helper-protocol=squid-2.5-ntlmssp
auth_param ntlm children 32 startup=4 idle=2 queue-size=1000
CONF
          ;;
        basic-domain) cat <<CONF
auth_param basic program /usr/bin/ntlm_auth --configfile=$SMB_CONF --helper-protocol=squid-2.5-basic
auth_param basic children 8 startup=1 idle=1 queue-size=1000
auth_param basic realm Tildegate lab $port
CONF
          ;;
        basic) cat <<CONF
auth_param basic program /usr/lib/squid/basic_ncsa_auth $CONF/basic.users
auth_param basic children 8 startup=1 idle=1 queue-size=1000
auth_param basic realm Tildegate lab $port
CONF
          ;;
        # Like many appliances: the 407 that only names the schemes ends the connection.
        hang-up-ntlm) echo 'auth_param ntlm keep_alive off' ;;
        hang-up) echo 'client_persistent_connections off' ;;
        # Like proxies whose page says what the domain said; and one port is out of bounds.
        telling) printf 'error_directory %s\nacl odd_port port 9\nhttp_access deny odd_port\n' "$CONF/pages" ;;
      esac
    done
    if (($#)); then printf 'acl signed_in proxy_auth REQUIRED\nhttp_access deny !signed_in\n'; fi
    printf 'http_access deny !to_lab_name !to_loopback\nhttp_access allow all\n'
  } >"$CONF/squid-$port.conf"
}

write_telling_pages() {
  [[ -d $CONF/pages ]] && return
  cp -r /usr/share/squid/errors/templates "$CONF/pages"
  printf '<html><body><p>You are not let in: %%m</p></body></html>\n' >"$CONF/pages/ERR_CACHE_ACCESS_DENIED"
}

write_confs() {
  # Names that only the proxies know: a CONNECT to them works only if the proxy resolves it.
  printf '127.0.0.1 localhost proxy.lab.test gateway.lab.test target.lab.test\n' >"$CONF/hosts"
  write_smb_conf
  write_basic_users
  write_certificate
  write_squid_conf 13128 'http_port 127.0.0.1:13128'
  write_squid_conf 13129 'http_port 127.0.0.1:13129' basic
  write_squid_conf 13130 'http_port 127.0.0.1:13130' ntlm
  write_squid_conf 13131 'http_port 127.0.0.1:13131' negotiate ntlm basic-domain
  write_squid_conf 13132 'http_port 127.0.0.1:13132' basic hang-up
  write_squid_conf 13133 'http_port 127.0.0.1:13133' ntlm hang-up-ntlm
  write_squid_conf 13134 \
    "https_port 127.0.0.1:13134 tls-cert=$STATE/tls/proxy.crt tls-key=$STATE/tls/proxy.key" basic
  write_telling_pages
  write_squid_conf 13135 'http_port 127.0.0.1:13135' ntlm telling
}

start_proxies() {
  local port
  for port in "${PORTS[@]}"; do
    if alive "squid-$port"; then continue; fi
    if listening "$port"; then die "port 127.0.0.1:$port is taken by another program"; fi
    spawn "squid-$port" squid -N -n "tildegate$port" -f "$CONF/squid-$port.conf"
  done
  for port in "${PORTS[@]}"; do
    wait_until 20 listening "$port" || die "port $port did not open. $(last_words "squid-$port")"
  done
}

cmd_up() {
  need_root up
  [[ -z $(missing_parts) ]] || die "missing: $(missing_parts | tr '\n' ' ')- run '$0 install' first"
  umask 022 # the helpers run as Squid's user and read the configuration
  mkdir -p "$STATE" "$LOG" "$RUN" "$CONF"
  chmod 755 "$STATE" "$CONF" "$RUN"
  chown "$SQUID_USER" "$LOG"
  setpriv --reuid="$SQUID_USER" --regid="$SQUID_USER" --clear-groups test -w "$LOG" ||
    die "user '$SQUID_USER' cannot write $LOG; set TILDEGATE_LAB_DIR to a directory others can enter"
  setpriv --reuid="$SQUID_USER" --regid="$SQUID_USER" --clear-groups test -w /dev/shm ||
    die "Squid needs a /dev/shm that everyone may write (mount -t tmpfs tmpfs /dev/shm)"
  exec 9>"$STATE/lock"
  flock -w 120 9 || die "another 'up' or 'down' holds $STATE/lock"
  ulimit -n 4096 # some containers allow 10^9 files, and Squid would size its tables by that
  write_confs
  provision
  start_domain
  start_proxies
  say "up: domain LAB.TEST and proxies ${PORTS[*]} on 127.0.0.1; state in $STATE"
}

cmd_down() {
  need_root down
  [[ -d $RUN ]] || { say "down: nothing was started"; return; }
  exec 9>"$STATE/lock"
  flock -w 120 9 || die "another 'up' or 'down' holds $STATE/lock"
  local files=("$RUN"/*.pid)
  if [[ -e ${files[0]} ]]; then
    files=("${files[@]##*/}")
    stop "${files[@]%.pid}"
  fi
  say "down: done (the domain is kept in $STATE; delete that directory for a fresh one)"
}

# ---------------------------------------------------------------- running

cmd_running() { # status 0 where every proxy listens
  local port
  for port in "${PORTS[@]}"; do
    listening "$port" || { say "running: no, nothing listens on 127.0.0.1:$port"; return 1; }
  done
  say "running: yes"
}

case ${1-} in
  install) cmd_install ;;
  up) cmd_up ;;
  running) cmd_running ;;
  down) cmd_down ;;
  add-user) cmd_add_user "${2:?name}" "${3:?password}" ;;
  remove-user) cmd_remove_user "${2:?name}" ;;
  *) die "usage: $0 install | up | running | down | add-user NAME PASSWORD | remove-user NAME" ;;
esac
