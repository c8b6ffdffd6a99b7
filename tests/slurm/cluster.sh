#!/usr/bin/env bash
# A real Slurm cluster on one host, for tests: no systemd, no cgroups, no database, no root.
#
#   cluster.sh serve DIR [NODES]      starts it, says `ready`, and stops it when standard input ends
#   cluster.sh kill-node DIR NODE     a power cut: SIGKILL to the node's slurmd and to everything it runs
#   cluster.sh start-node DIR NODE    the power is back
#
# Nodes are called n0, n1 …; each claims 4 CPUs and a GPU that is only a character device. Jobs of the partition
# `urgent` take a node from those of `main`, the default, after 20 seconds of grace. DIR is new or empty; logs lie in
# DIR/log. While it serves, `export SLURM_CONF=DIR/slurm.conf` makes every Slurm command talk to it.
#
# Needs the Debian packages slurm-wlm and munge (tested with Slurm 22.05).
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

die() {
  echo "cluster.sh: $*" >&2
  exit 1
}

# A container's first process may reap late, and `kill -0` succeeds on a zombie, so the state is looked at.
alive() {
  local state
  state=$(sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null) && [ "$state" != Z ]
}

poll() { # seconds, what, command …: waits until the command succeeds
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || die "timed out while waiting for $what; see $dir/log"
    sleep 0.1
  done
}

launch() { # name, command …: a daemon in a session of its own, its pid recorded
  local name=$1
  shift
  setsid "$@" </dev/null >>"$dir/log/$name.out" 2>&1 &
  disown
  echo $! >"$dir/pid/$name"
}

start_node() { launch "$1" slurmd -D -f "$SLURM_CONF" -N "$1"; }

