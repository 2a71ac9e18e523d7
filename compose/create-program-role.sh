#!/bin/sh
# Run once by the image of PostgreSQL, as its superuser, on an empty data folder: the program's role owns its database and nothing else.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$COHORTS_DB_PASSWORD" --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE cohorts LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE cohorts OWNER cohorts TEMPLATE template0 ENCODING 'UTF8';
REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;
SQL
