-- What monitoring measured, cycle by cycle; whether endpoints answered; who measures.

CREATE TABLE monitoring_metrics (
    at timestamptz NOT NULL,
    -- NULL: the platform.
    tenant_id uuid,
    -- A sender's id, an endpoint's name; empty: the tenant or the platform itself.
    subject text NOT NULL DEFAULT '',
    metric text NOT NULL,
    value double precision NOT NULL,
    -- How many messages, attempts or checks stand behind the value.
    sample bigint NOT NULL,
    -- Of the first cycle of an hour: the others are kept for some days only.
    is_hourly boolean NOT NULL DEFAULT true
);
CREATE INDEX monitoring_metrics_by_time ON monitoring_metrics USING brin (at);
CREATE INDEX monitoring_metrics_of ON monitoring_metrics (metric, tenant_id, subject, at);
ALTER TABLE monitoring_metrics ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitoring_metrics FORCE ROW LEVEL SECURITY;
CREATE POLICY acting_tenants_only ON monitoring_metrics TO tidings_service
    USING (tenant_id = ANY ((SELECT acting_tenants())::uuid[]))
    WITH CHECK (false);
CREATE POLICY all_tenants ON monitoring_metrics TO tidings_platform USING (true) WITH CHECK (true);
GRANT SELECT ON monitoring_metrics TO tidings_service;
-- UPDATE to lock what is removed; nothing is ever changed.
GRANT SELECT, INSERT, UPDATE, DELETE ON monitoring_metrics TO tidings_platform;

-- message_counts by the hour and without templates, folded in the same transaction: a look at two days of a thousand
-- tenants must not read their minutes.
CREATE TABLE message_hours (
    tenant_id uuid NOT NULL,
    hour timestamptz NOT NULL,
    sender_id uuid NOT NULL,
    state smallint NOT NULL CHECK (state BETWEEN 0 AND 12),
    entered bigint NOT NULL DEFAULT 0,
    left_state bigint NOT NULL DEFAULT 0,
    -- Of `entered`: newly accepted messages.
    accepted bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, hour, sender_id, state)
) WITH (fillfactor = 50);
INSERT INTO message_hours (tenant_id, hour, sender_id, state, entered, left_state, accepted)
SELECT tenant_id, date_trunc('hour', minute, 'UTC'), sender_id, state, sum(entered), sum(left_state), sum(accepted)
FROM message_counts GROUP BY 1, 2, 3, 4;
CALL protect_tenant_table('message_hours');
GRANT SELECT ON message_hours TO tidings_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON message_hours TO tidings_platform;

-- How long providers waited for our answers to their webhooks: written by webhook-receiver, a row a minute and bound.
CREATE TABLE webhook_timings (
    minute timestamptz NOT NULL,
    -- The place in the program's list of bounds (Models' AnswerTimes).
    bound smallint NOT NULL,
    answers bigint NOT NULL,
    slowest_seconds double precision NOT NULL,
    PRIMARY KEY (minute, bound)
) WITH (fillfactor = 50);

-- What monitor does in turns, whichever copy: each turn is taken by one of them.
CREATE TABLE monitoring_jobs (
    name text PRIMARY KEY CHECK (name IN ('measure', 'uptime')),
    -- Switched by API for all copies.
    is_enabled boolean NOT NULL DEFAULT true,
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by text,
    -- Turns begun: the fencing number of the turn in hand.
    turn bigint NOT NULL DEFAULT 0,
    holder uuid,
    -- Until when nobody else begins a turn; NULL: no turn is in hand.
    lease_until timestamptz,
    started_at timestamptz,
    next_at timestamptz NOT NULL DEFAULT now(),
    -- Of the last turn that ended.
    ended_at timestamptz,
    took_seconds double precision,
    tenants integer,
    measurements integer,
    -- NULL: it went well.
    error text,
    failed_in_a_row integer NOT NULL DEFAULT 0,
    -- The last hour (UTC) of which a turn's measurements are kept for long.
    hour_kept timestamptz
) WITH (fillfactor = 50);
INSERT INTO monitoring_jobs (name) VALUES ('measure'), ('uptime');
-- Copies of monitor that are there.
CREATE TABLE monitoring_copies (
    id uuid PRIMARY KEY,
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    -- Its own setting; what the API switches is in monitoring_jobs.
    is_enabled boolean NOT NULL
) WITH (fillfactor = 50);

-- Whether something answered when it was asked.
CREATE TABLE uptime_checks (
    name text NOT NULL,
    at timestamptz NOT NULL,
    is_up boolean NOT NULL,
    milliseconds double precision NOT NULL,
    -- Why not; NULL: it is up.
    why text
);
CREATE INDEX uptime_checks_of ON uptime_checks (name, at);
CREATE INDEX uptime_checks_by_time ON uptime_checks USING brin (at);
-- The same added up, written with each check and kept for years: an hour while it is young, a day for ever (UTC).
CREATE TABLE uptime_spans (
    name text NOT NULL,
    span text NOT NULL CHECK (span IN ('hour', 'day')),
    starts_at timestamptz NOT NULL,
    checks bigint NOT NULL,
    up bigint NOT NULL,
    milliseconds double precision NOT NULL,
    slowest_milliseconds double precision NOT NULL,
    PRIMARY KEY (name, span, starts_at)
) WITH (fillfactor = 50);
-- How each is now.
CREATE TABLE uptime_endpoints (
    name text PRIMARY KEY,
    is_up boolean NOT NULL,
    since timestamptz NOT NULL,
    checked_at timestamptz NOT NULL,
    milliseconds double precision NOT NULL,
    why text,
    failed_in_a_row integer NOT NULL
) WITH (fillfactor = 50);

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY[
        'webhook_timings', 'monitoring_jobs', 'monitoring_copies', 'uptime_checks', 'uptime_spans', 'uptime_endpoints'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', table_name);
        EXECUTE format('CREATE POLICY all_tenants ON %I TO tidings_platform USING (true) WITH CHECK (true)', table_name);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_timings, monitoring_copies, uptime_checks, uptime_spans, uptime_endpoints
    TO tidings_platform;
GRANT SELECT, UPDATE ON monitoring_jobs TO tidings_platform;

ALTER TABLE senders
    -- Whether the number may send, as the provider says: AVAILABLE, LIMITED, BLOCKED.
    ADD COLUMN can_send text,
    -- Regular checks in a row that brought no answer, or a refusal.
    ADD COLUMN checks_failed smallint NOT NULL DEFAULT 0;
