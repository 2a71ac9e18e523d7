-- Which command a run carries out is said by its kind, a word that stays while classes are renamed; the name of a .NET class said it too.
ALTER TABLE runs
    -- Whether the run, cut off, is gone on with by itself.
    ADD COLUMN resumes boolean NOT NULL DEFAULT false;

UPDATE runs SET resumes = true WHERE command_type IS NOT NULL;

-- What nothing reads: where a command came from in Discord stands in interactions.
ALTER TABLE runs
    DROP COLUMN command_type,
    DROP COLUMN guild_id,
    DROP COLUMN interaction_id,
    DROP COLUMN application_id,
    DROP COLUMN interaction_token,
    DROP COLUMN channel_id,
    DROP COLUMN message_id;
