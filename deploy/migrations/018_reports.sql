-- Reports: what became of each day's messages, monthly reports, and proofs of delivery.

-- What became of the messages accepted on a day (UTC), as last counted. Counted again and again while the day is young,
-- because receipts come late; never once the tenant's retention has begun to remove the day.
CREATE TABLE outcome_days (
    tenant_id uuid NOT NULL,
    day date NOT NULL,
    state smallint NOT NULL CHECK (state BETWEEN 0 AND 12),
    -- Why a message ended without delivery; NULL: no provider gave a reason, or it did not end so.
    error_code integer,
    messages bigint NOT NULL,
    -- Of `messages`: WhatsApp took it at least once.
    sent bigint NOT NULL,
    -- Of `messages`: sent, not delivered yet, and its time to live is not over.
    in_time bigint NOT NULL,
    -- Of `messages`: repeated by us at least once; and how often altogether.
    retried bigint NOT NULL,
    retries bigint NOT NULL,
    UNIQUE NULLS NOT DISTINCT (tenant_id, day, state, error_code)
);
-- How long things took, of the messages accepted on a day.
CREATE TABLE outcome_times (
    tenant_id uuid NOT NULL,
    day date NOT NULL,
    -- answer: from an attempt's first byte to the provider's answer. delivery: from sent to delivered.
    kind text NOT NULL CHECK (kind IN ('answer', 'delivery')),
    -- The place in the list of bounds that the program counts by (Models' TimeBounds).
    bound smallint NOT NULL,
    messages bigint NOT NULL,
    PRIMARY KEY (tenant_id, day, kind, bound)
);
CALL protect_tenant_table('outcome_days');
CALL protect_tenant_table('outcome_times');
GRANT SELECT ON outcome_days, outcome_times TO tidings_service;
GRANT SELECT, INSERT, DELETE ON outcome_days, outcome_times TO tidings_platform;
-- When each day was counted last. Of all tenants.
CREATE TABLE outcome_counts (
    day date PRIMARY KEY,
    counted_at timestamptz NOT NULL
) WITH (fillfactor = 50);
ALTER TABLE outcome_counts ENABLE ROW LEVEL SECURITY;
ALTER TABLE outcome_counts FORCE ROW LEVEL SECURITY;
CREATE POLICY read_by_services ON outcome_counts FOR SELECT TO tidings_service USING (true);
CREATE POLICY all_days ON outcome_counts TO tidings_platform USING (true) WITH CHECK (true);
GRANT SELECT ON outcome_counts TO tidings_service;
GRANT SELECT, INSERT, UPDATE ON outcome_counts TO tidings_platform;

-- Monthly reports, as they were made: they do not change when what they were made of is removed.
CREATE TABLE compliance_reports (
    -- NULL: of all businesses together.
    tenant_id uuid REFERENCES tenants,
    -- Its first day.
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    made_at timestamptz NOT NULL,
    -- Made when nothing of the month could change any more; before that it is made once more.
    is_settled boolean NOT NULL,
    report jsonb NOT NULL,
    UNIQUE NULLS NOT DISTINCT (tenant_id, month)
);
ALTER TABLE compliance_reports ENABLE ROW LEVEL SECURITY;
ALTER TABLE compliance_reports FORCE ROW LEVEL SECURITY;
CREATE POLICY acting_tenants_only ON compliance_reports TO tidings_service
    USING ((tenant_id = ANY ((SELECT acting_tenants())::uuid[])) IS TRUE) WITH CHECK (false);
CREATE POLICY all_tenants ON compliance_reports TO tidings_platform USING (true) WITH CHECK (true);
GRANT SELECT ON compliance_reports TO tidings_service;
GRANT SELECT, INSERT, UPDATE ON compliance_reports TO tidings_platform;

-- Proofs. What is recorded about messages is sealed every few minutes: the lines of each message are a leaf of a tree of
-- hashes, its root stands in a seal that names the hash of the seal before, and the seal is signed.

-- Finds what was recorded in a span; costs the inserts nothing (ranges are summarised later).
CREATE INDEX message_events_by_recording ON message_events
    USING brin (recorded_at) WITH (pages_per_range = 64, autosummarize = on);

-- What providers said about messages, word by word, for businesses that want it kept. Sealed with the events.
CREATE TABLE raw_receipts (
    tenant_id uuid NOT NULL,
    message_id uuid NOT NULL,
    id uuid NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    provider text NOT NULL,
    provider_message_id text NOT NULL,
    word text NOT NULL,
    -- When it happened, by the provider.
    at timestamptz NOT NULL,
    -- The part of the delivery that is about this message, as it came, under the tenant's data key; NULL: made unreadable.
    bytes_sealed bytea,
    -- Of what is sealed there.
    bytes_hash bytea NOT NULL,
    -- Of the whole delivery, which may speak of other messages too: what its signature is about.
    delivery_hash bytea NOT NULL,
    signature text,
    -- When the delivery's signature was found to be right.
    verified_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, message_id, id)
) PARTITION BY RANGE (message_id);
CALL protect_tenant_table('raw_receipts');
CREATE INDEX raw_receipts_by_recording ON raw_receipts USING brin (recorded_at) WITH (autosummarize = on);
GRANT SELECT, INSERT ON raw_receipts TO tidings_service;
GRANT SELECT, INSERT, UPDATE (bytes_sealed), DELETE ON raw_receipts TO tidings_platform;
ALTER TABLE tenants ADD COLUMN keeps_raw_receipts boolean NOT NULL DEFAULT false;
GRANT UPDATE (keeps_raw_receipts) ON tenants TO tidings_service;
-- A delivery speaks of several businesses before anybody acts for one.
CREATE FUNCTION keepers_of_raw_receipts() RETURNS TABLE (tenant_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    BEGIN ATOMIC
        SELECT t.id FROM tenants t WHERE t.keeps_raw_receipts AND t.data_key_sealed IS NOT NULL;
    END;
ALTER FUNCTION keepers_of_raw_receipts() OWNER TO tidings_platform;
REVOKE ALL ON FUNCTION keepers_of_raw_receipts() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION keepers_of_raw_receipts() TO tidings_service, tidings_platform;
DO $$
DECLARE
    first_day date;
BEGIN
    SELECT min(to_date(right(relname, 8), 'YYYYMMDD')) INTO first_day
    FROM pg_class WHERE relname ~ '^messages_[0-9]{8}$';
    WHILE first_day <= (now() AT TIME ZONE 'UTC')::date + 2 LOOP
        PERFORM create_day_partitions(first_day, 1);
        first_day := first_day + 1;
    END LOOP;
END $$;

-- How late something may be written into the log: its time is its transaction's beginning. Whoever is later fails, and
-- does it again. So a span that ended longer ago holds nothing but what transactions that are over have written.
CREATE FUNCTION proof_lateness() RETURNS interval
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN interval '60 seconds';
CREATE FUNCTION refuse_late_record() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a transaction that began at % writes into the log too late', now() USING ERRCODE = 'serialization_failure';
END $$;
-- Asked once a statement, and no function is called when it is in time.
CREATE TRIGGER message_events_in_time AFTER INSERT ON message_events
    FOR EACH STATEMENT WHEN (clock_timestamp() - now() > proof_lateness()) EXECUTE FUNCTION refuse_late_record();
CREATE TRIGGER raw_receipts_in_time AFTER INSERT ON raw_receipts
    FOR EACH STATEMENT WHEN (clock_timestamp() - now() > proof_lateness()) EXECUTE FUNCTION refuse_late_record();

-- How far the log is sealed, of all tenants. One row.
CREATE TABLE proof_progress (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    -- What was recorded before is sealed.
    sealed_until timestamptz NOT NULL,
    -- What was recorded before cannot change any more, and nothing can join it.
    safe_until timestamptz NOT NULL,
    -- When transactions up to this one are over, what was recorded proof_lateness() before `pending_at` is safe.
    pending_at timestamptz,
    pending_xid bigint
) WITH (fillfactor = 50);
INSERT INTO proof_progress (sealed_until, safe_until) VALUES (now(), now());
-- Everybody who must check a seal may know these.
CREATE TABLE proof_keys (
    id text PRIMARY KEY,
    public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),
    first_used_at timestamptz NOT NULL DEFAULT now()
);
DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['proof_progress', 'proof_keys'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', table_name);
        EXECUTE format('CREATE POLICY read_by_services ON %I FOR SELECT TO tidings_service USING (true)', table_name);
        EXECUTE format('CREATE POLICY all_rows ON %I TO tidings_platform USING (true) WITH CHECK (true)', table_name);
    END LOOP;
END $$;
GRANT SELECT ON proof_progress, proof_keys TO tidings_service;
GRANT SELECT, UPDATE ON proof_progress TO tidings_platform;
GRANT SELECT, INSERT ON proof_keys TO tidings_platform;
CREATE TABLE proof_seals (
    tenant_id uuid NOT NULL,
    -- From 1, without gaps.
    number bigint NOT NULL,
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL,
    -- What is signed; its SHA-256 stands in the next seal.
    text text NOT NULL,
    signature bytea NOT NULL,
    -- Makes the hashes of numbers and texts unguessable; shown only together with what it hides.
    salt bytea NOT NULL,
    -- 48 bytes a message, in their order: its id and its leaf.
    leaves bytea NOT NULL,
    PRIMARY KEY (tenant_id, number)
);
CREATE INDEX proof_seals_by_time ON proof_seals (tenant_id, to_at);
ALTER TABLE proof_seals ALTER COLUMN leaves SET STORAGE EXTERNAL;
CALL protect_tenant_table('proof_seals');
GRANT SELECT ON proof_seals TO tidings_service;
-- Nobody changes or removes a seal.
GRANT SELECT, INSERT ON proof_seals TO tidings_platform;

-- The lines of a proof. What is sealed and what is shown are made by the same functions.
CREATE FUNCTION proof_time(moment timestamptz) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
CREATE FUNCTION proof_word(word text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN translate(word, E' \t\n\r', '____');
CREATE FUNCTION proof_line(e message_events) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN proof_time(e.recorded_at) || ' event ' || proof_word(e.type) || ' at ' || proof_time(e.at) || ' attempt '
        || coalesce(e.attempt::text, '-') || ' error ' || coalesce(e.error_code::text, '-') || ' detail '
        || coalesce(encode(sha256(convert_to(e.detail::text, 'UTF8')), 'hex'), '-');
CREATE FUNCTION proof_line(r raw_receipts) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN proof_time(r.recorded_at) || ' receipt ' || proof_word(r.word) || ' at ' || proof_time(r.at) || ' provider '
        || r.provider || ' id ' || proof_word(r.provider_message_id) || ' bytes ' || encode(r.bytes_hash, 'hex')
        || ' delivery ' || encode(r.delivery_hash, 'hex') || ' signature ' || coalesce(proof_word(r.signature), '-')
        || ' verified ' || proof_time(r.verified_at);
CREATE FUNCTION proof_salt(salt bytea, message_id uuid, what text) RETURNS bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN substr(sha256(salt || uuid_send(message_id) || convert_to(what, 'UTF8')), 1, 16);
CREATE FUNCTION proof_line(m messages, recorded_at timestamptz, salt bytea) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN proof_time(recorded_at) || ' message sender ' || m.sender_id || ' template ' || coalesce(m.template_id::text, '-')
        || ' type ' || m.type || ' created ' || proof_time(m.created_at) || ' recipient '
        || encode(sha256(proof_salt(salt, m.id, 'recipient') || convert_to(m.recipient, 'UTF8')), 'hex') || ' content '
        || encode(sha256(proof_salt(salt, m.id, 'content') || convert_to(m.content::text, 'UTF8')), 'hex');
