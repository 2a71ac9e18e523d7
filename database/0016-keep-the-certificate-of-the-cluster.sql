-- What members and clients of the cluster show each other, and all that they accept. The newest is shown; the one before it
-- is accepted still. Whoever reads this table can join the cluster: so can whoever has a dump of it.
CREATE TABLE cluster_certificates (
    cluster_certificate_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- X.509, DER.
    certificate bytea NOT NULL,
    -- PKCS #8, not encrypted.
    private_key bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
