-- Counts, alerts, and people.

-- Every move of messages is counted in the transaction that moves them, as an appended row: writers never wait
-- for each other, and nothing is counted twice or forgotten. monitor folds these into message_counts.
CREATE TABLE message_count_changes (
    tenant_id uuid NOT NULL,
    at timestamptz NOT NULL,
    sender_id uuid NOT NULL,
    -- The nil UUID for messages without a template.
    template_id uuid NOT NULL,
    -- -1: newly accepted.
    from_state smallint NOT NULL CHECK (from_state BETWEEN -1 AND 12),
    to_state smallint NOT NULL CHECK (to_state BETWEEN 0 AND 12),
    messages integer NOT NULL CHECK (messages > 0)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
CALL protect_tenant_table('message_count_changes');
GRANT INSERT, SELECT ON message_count_changes TO tidings_service;
GRANT INSERT, SELECT, DELETE ON message_count_changes TO tidings_platform;

-- Per minute: how many messages entered and left each state. Sum of entered minus left over all minutes is how
-- many are in the state now.
CREATE TABLE message_counts (
    tenant_id uuid NOT NULL,
    minute timestamptz NOT NULL,
    sender_id uuid NOT NULL,
    template_id uuid NOT NULL,
    state smallint NOT NULL CHECK (state BETWEEN 0 AND 12),
    entered bigint NOT NULL DEFAULT 0,
    left_state bigint NOT NULL DEFAULT 0,
    -- Of `entered`: newly accepted messages.
    accepted bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, minute, sender_id, template_id, state)
) WITH (fillfactor = 50);
CALL protect_tenant_table('message_counts');
GRANT SELECT ON message_counts TO tidings_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON message_counts TO tidings_platform;

-- Failed after the last retry (or settled without an answer): written in the transaction that failed it, so that
-- an alert is owed even if every message on Kafka is lost.
CREATE TABLE critical_failures (
    tenant_id uuid NOT NULL,
    message_id uuid NOT NULL,
    sender_id uuid NOT NULL,
    error_code integer,
    failed_at timestamptz NOT NULL,
    alert_id uuid,
    PRIMARY KEY (tenant_id, message_id)
);
CREATE INDEX critical_failures_not_alerted ON critical_failures (failed_at) WHERE alert_id IS NULL;
CREATE INDEX critical_failures_by_time ON critical_failures (failed_at);
CALL protect_tenant_table('critical_failures');
GRANT SELECT, INSERT ON critical_failures TO tidings_service;
GRANT SELECT, INSERT, UPDATE ON critical_failures TO tidings_platform;

CREATE TABLE alerts (
    id uuid PRIMARY KEY,
    -- NULL: the platform's own.
    tenant_id uuid,
    key text NOT NULL,
    code text NOT NULL,
    severity text NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
    title text NOT NULL,
    detail text NOT NULL,
    occurrences bigint NOT NULL DEFAULT 1,
    opened_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    resolved_at timestamptz
);
-- One open alert a key: the rest are occurrences of it.
CREATE UNIQUE INDEX alerts_one_open_a_key ON alerts (key) WHERE resolved_at IS NULL;
CREATE INDEX alerts_by_time ON alerts (opened_at);
ALTER TABLE alerts ENABLE ROW LEVEL SECURITY;
ALTER TABLE alerts FORCE ROW LEVEL SECURITY;
CREATE POLICY acting_tenants_only ON alerts TO tidings_service
    USING (tenant_id = ANY ((SELECT acting_tenants())::uuid[]))
    WITH CHECK (false);
CREATE POLICY all_tenants ON alerts TO tidings_platform USING (true) WITH CHECK (true);
GRANT SELECT ON alerts TO tidings_service;
GRANT SELECT, INSERT, UPDATE ON alerts TO tidings_platform;

-- What is to be told to people, where, and how it went. Deduplicated by what it is about.
CREATE TABLE notifications (
    id uuid PRIMARY KEY,
    -- The alert it tells of, or NULL (a sign-in link).
    alert_id uuid REFERENCES alerts,
    dedupe_key text NOT NULL UNIQUE,
    channel text NOT NULL CHECK (channel IN ('slack', 'email')),
    -- An e-mail address; for Slack the name of the setting that holds the secret address.
    destination text NOT NULL,
    subject text NOT NULL,
    -- Emptied once sent: a sign-in link is a secret.
    body text NOT NULL,
    state text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'sending', 'sent', 'failed')),
    attempts smallint NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    sent_at timestamptz,
    result text
);
CREATE INDEX notifications_due ON notifications (due_at) WHERE state IN ('due', 'sending');
ALTER TABLE notifications ENABLE ROW LEVEL SECURITY;
ALTER TABLE notifications FORCE ROW LEVEL SECURITY;
CREATE POLICY all_tenants ON notifications TO tidings_platform USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON notifications TO tidings_platform;

-- People: a link sent by e-mail, used once, becomes a session.
CREATE TABLE sign_in_links (
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    email text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE TABLE sessions (
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    -- Either a founder's address, or the tenant whose key signed in.
    email text,
    tenant_id uuid REFERENCES tenants,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CHECK ((email IS NULL) <> (tenant_id IS NULL))
);
CREATE TABLE audit_log (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    tenant_id uuid,
    actor text NOT NULL,
    action text NOT NULL,
    detail jsonb
);
CREATE INDEX audit_log_by_time ON audit_log (at);
DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['sign_in_links', 'sessions', 'audit_log'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', table_name);
        EXECUTE format(
            'CREATE POLICY all_tenants ON %I TO tidings_platform USING (true) WITH CHECK (true)', table_name);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_links, sessions TO tidings_platform;
-- Append-only: nobody may change what was done.
GRANT SELECT, INSERT ON audit_log TO tidings_platform;
CREATE POLICY written_by_services ON audit_log FOR INSERT TO tidings_service WITH CHECK (true);
GRANT INSERT ON audit_log TO tidings_service;
