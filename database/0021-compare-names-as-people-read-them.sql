-- Letters may be typed composed or not ("ë", or "e" and a mark): both look the same, and both are stored composed (NFC) and compared so.
-- PostgreSQL composes in databases of the encoding UTF8 only; the others hold no letter that is not composed.
DO $$
BEGIN
    IF getdatabaseencoding() = 'UTF8' THEN
        CREATE FUNCTION nfc(value text) RETURNS text
            LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
            AS 'SELECT normalize(value, NFC)';
    ELSE
        CREATE FUNCTION nfc(value text) RETURNS text
            LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
            AS 'SELECT value';
    END IF;
END
$$;

COMMENT ON FUNCTION nfc IS 'A text as it is compared: letters composed.';

-- Discord's user names have small letters only, and people write them with an @ before, with #0 after, or in capitals. Names beyond ASCII
-- are none of Discord's: the locale shall not have a say in what is small.
CREATE FUNCTION discord_handle(value text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    AS $fn$SELECT lower(regexp_replace(value, '^[[:space:]@]+|[[:space:]]*(#0{1,4})?[[:space:]]*$', '', 'g') COLLATE "C")$fn$;

COMMENT ON FUNCTION discord_handle IS 'A Discord user name as it is compared.';

-- Whoever joins a server is looked up among all people.
CREATE INDEX idx_users_discord_handle ON users (discord_handle(discord_username));

UPDATE users
SET nickname = nfc(nickname),
    email = nfc(email),
    discord_username = nfc(discord_username)
WHERE nickname <> nfc(nickname) OR email <> nfc(email) OR discord_username <> nfc(discord_username);

UPDATE courses SET course_name = nfc(course_name) WHERE course_name <> nfc(course_name);
UPDATE cohorts SET cohort_name = nfc(cohort_name) WHERE cohort_name <> nfc(cohort_name);

-- Two groups of a cohort whose names look the same keep them: names of groups are unique, and which of the two is meant is not ours to say.
UPDATE groups
SET group_name = nfc(group_name)
WHERE group_name <> nfc(group_name)
    AND NOT EXISTS (
        SELECT FROM groups AS other
        WHERE other.cohort_id = groups.cohort_id
            AND other.group_id <> groups.group_id
            AND nfc(other.group_name) = nfc(groups.group_name));