# A slurmstepd outlives its slurmd. It keeps SLURM_CONF in its environment, shows its job in its title, and has a socket
# spool/NODE/NODE_JOB.STEP.
step_daemons() { # [node]: pids, of one node or of all
  local proc job
  for proc in /proc/[0-9]*; do
    [ "$(cat "$proc/comm" 2>/dev/null)" = slurmstepd ] || continue
    alive "${proc#/proc/}" || continue
    tr '\0' '\n' <"$proc/environ" 2>/dev/null | grep -qxF "SLURM_CONF=$SLURM_CONF" || continue
    job=$(tr '\0' ' ' <"$proc/cmdline" 2>/dev/null | sed -n 's/^slurmstepd: \[\([0-9]*\)\..*/\1/p')
    if [ $# = 0 ] || compgen -G "$dir/spool/$1/$1_$job.*" >/dev/null; then echo "${proc#/proc/}"; fi
  done
}

descendants() { # pid: children before parents, itself last
  local child children
  read -r -a children < <(cat "/proc/$1/task/"*/children 2>/dev/null | tr '\n' ' ') || true
  for child in "${children[@]}"; do descendants "$child"; done
  echo "$1"
}

kill_steps() { # [node]
  local step
  for step in $(step_daemons "$@"); do
    # Stopped first, it cannot report the death of its tasks.
    kill -STOP "$step" 2>/dev/null || true
    # shellcheck disable=SC2046 # a list of pids
    kill -KILL $(descendants "$step") 2>/dev/null || true
  done
}

kill_node() {
  kill -KILL "$(cat "$dir/pid/$1")" 2>/dev/null || true
  kill_steps "$1"
}

stop() {
  local file pid
  trap - EXIT
  # Nobody has to report anything any more, so nothing is asked politely.
  for file in "$dir"/pid/n[0-9]* "$dir/pid/slurmctld"; do
    if pid=$(cat "$file" 2>/dev/null); then kill -KILL "$pid" 2>/dev/null || true; fi
  done
  kill_steps
  if pid=$(cat "$dir/pid/munged" 2>/dev/null); then kill -TERM "$pid" 2>/dev/null || true; fi
  rm -f "$dir"/pid/*
}

# Ports below the range from which the kernel serves outgoing connections, so that none is taken before its daemon
# starts.
free_port() {
  local port
  while port=$((16384 + RANDOM % 16000)); do
    if [[ " $ports " != *" $port "* ]] && ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
  done
  ports+=" $port"
}

# Slurm wants a distinct character device for every GPU and looks no further at it. Root makes them; others borrow.
gpu_device() { # number
  local borrowed=(/dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty)
  local file=$dir/dev/gpu$1
  mknod "$file" c 1 3 2>/dev/null || file=${borrowed[$1]:-}
  [ -c "$file" ] || die "no character device is left to stand for the GPU of node n$1; take fewer nodes"
  echo "$file"
}

configure() { # nodes
  local user host node ports=""
  user=$(id -un) host=$(hostname -s)
  free_port
  cat >"$SLURM_CONF" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=${ports##* }
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
CredType=cred/munge
# A requeued job waits until its old credential has expired, 120 seconds by default.
AuthInfo=socket=$dir/munge.sock,cred_expire=5
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool/%n
SlurmctldPidFile=$dir/state/slurmctld.pid
SlurmdPidFile=$dir/spool/%n.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd-%n.log
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2
# A node that comes back after it was down is used again.
ReturnToService=2
SlurmdTimeout=10
KillWait=5
MinJobAge=3600
JobRequeue=1
SlurmdParameters=config_overrides
GresTypes=gpu
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
PartitionName=main Nodes=ALL Default=YES PriorityTier=1 PreemptMode=REQUEUE GraceTime=20
PartitionName=urgent Nodes=ALL PriorityTier=10 PreemptMode=OFF
CONF
  for ((node = 0; node < $1; node++)); do
    free_port
    echo "NodeName=n$node NodeHostname=$host NodeAddr=127.0.0.1 Port=${ports##* } CPUs=4 RealMemory=64000 Gres=gpu:1" \
      >>"$SLURM_CONF"
    echo "NodeName=n$node Name=gpu File=$(gpu_device "$node")" >>"$dir/gres.conf"
  done
}

all_idle() { [ "$(sinfo -h -N -t idle -o %N | sort -u | wc -l)" = "$1" ]; }

serve() { # nodes
  local program node
  for program in munged slurmctld slurmd sbatch; do
    command -v "$program" >/dev/null || die "$program is missing; install the packages slurm-wlm and munge"
  done
  [ -z "$(ls -A "$dir")" ] || die "$dir is not empty"
  # munged wants its key and socket where nobody else can write.
  chmod 700 "$dir"
  mkdir "$dir"/{pid,log,state,spool,dev}
  trap stop EXIT
  configure "$1"
  (umask 077 && head -c 128 /dev/urandom >"$dir/munge.key")
  # --force: the folders above DIR may belong to somebody else, which munged would refuse.
  launch munged munged --force -F -S "$dir/munge.sock" --key-file="$dir/munge.key" --pid-file="$dir/state/munged.pid" \
    --log-file="$dir/log/munged.log" --seed-file="$dir/state/munged.seed" --num-threads=2
  poll 60 munged munge -S "$dir/munge.sock" -n
  launch slurmctld slurmctld -D -i -f "$SLURM_CONF"
  for ((node = 0; node < $1; node++)); do start_node "n$node"; done
  poll 60 slurmctld scontrol ping
  poll 120 "$1 idle nodes" all_idle "$1"
  echo ready
  cat >/dev/null
}

[ $# -ge 2 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
mkdir -p "$2"
dir=$(cd "$2" && pwd)
export SLURM_CONF=$dir/slurm.conf
case $1 in
  serve) serve "${3:-4}" ;;
  kill-node) kill_node "${3:?a node, such as n2}" ;;
  start-node) start_node "${3:?a node, such as n2}" ;;
  *) die "no such command: $1" ;;
esac
