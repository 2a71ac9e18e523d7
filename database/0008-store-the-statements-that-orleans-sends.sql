-- The providers read these by key, bind the parameters by name and read columns by name. Each is one statement, so that it
-- holds or fails as a whole. Refusing is a result of 0 rows or the version unchanged, not an error.

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES

-- Membership

('InsertMembershipVersionKey', $sql$
WITH made AS (
    INSERT INTO orleans_membership_versions (deployment_id)
    VALUES (@DeploymentId)
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT count(*)::integer FROM made
$sql$),

-- Two silos may try the same version at once: the second waits for the row of the first and then finds the version gone.
('InsertMembershipKey', $sql$
WITH raised AS (
    UPDATE orleans_membership_versions
    SET version = version + 1, changed_at = now()
    WHERE deployment_id = @DeploymentId
        AND version = @Version
        AND NOT EXISTS (
            SELECT FROM orleans_members
            WHERE deployment_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
    RETURNING deployment_id
), inserted AS (
    INSERT INTO orleans_members (
        deployment_id,
        address,
        port,
        generation,
        silo_name,
        host_name,
        status,
        proxy_port,
        start_time,
        i_am_alive_time)
    SELECT
        deployment_id,
        @Address,
        @Port,
        @Generation,
        @SiloName,
        @HostName,
        @Status,
        @ProxyPort,
        @StartTime,
        @IAmAliveTime
    FROM raised
    RETURNING 1
)
SELECT count(*)::integer FROM inserted
$sql$),

('UpdateMembershipKey', $sql$
WITH raised AS (
    UPDATE orleans_membership_versions
    SET version = version + 1, changed_at = now()
    WHERE deployment_id = @DeploymentId
        AND version = @Version
        AND EXISTS (
            SELECT FROM orleans_members
            WHERE deployment_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
    RETURNING deployment_id
), updated AS (
    UPDATE orleans_members AS silo
    SET status = @Status, suspect_times = @SuspectTimes, i_am_alive_time = @IAmAliveTime
    FROM raised
    WHERE silo.deployment_id = raised.deployment_id
        AND silo.address = @Address AND silo.port = @Port AND silo.generation = @Generation
    RETURNING 1
)
SELECT count(*)::integer FROM updated
$sql$),

('UpdateIAmAlivetimeKey', $sql$
UPDATE orleans_members
SET i_am_alive_time = @IAmAliveTime
WHERE deployment_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation
$sql$),

('MembershipReadRowKey', $sql$
SELECT
    cluster.deployment_id AS DeploymentId,
    silo.address AS Address,
    silo.port AS Port,
    silo.generation AS Generation,
    silo.silo_name AS SiloName,
    silo.host_name AS HostName,
    silo.status AS Status,
    silo.proxy_port AS ProxyPort,
    silo.suspect_times AS SuspectTimes,
    silo.start_time AS StartTime,
    silo.i_am_alive_time AS IAmAliveTime,
    cluster.version AS Version
FROM orleans_membership_versions AS cluster
LEFT JOIN orleans_members AS silo
    ON silo.deployment_id = cluster.deployment_id
    AND silo.address = @Address AND silo.port = @Port AND silo.generation = @Generation
WHERE cluster.deployment_id = @DeploymentId
$sql$),

('MembershipReadAllKey', $sql$
SELECT
    cluster.deployment_id AS DeploymentId,
    silo.address AS Address,
    silo.port AS Port,
    silo.generation AS Generation,
    silo.silo_name AS SiloName,
    silo.host_name AS HostName,
    silo.status AS Status,
    silo.proxy_port AS ProxyPort,
    silo.suspect_times AS SuspectTimes,
    silo.start_time AS StartTime,
    silo.i_am_alive_time AS IAmAliveTime,
    cluster.version AS Version
FROM orleans_membership_versions AS cluster
LEFT JOIN orleans_members AS silo ON silo.deployment_id = cluster.deployment_id
WHERE cluster.deployment_id = @DeploymentId
$sql$),

-- Deleting the version deletes its silos.
('DeleteMembershipTableEntriesKey', $sql$
DELETE FROM orleans_membership_versions
WHERE deployment_id = @DeploymentId
$sql$),

('GatewaysQueryKey', $sql$
SELECT
    address AS Address,
    proxy_port AS ProxyPort,
    generation AS Generation
FROM orleans_members
WHERE deployment_id = @DeploymentId AND status = @Status AND proxy_port > 0
$sql$),

('CleanupDefunctSiloEntriesKey', $sql$
DELETE FROM orleans_members
WHERE deployment_id = @DeploymentId AND i_am_alive_time < @IAmAliveTime AND status <> 3
$sql$),

-- States of grains. Types are given where a parameter may be null and nothing beside it says what it is.

('ReadFromStorageKey', $sql$
SELECT
    payload AS PayloadBinary,
    modified_on AS ModifiedOn,
    version AS Version
FROM orleans_grain_states
WHERE grain_id_hash = @GrainIdHash
    AND grain_type_hash = @GrainTypeHash
    AND grain_id_n0 = @GrainIdN0
    AND grain_id_n1 = @GrainIdN1
    AND grain_type = @GrainTypeString
    AND grain_id_extension IS NOT DISTINCT FROM @GrainIdExtensionString::varchar
    AND service_id = @ServiceId
$sql$),

('WriteToStorageKey', $sql$
WITH updated AS (
    UPDATE orleans_grain_states
    SET payload = @PayloadBinary::bytea, modified_on = now(), version = version + 1
    WHERE grain_id_hash = @GrainIdHash
        AND grain_type_hash = @GrainTypeHash
        AND grain_id_n0 = @GrainIdN0
        AND grain_id_n1 = @GrainIdN1
        AND grain_type = @GrainTypeString
        AND grain_id_extension IS NOT DISTINCT FROM @GrainIdExtensionString::varchar
        AND service_id = @ServiceId
        AND version = @GrainStateVersion::integer
    RETURNING version
), inserted AS (
    INSERT INTO orleans_grain_states (
        grain_id_hash,
        grain_type_hash,
        grain_id_n0,
        grain_id_n1,
        grain_type,
        grain_id_extension,
        service_id,
        payload,
        version)
    SELECT
        @GrainIdHash,
        @GrainTypeHash,
        @GrainIdN0,
        @GrainIdN1,
        @GrainTypeString,
        @GrainIdExtensionString::varchar,
        @ServiceId,
        @PayloadBinary::bytea,
        1
    WHERE @GrainStateVersion::integer IS NULL
    ON CONFLICT DO NOTHING
    RETURNING version
)
SELECT coalesce((SELECT version FROM updated), (SELECT version FROM inserted), @GrainStateVersion::integer) AS NewGrainStateVersion
$sql$),

('ClearStorageKey', $sql$
WITH cleared AS (
    UPDATE orleans_grain_states
    SET payload = NULL, modified_on = now(), version = version + 1
    WHERE grain_id_hash = @GrainIdHash
        AND grain_type_hash = @GrainTypeHash
        AND grain_id_n0 = @GrainIdN0
        AND grain_id_n1 = @GrainIdN1
        AND grain_type = @GrainTypeString
        AND grain_id_extension IS NOT DISTINCT FROM @GrainIdExtensionString::varchar
        AND service_id = @ServiceId
        AND version = @GrainStateVersion::integer
    RETURNING version
)
SELECT coalesce((SELECT version FROM cleared), @GrainStateVersion::integer) AS NewGrainStateVersion
$sql$),

('DeleteStorageKey', $sql$
WITH deleted AS (
    DELETE FROM orleans_grain_states
    WHERE grain_id_hash = @GrainIdHash
        AND grain_type_hash = @GrainTypeHash
        AND grain_id_n0 = @GrainIdN0
        AND grain_id_n1 = @GrainIdN1
        AND grain_type = @GrainTypeString
        AND grain_id_extension IS NOT DISTINCT FROM @GrainIdExtensionString::varchar
        AND service_id = @ServiceId
        AND version = @GrainStateVersion::integer
    RETURNING version
)
SELECT coalesce((SELECT version + 1 FROM deleted), @GrainStateVersion::integer) AS NewGrainStateVersion
$sql$),

-- Reminders

('UpsertReminderRowKey', $sql$
INSERT INTO orleans_reminders AS reminder (
    service_id,
    grain_id,
    reminder_name,
    start_time,
    period,
    grain_hash)
VALUES (
    @ServiceId,
    @GrainId,
    @ReminderName,
    @StartTime,
    @Period,
    @GrainHash)
ON CONFLICT (service_id, grain_id, reminder_name) DO UPDATE
SET
    start_time = excluded.start_time,
    period = excluded.period,
    grain_hash = excluded.grain_hash,
    version = reminder.version + 1
RETURNING version
$sql$),

('ReadReminderRowKey', $sql$
SELECT
    grain_id AS GrainId,
    reminder_name AS ReminderName,
    start_time AS StartTime,
    period AS Period,
    version AS Version
FROM orleans_reminders
WHERE service_id = @ServiceId AND grain_id = @GrainId AND reminder_name = @ReminderName
$sql$),

('ReadReminderRowsKey', $sql$
SELECT
    grain_id AS GrainId,
    reminder_name AS ReminderName,
    start_time AS StartTime,
    period AS Period,
    version AS Version
FROM orleans_reminders
WHERE service_id = @ServiceId AND grain_id = @GrainId
$sql$),

-- The stretch of the ring from begin, exclusive, to end, inclusive.
('ReadRangeRows1Key', $sql$
SELECT
    grain_id AS GrainId,
    reminder_name AS ReminderName,
    start_time AS StartTime,
    period AS Period,
    version AS Version
FROM orleans_reminders
WHERE service_id = @ServiceId AND grain_hash > @BeginHash AND grain_hash <= @EndHash
$sql$),

-- The same where the stretch runs over the ring's end.
('ReadRangeRows2Key', $sql$
SELECT
    grain_id AS GrainId,
    reminder_name AS ReminderName,
    start_time AS StartTime,
    period AS Period,
    version AS Version
FROM orleans_reminders
WHERE service_id = @ServiceId AND (grain_hash > @BeginHash OR grain_hash <= @EndHash)
$sql$),

('DeleteReminderRowKey', $sql$
WITH deleted AS (
    DELETE FROM orleans_reminders
    WHERE service_id = @ServiceId AND grain_id = @GrainId AND reminder_name = @ReminderName AND version = @Version
    RETURNING 1
)
SELECT count(*)::integer FROM deleted
$sql$),

('DeleteReminderRowsKey', $sql$
DELETE FROM orleans_reminders
WHERE service_id = @ServiceId
$sql$);
