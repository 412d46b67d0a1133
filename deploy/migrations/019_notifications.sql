-- Who is told of alerts, in which order and hours, and how far the telling of each alert is.

-- Beside the addresses in the settings. NULL for the tenant: the platform's own.
CREATE TABLE alert_destinations (
    id uuid PRIMARY KEY,
    tenant_id uuid REFERENCES tenants,
    channel text NOT NULL CHECK (channel IN ('slack', 'email')),
    label text NOT NULL DEFAULT '' CHECK (length(label) <= 100),
    address text CHECK (length(address) BETWEEN 3 AND 254),
    -- Slack's address is a secret: whoever knows it may write into the channel.
    url_sealed bytea,
    severity_min text NOT NULL DEFAULT 'warning' CHECK (severity_min IN ('info', 'warning', 'critical')),
    -- Empty: every code.
    codes text[] NOT NULL DEFAULT '{}' CHECK (cardinality(codes) <= 60),
    -- Told only of what nobody has acknowledged in time.
    is_second_line boolean NOT NULL DEFAULT false,
    -- Of the zone's day; what is not critical waits for their end.
    quiet_from time,
    quiet_to time,
    time_zone text NOT NULL DEFAULT 'UTC',
    wants_digest boolean NOT NULL DEFAULT false,
    wants_retry_report boolean NOT NULL DEFAULT false,
    is_on boolean NOT NULL DEFAULT true,
    -- Until an address is proven to belong to who wants to be told, nothing but the mail that proves it goes there.
    verified_at timestamptz,
    verify_hash bytea CHECK (octet_length(verify_hash) = 32),
    verify_until timestamptz,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    last_told_at timestamptz,
    last_problem_at timestamptz,
    last_problem text,
    CHECK ((channel = 'email') = (address IS NOT NULL)),
    CHECK ((channel = 'slack') = (url_sealed IS NOT NULL)),
    -- Nothing of the platform's is sealed: its Slack stands in the settings.
    CHECK (tenant_id IS NOT NULL OR channel = 'email'),
    CHECK ((quiet_from IS NULL) = (quiet_to IS NULL)),
    CHECK (quiet_from <> quiet_to)
);
CREATE INDEX alert_destinations_by_tenant ON alert_destinations (tenant_id, id);
CREATE UNIQUE INDEX alert_destinations_once ON alert_destinations (tenant_id, lower(address)) NULLS NOT DISTINCT
    WHERE address IS NOT NULL;
CREATE UNIQUE INDEX alert_destinations_proof ON alert_destinations (verify_hash) WHERE verify_hash IS NOT NULL;
CALL protect_tenant_table('alert_destinations');
GRANT SELECT ON alert_destinations TO tidings_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON alert_destinations TO tidings_platform;

-- When those hours are over; NULL outside them, and without any.
CREATE FUNCTION quiet_until(moment timestamptz, quiet_from time, quiet_to time, zone text) RETURNS timestamptz
    LANGUAGE sql STABLE
    RETURN (
        SELECT CASE
            WHEN quiet_from < quiet_to AND wall::time >= quiet_from AND wall::time < quiet_to
                THEN (wall::date + quiet_to) AT TIME ZONE zone
            WHEN quiet_from > quiet_to AND wall::time < quiet_to THEN (wall::date + quiet_to) AT TIME ZONE zone
            WHEN quiet_from > quiet_to AND wall::time >= quiet_from THEN (wall::date + 1 + quiet_to) AT TIME ZONE zone
        END
        FROM (SELECT moment AT TIME ZONE zone AS wall) AS clock);

ALTER TABLE notifications
    ADD COLUMN kind text NOT NULL DEFAULT 'text'
        CHECK (kind IN ('text', 'raised', 'reminder', 'escalation', 'resolved', 'digest', 'retry_report')),
    -- Whose destination it is; NULL: the platform's, or one mail to one person.
    ADD COLUMN tenant_id uuid REFERENCES tenants,
    ADD COLUMN destination_id uuid REFERENCES alert_destinations ON DELETE SET NULL,
    -- Waited for the end of quiet hours: what waited is told together.
    ADD COLUMN is_held boolean NOT NULL DEFAULT false,
    -- Told here because that one could not be told.
    ADD COLUMN fallback_of uuid REFERENCES notifications,
    -- Tries of which nobody knows whether they arrived: it may have been told so many times more.
    ADD COLUMN unanswered smallint NOT NULL DEFAULT 0,
    DROP CONSTRAINT notifications_state_check,
    -- dropped: it was overtaken before its turn came.
    ADD CONSTRAINT notifications_state_check CHECK (state IN ('due', 'sending', 'sent', 'failed', 'dropped'));
UPDATE notifications SET kind = CASE WHEN dedupe_key LIKE '%:resolved' THEN 'resolved' ELSE 'raised' END
WHERE alert_id IS NOT NULL;
CREATE INDEX notifications_of_alert ON notifications (alert_id) WHERE alert_id IS NOT NULL;
CREATE INDEX notifications_of_tenant ON notifications (tenant_id, created_at) WHERE tenant_id IS NOT NULL;
CREATE INDEX notifications_to_destination ON notifications (destination_id) WHERE destination_id IS NOT NULL;

-- How often people were reminded of an alert that nobody acknowledges, and when they are next ('infinity': no more).
CREATE TABLE alert_telling (
    alert_id uuid PRIMARY KEY REFERENCES alerts,
    steps smallint NOT NULL,
    next_at timestamptz NOT NULL
);
-- The message in Slack that what follows is said under; several alerts that were told in one message share it.
CREATE TABLE alert_threads (
    alert_id uuid NOT NULL REFERENCES alerts,
    destination text NOT NULL,
    slack_channel text NOT NULL,
    slack_ts text NOT NULL,
    PRIMARY KEY (alert_id, destination)
);
CREATE INDEX alert_threads_by_message ON alert_threads (slack_channel, slack_ts);
DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['alert_telling', 'alert_threads'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', table_name);
        EXECUTE format('CREATE POLICY all_tenants ON %I TO tidings_platform USING (true) WITH CHECK (true)', table_name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tidings_platform', table_name);
    END LOOP;
END $$;
