-- What Orleans' ADO.NET providers keep: the cluster's members, the states of grains, reminders. The providers know these
-- tables only through the statements in OrleansQuery; the types are those of the parameters that they send.

CREATE TABLE OrleansQuery (
    QueryKey varchar(64) PRIMARY KEY,
    QueryText varchar(8000) NOT NULL
);

-- One row per cluster. Its version rises with every change of a member, and a change is made only on the version it was
-- decided on: that is how silos agree.
CREATE TABLE orleans_membership_versions (
    deployment_id varchar(150) PRIMARY KEY,
    version integer NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE orleans_members (
    deployment_id varchar(150) NOT NULL REFERENCES orleans_membership_versions ON DELETE CASCADE,
    -- Address, port and generation name one life of one silo; a restart is a new generation.
    address varchar(45) NOT NULL,
    port integer NOT NULL,
    generation integer NOT NULL,
    silo_name varchar(150) NOT NULL,
    host_name varchar(150) NOT NULL,
    -- 3 is active; the higher ones are on the way down or dead.
    status integer NOT NULL,
    -- The gateway for clients; 0 where the silo has none.
    proxy_port integer,
    -- Who suspected this silo to be dead, and when.
    suspect_times varchar(8000),
    start_time timestamptz NOT NULL,
    i_am_alive_time timestamptz NOT NULL,
    PRIMARY KEY (deployment_id, address, port, generation)
);

CREATE TABLE orleans_grain_states (
    grain_id_hash integer NOT NULL,
    grain_id_n0 bigint NOT NULL,
    grain_id_n1 bigint NOT NULL,
    grain_type_hash integer NOT NULL,
    grain_type varchar(512) NOT NULL,
    -- Null for a grain whose key is a number or a guid.
    grain_id_extension varchar(512),
    service_id varchar(150) NOT NULL,
    -- Null after the state was cleared; the row stays so that its version goes on counting.
    payload bytea,
    modified_on timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL
);
-- Hashes of the long texts, because an index row ends at about 2700 bytes.
CREATE UNIQUE INDEX uq_orleans_grain_states ON orleans_grain_states (
    grain_id_hash, grain_type_hash, grain_id_n0, grain_id_n1, service_id,
    md5(grain_type), (grain_id_extension IS NULL), md5(coalesce(grain_id_extension, '')));

CREATE TABLE orleans_reminders (
    service_id varchar(150) NOT NULL,
    grain_id varchar(150) NOT NULL,
    reminder_name varchar(150) NOT NULL,
    start_time timestamptz NOT NULL,
    -- Milliseconds.
    period bigint NOT NULL,
    -- Place of the grain on the ring that silos share out among themselves.
    grain_hash integer NOT NULL,
    version integer NOT NULL DEFAULT 0,
    PRIMARY KEY (service_id, grain_id, reminder_name)
);
CREATE INDEX idx_orleans_reminders_grain_hash ON orleans_reminders (service_id, grain_hash);
