#!/bin/sh
# Sentinel rewrites its configuration, so it gets a copy of its own. Two of three have to agree.
set -eu
cat > /tmp/sentinel.conf <<CONF
port 26379
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel monitor madang redis-1 6379 2
sentinel down-after-milliseconds madang 5000
sentinel failover-timeout madang 10000
CONF
exec redis-server /tmp/sentinel.conf --sentinel
