-- Callbacks: a tenant's own endpoints, and what is to be told to them.

CREATE TABLE callbacks (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    url text NOT NULL CHECK (length(url) BETWEEN 8 AND 2000),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 500),
    -- Words of events: {message.delivered, message.*, *}.
    events text[] NOT NULL CHECK (cardinality(events) BETWEEN 1 AND 60),
    -- paused by the tenant, disabled by us after failing for long: what happens meanwhile waits in the queue.
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'disabled')),
    status_reason text,
    status_changed_at timestamptz NOT NULL DEFAULT now(),
    -- Signs; the one before it signs too until its time is over.
    secret_sealed bytea NOT NULL,
    previous_secret_sealed bytea,
    previous_secret_until timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CHECK ((previous_secret_sealed IS NULL) = (previous_secret_until IS NULL))
);

-- How an endpoint does; written by whoever delivers to it, which is one alerter at a time.
CREATE TABLE callback_states (
    tenant_id uuid NOT NULL,
    callback_id uuid NOT NULL,
    leased_by text,
    lease_until timestamptz,
    served_at timestamptz NOT NULL DEFAULT '-infinity',
    -- Tries in a row that failed, and since when there was no other.
    failures integer NOT NULL DEFAULT 0,
    failing_since timestamptz,
    -- Nothing is tried before that: the endpoint is down.
    rest_until timestamptz,
    last_delivered_at timestamptz,
    last_failed_at timestamptz,
    last_problem text,
    PRIMARY KEY (tenant_id, callback_id),
    FOREIGN KEY (tenant_id, callback_id) REFERENCES callbacks ON DELETE CASCADE
) WITH (fillfactor = 50);

-- What is still to be delivered. Ids and facts only: numbers and texts stay where they are and are read when it is sent.
CREATE TABLE callback_queue (
    tenant_id uuid NOT NULL,
    callback_id uuid NOT NULL,
    -- Of the event, the same for every endpoint: the webhook-id.
    id uuid NOT NULL,
    -- Events of one subject are delivered in this order.
    sequence bigint NOT NULL,
    type text NOT NULL,
    subject_id uuid NOT NULL,
    -- What the body is made of; for messages the subject itself.
    object_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    attempt smallint,
    error_code integer,
    detail jsonb,
    due_at timestamptz NOT NULL,
    -- Of a replay, when it was asked for.
    queued_at timestamptz NOT NULL DEFAULT now(),
    tries smallint NOT NULL DEFAULT 0,
    -- [{"at":…,"status":500,"milliseconds":12,"problem":…}]
    history jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (tenant_id, callback_id, id)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_cost_delay = 0);
CREATE INDEX callback_queue_by_time ON callback_queue (tenant_id, callback_id, due_at, sequence);
CREATE INDEX callback_queue_by_subject ON callback_queue (tenant_id, callback_id, subject_id, sequence);
-- A test goes out to endpoints that are paused or disabled too.
CREATE INDEX callback_queue_tests ON callback_queue (tenant_id, callback_id) WHERE type = 'callback.test';

-- The log: what was delivered, and what was given up. A replay takes its row back into the queue.
CREATE TABLE callback_deliveries (
    tenant_id uuid NOT NULL,
    callback_id uuid NOT NULL,
    id uuid NOT NULL,
    type text NOT NULL,
    subject_id uuid NOT NULL,
    object_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    attempt smallint,
    error_code integer,
    detail jsonb,
    tries smallint NOT NULL,
    history jsonb NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('delivered', 'failed')),
    ended_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, callback_id, id)
) PARTITION BY RANGE (id);
CREATE INDEX callback_deliveries_by_subject ON callback_deliveries (tenant_id, callback_id, subject_id, id);

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['callbacks', 'callback_states', 'callback_queue', 'callback_deliveries'] LOOP
        CALL protect_tenant_table(table_name::regclass);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON callbacks, callback_states, callback_queue TO tidings_service, tidings_platform;
-- A replay takes its row out of the log, and the next outcome writes it again.
GRANT SELECT, INSERT, UPDATE, DELETE ON callback_deliveries TO tidings_service, tidings_platform;

CREATE SEQUENCE callback_sequence;
GRANT USAGE ON SEQUENCE callback_sequence TO tidings_service, tidings_platform;

-- A version 7 UUID: its time decides the day partition of the log, the low bits of the sequence keep the order within a
-- millisecond.
CREATE FUNCTION callback_event_id(moment timestamptz, sequence bigint) RETURNS uuid
    LANGUAGE sql VOLATILE
    RETURN (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '7'
            || lpad(to_hex(sequence & 4095), 3, '0') || substr(replace(gen_random_uuid()::text, '-', ''), 17))::uuid;

