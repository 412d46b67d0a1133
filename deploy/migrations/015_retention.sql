-- Retention: how long a business's data is kept, made unreadable, archived; and people who want to be forgotten.

-- What was done about one day (UTC) of one tenant. A row with removed_at is history: nothing of that day is left.
CREATE TABLE retention_days (
    tenant_id uuid NOT NULL,
    day date NOT NULL,
    -- Texts and numbers were made unreadable.
    redacted_at timestamptz,
    archived_at timestamptz,
    -- Where, as a folder or prefix; and how many files.
    archive text,
    archive_files integer,
    removed_at timestamptz,
    -- Messages that were removed.
    messages bigint,
    PRIMARY KEY (tenant_id, day)
);

-- How many messages of each state were removed by age: the figures that people see count them on, and the standing check
-- of the ledger adds them to the rows that are there.
CREATE TABLE removed_messages (
    tenant_id uuid NOT NULL,
    state smallint NOT NULL CHECK (state BETWEEN 0 AND 12),
    messages bigint NOT NULL,
    PRIMARY KEY (tenant_id, state)
) WITH (fillfactor = 50);

-- People who are to be forgotten. Who it is stands here until it is done; afterwards only a hash, which proves that it was.
CREATE TABLE erasures (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'done')),
    phone text,
    user_id text,
    contact_id uuid,
    -- SHA-256 of the tenant's id and the number, or the user id.
    subject_hash bytea NOT NULL,
    -- The suppression of somebody who must not be written to stays: it is the only way to go on honouring that.
    keeps_opt_out boolean NOT NULL DEFAULT true,
    requested_at timestamptz NOT NULL DEFAULT now(),
    requested_by text NOT NULL,
    due_at timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz,
    -- {"messages": 12, "inbound_messages": 3, …}
    result jsonb,
    PRIMARY KEY (tenant_id, id),
    CHECK (status = 'done' OR phone IS NOT NULL OR user_id IS NOT NULL OR contact_id IS NOT NULL),
    CHECK ((status = 'done') = (done_at IS NOT NULL))
);
CREATE INDEX erasures_due ON erasures (due_at) WHERE status = 'pending';

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['retention_days', 'removed_messages', 'erasures'] LOOP
        CALL protect_tenant_table(table_name::regclass);
    END LOOP;
END $$;
GRANT SELECT ON retention_days, removed_messages TO tidings_service;
GRANT SELECT, INSERT ON erasures TO tidings_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON retention_days, removed_messages TO tidings_platform;
GRANT SELECT, UPDATE ON erasures TO tidings_platform;
-- Age and erasure are the only reasons for which these change or go.
GRANT UPDATE (recipient, content, reference, metadata), DELETE ON messages TO tidings_platform;
GRANT UPDATE (from_number, from_user_id, content), DELETE ON inbound_messages TO tidings_platform;
GRANT UPDATE (detail), DELETE ON message_events TO tidings_platform;
GRANT DELETE ON message_states, attempts TO tidings_platform;
GRANT UPDATE, DELETE ON provider_notices TO tidings_platform;
GRANT DELETE ON critical_failures, message_retries, confirmed_duplicates TO tidings_platform;

-- What a text was: its kind stays, what it said goes. A row that is read again must still be one of ours.
CREATE FUNCTION redacted_content(content jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE content ->> 'type'
        WHEN 'template' THEN jsonb_build_object(
            'type', 'template', 'name', content -> 'name', 'language', content -> 'language', 'components', '[]'::jsonb)
        WHEN 'text' THEN '{"type": "text", "body": "", "preview_url": false}'::jsonb
        ELSE jsonb_build_object('type', content -> 'type', 'id', 'redacted')
    END;

-- The days of which there are partitions.
CREATE FUNCTION partition_days() RETURNS SETOF date
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    BEGIN ATOMIC
        SELECT to_date(right(c.relname::text, 8), 'YYYYMMDD')
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
        WHERE p.relname = 'messages' AND c.relname ~ '^messages_[0-9]{8}$';
    END;
-- Takes a day's partitions away, whatever is in them: whoever calls has seen that nothing is that somebody keeps. It does
-- not wait long: while it waits for a table, everybody else waits behind it.
CREATE FUNCTION drop_day_partitions(gone date) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE
    partition_name text;
    dropped integer := 0;
BEGIN
    IF gone >= (now() AT TIME ZONE 'UTC')::date THEN
        RAISE EXCEPTION 'the day is not over';
    END IF;
    FOR partition_name IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        JOIN pg_partitioned_table p ON p.partrelid = i.inhparent
        WHERE c.relnamespace = 'public'::regnamespace AND right(c.relname, 9) = '_' || to_char(gone, 'YYYYMMDD')
        ORDER BY c.relname
    LOOP
        EXECUTE format('DROP TABLE %I', partition_name);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;
REVOKE ALL ON FUNCTION partition_days(), drop_day_partitions(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION partition_days(), drop_day_partitions(date) TO tidings_platform;
