-- The life of a message. Day partitions by the message's own id: a version 7 UUID begins with its time, so a
-- lookup by id finds its day without being told. Figures behind this shape: Shared/Decisions.

-- The smallest version 7 UUID of a moment: a partition bound.
CREATE FUNCTION uuid_floor(moment timestamptz) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;

-- What was accepted: written once, never changed.
CREATE TABLE messages (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    sender_id uuid NOT NULL,
    template_id uuid,
    batch_id uuid,
    -- A manual retry is a new message that names the one it repeats.
    parent_message_id uuid,
    type text NOT NULL,
    kind text NOT NULL,
    -- Lanes: 0 authentication, 1 utility, 2 marketing.
    lane smallint NOT NULL CHECK (lane BETWEEN 0 AND 2),
    priority smallint NOT NULL CHECK (priority BETWEEN 1 AND 10),
    recipient text NOT NULL,
    content jsonb NOT NULL,
    reference text,
    metadata jsonb,
    scheduled_for timestamptz,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
) PARTITION BY RANGE (id);
-- Recipient first: with the tenant first it would look as good as the primary key for a tenant and an id, and read
-- the whole tenant.
CREATE INDEX messages_by_recipient ON messages (recipient, tenant_id, id);
CREATE INDEX messages_by_reference ON messages (tenant_id, reference, id) WHERE reference IS NOT NULL;

-- Where each message is. Narrow, and no index but the key, so that every update is HOT.
-- 0 scheduled, 1 queued, 2 sending, 3 unanswered, 4 waiting, 5 held, 6 sent, 7 delivered, 8 read,
-- 9 failed, 10 undelivered, 11 expired, 12 cancelled: the raw values of Models' MessageState.
CREATE TABLE message_states (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    state smallint NOT NULL CHECK (state BETWEEN 0 AND 12),
    -- Sends begun: the fencing number of the attempt in flight. At most one, because one row can move only once.
    attempts smallint NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    retries smallint NOT NULL DEFAULT 0 CHECK (retries >= 0),
    is_critical boolean NOT NULL DEFAULT false,
    error_code integer,
    changed_at timestamptz NOT NULL,
    sent_at timestamptz,
    delivered_at timestamptz,
    read_at timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (tenant_id, id)
) PARTITION BY RANGE (id);

-- The state machine again, where nobody can get past it. Row n, bit m: a message in state n may move to state m.
-- A test compares every pair with Models' table.
CREATE FUNCTION message_may_move(from_state smallint, to_state smallint) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((ARRAY[6658, 8164, 2040, 2034, 8162, 8130, 1944, 256, 0, 448, 448, 448, 448]::integer[])[from_state + 1] >> to_state) & 1 = 1;

-- What people call the retry count: retries whose send has begun. One that is only planned does not count yet.
CREATE FUNCTION retries_made(retries smallint, attempts smallint) RETURNS smallint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN least(retries, greatest(attempts - 1, 0))::smallint;

CREATE FUNCTION refuse_message_move() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a message may not move from state % to state %', OLD.state, NEW.state
        USING ERRCODE = 'check_violation', CONSTRAINT = 'message_states_move', TABLE = 'message_states';
END $$;
CREATE TRIGGER message_states_move BEFORE UPDATE ON message_states
    FOR EACH ROW
    WHEN (OLD.state <> NEW.state AND NOT message_may_move(OLD.state, NEW.state))
    EXECUTE FUNCTION refuse_message_move();

-- When somebody must look at a message that is not settled: its own outbox. One row from acceptance until the
-- provider has the message or it has ended; whoever dies in between, retry-scheduler finds the row past its time.
CREATE TABLE due_messages (
    tenant_id uuid NOT NULL,
    message_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    -- How often it was told to dispatcher since it last moved: each time it waits longer.
    told smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, message_id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
        autovacuum_vacuum_cost_delay = 0);
CREATE INDEX due_messages_by_time ON due_messages (due_at);

-- One row a send, written before the HTTP call and completed after it.
-- 0 in flight, 1 accepted, 2 refused, 3 not sent (proven), 4 unanswered.
CREATE TABLE attempts (
    tenant_id uuid NOT NULL,
    message_id uuid NOT NULL,
    number smallint NOT NULL CHECK (number >= 1),
    outcome smallint NOT NULL DEFAULT 0 CHECK (outcome BETWEEN 0 AND 4),
    started_at timestamptz NOT NULL,
    lease_until timestamptz NOT NULL,
    ended_at timestamptz,
    provider_message_id text,
    http_status smallint,
    error_code integer,
    error_details text,
    PRIMARY KEY (tenant_id, message_id, number)
) PARTITION BY RANGE (message_id);
-- Only for receipts that do not carry our own reference.
CREATE INDEX attempts_by_provider_message_id ON attempts USING hash (provider_message_id);

-- Everything that happened, in the order we learned it; never changed, never deleted but by age.
-- type: accepted, scheduled, queued, sending, sent, delivered, read, failed … (state names), or a fact that moved nothing.
CREATE TABLE message_events (
    tenant_id uuid NOT NULL,
    message_id uuid NOT NULL,
    -- When it happened, by the one who says so; `recorded_at` is when we wrote it down.
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    type text NOT NULL,
    attempt smallint,
    error_code integer,
    detail jsonb
) PARTITION BY RANGE (message_id);
-- A bloom BRIN costs the inserts nothing (ranges are summarised later) and still finds one message's few rows.
CREATE INDEX message_events_by_message ON message_events
    USING brin (message_id uuid_bloom_ops (n_distinct_per_range = 1500, false_positive_rate = 0.005))
    WITH (pages_per_range = 32, autosummarize = on);

-- Idempotency: not partitioned by time, because uniqueness must hold across days. Deleted by age.
CREATE TABLE idempotency_keys (
    tenant_id uuid NOT NULL,
    -- The first 16 bytes of the key's SHA-256.
    key_hash uuid NOT NULL,
    request_hash uuid NOT NULL,
    response_status smallint NOT NULL,
    response bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key_hash)
);

CREATE TABLE batches (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    accepted integer NOT NULL,
    refused integer NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY[
        'messages', 'message_states', 'due_messages', 'attempts', 'message_events', 'idempotency_keys', 'batches'
    ] LOOP
        CALL protect_tenant_table(table_name::regclass);
    END LOOP;
END $$;
GRANT SELECT, INSERT ON messages, message_events, batches TO tidings_service, tidings_platform;
GRANT SELECT, INSERT, UPDATE ON message_states, attempts TO tidings_service, tidings_platform;
GRANT SELECT, INSERT, UPDATE, DELETE ON due_messages TO tidings_service, tidings_platform;
GRANT SELECT, INSERT ON idempotency_keys TO tidings_service;
GRANT SELECT, DELETE ON idempotency_keys TO tidings_platform;