-- Everything an endpoint may have said to mean this event.
CREATE FUNCTION callback_words(type text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY['*', split_part(type, '.', 1) || '.*', type];

-- What happens to messages, in the transaction in which it happens. A statement of hundreds of rows costs a tenant
-- without endpoints one look into an index.
CREATE FUNCTION queue_message_callbacks() RETURNS trigger
    LANGUAGE plpgsql AS $$
DECLARE
    acting uuid[] := acting_tenants();
BEGIN
    IF acting IS NULL THEN
        SELECT array_agg(DISTINCT tenant_id) INTO acting FROM new_events;
    END IF;
    IF NOT EXISTS (SELECT FROM callbacks WHERE tenant_id = ANY (acting)) THEN
        RETURN NULL;
    END IF;
    INSERT INTO callback_queue (tenant_id, callback_id, id, sequence, type, subject_id, object_id, occurred_at,
                                recorded_at, attempt, error_code, detail, due_at)
    WITH wanted AS MATERIALIZED (
        SELECT n.*, nextval('callback_sequence') AS sequence FROM new_events n
        -- What moved nothing is no news.
        WHERE (n.detail IS NULL OR NOT n.detail ? 'ignored')
          AND EXISTS (SELECT FROM callbacks c
                      WHERE c.tenant_id = n.tenant_id AND c.events && callback_words('message.' || n.type))
    ), named AS MATERIALIZED (
        SELECT w.*, callback_event_id(w.recorded_at, w.sequence) AS id FROM wanted w
    )
    SELECT n.tenant_id, c.id, n.id, n.sequence, 'message.' || n.type, n.message_id, n.message_id, n.at,
           n.recorded_at, n.attempt, n.error_code, n.detail, n.recorded_at
    FROM named n
    JOIN callbacks c ON c.tenant_id = n.tenant_id AND c.events && callback_words('message.' || n.type);
    RETURN NULL;
END $$;
CREATE TRIGGER message_events_callbacks AFTER INSERT ON message_events
    REFERENCING NEW TABLE AS new_events
    FOR EACH STATEMENT EXECUTE FUNCTION queue_message_callbacks();

-- Any other event of a tenant, for whoever makes it happen.
CREATE FUNCTION queue_callback_event(
    owner_id uuid, event_type text, subject uuid, object uuid, happened_at timestamptz, facts jsonb
) RETURNS void
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        INSERT INTO callback_queue (tenant_id, callback_id, id, sequence, type, subject_id, object_id, occurred_at,
                                    recorded_at, detail, due_at)
        SELECT c.tenant_id, c.id, e.id, e.sequence, event_type, subject, object, happened_at, now(), facts, now()
        FROM (SELECT callback_event_id(now(), n.sequence) AS id, n.sequence
              FROM (SELECT nextval('callback_sequence') AS sequence OFFSET 0) n OFFSET 0) AS e
        JOIN callbacks c ON c.tenant_id = owner_id AND c.events && callback_words(event_type);
    END;
REVOKE ALL ON FUNCTION queue_callback_event(uuid, text, uuid, uuid, timestamptz, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION queue_callback_event(uuid, text, uuid, uuid, timestamptz, jsonb)
    TO tidings_service, tidings_platform;

-- What customers write, in the order of a conversation.
CREATE FUNCTION queue_inbound_callbacks() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM queue_callback_event(
        n.tenant_id, 'message.received', md5(n.sender_id::text || coalesce(n.from_number, n.from_user_id, ''))::uuid,
        n.id, n.sent_at, NULL)
    FROM new_messages n
    WHERE EXISTS (SELECT FROM callbacks c WHERE c.tenant_id = n.tenant_id)
    ORDER BY n.sent_at, n.id;
    RETURN NULL;
END $$;
CREATE TRIGGER inbound_messages_callbacks AFTER INSERT ON inbound_messages
    REFERENCING NEW TABLE AS new_messages
    FOR EACH STATEMENT EXECUTE FUNCTION queue_inbound_callbacks();

CREATE FUNCTION queue_template_callback() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM queue_callback_event(
        NEW.tenant_id, 'template.status_changed', NEW.id, NEW.id, now(),
        jsonb_build_object('status', NEW.status, 'previous_status', OLD.status, 'category', NEW.category));
    RETURN NULL;
END $$;
CREATE TRIGGER templates_callbacks AFTER UPDATE ON templates
    FOR EACH ROW WHEN (OLD.status <> NEW.status)
    EXECUTE FUNCTION queue_template_callback();

CREATE FUNCTION queue_consent_callback() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM queue_callback_event(
        NEW.tenant_id, 'contact.' || NEW.status, NEW.contact_id, NEW.contact_id, NEW.at,
        jsonb_build_object('category', NEW.category, 'source', NEW.source));
    RETURN NULL;
END $$;
CREATE TRIGGER consent_ledger_callbacks AFTER INSERT ON consent_ledger
    FOR EACH ROW WHEN (NEW.is_applied)
    EXECUTE FUNCTION queue_consent_callback();

-- Day partitions of every table that has any.
CREATE OR REPLACE FUNCTION create_day_partitions(first_day date, days integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    day date;
    parent text;
    partition_name text;
    storage text;
    made integer := 0;
BEGIN
    IF days NOT BETWEEN 1 AND 60 THEN
        RAISE EXCEPTION 'between 1 and 60 days at a time';
    END IF;
    -- Two schedulers must not make the same partition at once.
    PERFORM pg_advisory_xact_lock(hashtext('create_day_partitions'));
    FOR day IN SELECT first_day + n FROM generate_series(0, days - 1) AS n LOOP
        FOR parent IN
            SELECT c.relname FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid
            WHERE c.relnamespace = 'public'::regnamespace AND p.partstrat = 'r' ORDER BY c.relname
        LOOP
            partition_name := parent || '_' || to_char(day, 'YYYYMMDD');
            CONTINUE WHEN to_regclass(partition_name) IS NOT NULL;
            -- Room on the page for a message's few updates keeps them HOT.
            storage := CASE parent
                WHEN 'message_states' THEN ' WITH (fillfactor = 40)'
                WHEN 'attempts' THEN ' WITH (fillfactor = 60)'
                ELSE ''
            END;
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)%s',
                partition_name, parent,
                uuid_floor(day::timestamp AT TIME ZONE 'UTC'), uuid_floor((day + 1)::timestamp AT TIME ZONE 'UTC'),
                storage);
            -- Reached through the parent only: a partition asked directly would not know the parent's policies.
            EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', partition_name);
            EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', partition_name);
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END $$;
SELECT create_day_partitions((now() AT TIME ZONE 'UTC')::date - 1, 4);
