#!/bin/bash
# Runs once, in the new data directory of the primary.
set -eu
echo 'host replication madang samenet scram-sha-256' >> "$PGDATA/pg_hba.conf"
