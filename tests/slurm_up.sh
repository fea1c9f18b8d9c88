# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A Slurm of several nodes on this host's loopback, of its own: sourced behind lib.sh.
#
#   slurm_is_here          Slurm and munge are installed, and this is root
#   slurm_up NODES CPUS    starts it in $tmp/slurm, and sets SLURM_CONF; fails if no node gets idle
#   slurm_kill NODE        kills a node's daemon and everything that runs there
#   slurm_down             ends what slurm_up started

slurm=$tmp/slurm

slurm_is_here()
{
	local command
	for command in munged slurmctld slurmd sbatch scontrol; do
		command -v $command >/dev/null || return 1
	done
	[ "$(id -u)" -eq 0 ]
}

write_slurm_conf()
{
	local port=$((20000 + $$ % 10000)) node
	cat <<-END
		ClusterName=memsimtest
		SlurmctldHost=localhost(127.0.0.1)
		SlurmUser=root
		SlurmdUser=root
		SlurmctldPort=$port
		SlurmctldPidFile=$slurm/slurmctld.pid
		SlurmdPidFile=$slurm/slurmd-%n.pid
		StateSaveLocation=$slurm/state
		SlurmdSpoolDir=$slurm/spool-%n
		SlurmctldLogFile=$slurm/slurmctld.log
		SlurmdLogFile=$slurm/slurmd-%n.log
		AuthType=auth/munge
		AuthInfo=socket=$slurm/munge/sock
		CredType=cred/munge
		CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
		ProctrackType=proctrack/linuxproc
		TaskPlugin=task/none
		JobAcctGatherType=jobacct_gather/none
		AccountingStorageType=accounting_storage/none
		MpiDefault=none
		SwitchType=switch/none
		SelectType=select/cons_tres
		SelectTypeParameters=CR_Core
		SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,sched_min_interval=0,defer
		SlurmdParameters=config_overrides
		ReturnToService=2
		JobRequeue=1
		SlurmdTimeout=5
		KillWait=2
	END
	for node in $(seq "$1"); do
		echo "NodeName=n$node NodeHostname=localhost NodeAddr=127.0.0.1 Port=$((port + node)) CPUs=$2"
	done
	echo "PartitionName=sim Nodes=n[1-$1] Default=YES MaxTime=INFINITE State=UP"
}

slurm_up()
{
	local node
	mkdir -p "$slurm/state" "$slurm/munge"
	chmod 755 "$tmp" "$slurm"
	head -c 1024 /dev/urandom >"$slurm/munge/key"
	chmod 600 "$slurm/munge/key"
	munged --force --key-file="$slurm/munge/key" --socket="$slurm/munge/sock" \
		--pid-file="$slurm/munged.pid" --log-file="$slurm/munged.log" \
		--seed-file="$slurm/munge/seed" 2>/dev/null || return 1
	write_slurm_conf "$1" "$2" >"$slurm/slurm.conf"
	SLURM_CONF=$slurm/slurm.conf
	export SLURM_CONF
	slurmctld -i || return 1
	for node in $(seq "$1"); do
		slurmd -N "n$node" || return 1
	done
	for _ in $(seq 60); do
		[ "$(sinfo -h -N -t idle 2>/dev/null | wc -l)" -lt "$1" ] || return 0
		sleep 0.5
	done
	return 1
}

# A process and all that it started, and they in turn.
kill_tree()
{
	local child
	for child in $(ps -o pid= --ppid "$1"); do
		kill_tree "$child"
	done
	kill -9 "$1" 2>/dev/null
}

slurm_kill()
{
	local step child environment
	# Steps leave their daemon: they are known by what they started, which has our SLURM_CONF and
	# the name of its node.
	for step in $(pgrep -x slurmstepd || true); do
		for child in $(ps -o pid= --ppid "$step"); do
			environment=/proc/$child/environ
			grep -qzFx "SLURM_CONF=$SLURM_CONF" "$environment" 2>/dev/null &&
				grep -qzx "SLURMD_NODENAME=$1" "$environment" && kill_tree "$step"
		done
	done
	kill_tree "$(cat "$slurm/slurmd-$1.pid")"
}

slurm_down()
{
	local file
	for file in "$slurm"/slurmd-*.pid "$slurm/slurmctld.pid" "$slurm/munged.pid"; do
		[ ! -s "$file" ] || kill "$(cat "$file")" 2>/dev/null
	done
	sleep 1
}
