-- The life of an alert: acknowledged, silenced, resolved by somebody; what it measured; its history.

ALTER TABLE alerts
    -- What it is about besides the tenant: a sender's id, an endpoint's name; empty: the tenant or the platform itself.
    ADD COLUMN subject text NOT NULL DEFAULT '',
    -- What was measured, and what it was held against; NULL where nothing is measured.
    ADD COLUMN value double precision,
    ADD COLUMN threshold double precision,
    -- Alerts with the same root cause are told together: 'TOKEN/<tenant>', 'PROVIDER/meta'.
    ADD COLUMN root_cause text,
    ADD COLUMN acknowledged_at timestamptz,
    ADD COLUMN acknowledged_by text,
    -- Nobody is told before this time; the alert stays open.
    ADD COLUMN silenced_until timestamptz,
    ADD COLUMN silenced_by text,
    -- NULL with resolved_at: it was over by itself.
    ADD COLUMN resolved_by text,
    ADD COLUMN note text;
CREATE INDEX alerts_by_tenant ON alerts (tenant_id, opened_at);

-- Everything that happened to an alert, for people.
CREATE TABLE alert_history (
    alert_id uuid NOT NULL REFERENCES alerts,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    what text NOT NULL CHECK (what IN ('raised', 'reopened', 'acknowledged', 'silenced', 'unsilenced', 'escalated', 'resolved', 'noted')),
    -- Who: an address of a person, or a service's name.
    who text NOT NULL,
    note text
);
CREATE INDEX alert_history_of ON alert_history (alert_id, at);
ALTER TABLE alert_history ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_history FORCE ROW LEVEL SECURITY;
CREATE POLICY all_tenants ON alert_history TO tidings_platform USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON alert_history TO tidings_platform;
