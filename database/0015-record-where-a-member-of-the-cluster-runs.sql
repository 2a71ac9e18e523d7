-- When a member last wrote that it is alive, by this server's clock. i_am_alive_time holds the member's own, which may be
-- wrong. A trigger, because the statement that writes it is Orleans' to send, and silos keep the one that they started with.
ALTER TABLE orleans_members ADD COLUMN heartbeat_at timestamptz NOT NULL DEFAULT now();

CREATE FUNCTION orleans_member_heartbeat() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.heartbeat_at := clock_timestamp();
    RETURN NEW;
END
$$;

-- Whoever suspects a member writes its row too, and leaves the time as it stands.
CREATE TRIGGER orleans_member_heartbeat
BEFORE UPDATE ON orleans_members
FOR EACH ROW
WHEN (NEW.i_am_alive_time IS DISTINCT FROM OLD.i_am_alive_time)
EXECUTE FUNCTION orleans_member_heartbeat();

-- Where each member runs. Written before the member itself, so that none stands without it but those of older programs.
CREATE TABLE orleans_member_hosts (
    deployment_id varchar(150) NOT NULL,
    address varchar(45) NOT NULL,
    port integer NOT NULL,
    generation integer NOT NULL,
    machine_id text NOT NULL,
    -- Null where the operating system does not tell: then nobody judges this member by its process.
    boot_id text,
    network_namespace text,
    -- Those in which process_id and process_started hold.
    process_namespaces text,
    process_id integer NOT NULL,
    -- As the operating system counts it: only compared. An id is given again, a start time with it is not.
    process_started text,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (deployment_id, address, port, generation)
);
