#!/bin/bash
# Copies the primary at the first start, then follows it under the name that synchronous_standby_names has.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  mkdir -p "$PGDATA"
  chown -R postgres:postgres "$PGDATA"
  chmod 700 "$PGDATA"
  gosu postgres pg_basebackup -D "$PGDATA" -X stream -R \
    -d 'host=postgres-primary user=madang application_name=standby'
fi
exec gosu postgres postgres -c max_connections=300 -c hot_standby=on
