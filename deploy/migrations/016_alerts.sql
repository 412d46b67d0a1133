-- The life of an alert: acknowledged, silenced, resolved by somebody; what it measured; what explains it; its history; and
-- the rules that raise the alerts of measured figures.

ALTER TABLE alerts
    -- What it is about besides the tenant: a sender's id, an endpoint's name; empty: the tenant or the platform itself.
    ADD COLUMN subject text NOT NULL DEFAULT '',
    -- What was measured, and what it was held against; NULL where nothing is measured.
    ADD COLUMN metric text,
    ADD COLUMN value double precision,
    ADD COLUMN threshold double precision,
    -- Alerts with the same root cause are told together: 'TOKEN/<tenant>', 'PROVIDER/meta', or the code of a business's own
    -- figure: 'FAILURE_RATE_HIGH/<tenant>'. NULL: stands alone.
    ADD COLUMN root_cause text,
    -- The alert that explains this one: as long as this is set, this one is told inside the other's message and not alone.
    -- Never an alert that has a parent itself; NULL again when the parent has been over for a while and this one has not.
    ADD COLUMN parent_id uuid REFERENCES alerts,
    ADD COLUMN acknowledged_at timestamptz,
    ADD COLUMN acknowledged_by text,
    -- Nobody is told before this time; the alert stays open.
    ADD COLUMN silenced_until timestamptz,
    ADD COLUMN silenced_by text,
    -- NULL with resolved_at: it was over by itself.
    ADD COLUMN resolved_by text,
    -- Somebody resolved it while what it tells of went on: no new alert of this key before that was over once.
    ADD COLUMN resolved_early boolean NOT NULL DEFAULT false,
    -- What was said last about it.
    ADD COLUMN note text;
CREATE INDEX alerts_by_tenant ON alerts (tenant_id, opened_at);
CREATE INDEX alerts_by_key ON alerts (key, opened_at);
CREATE INDEX alerts_of_parent ON alerts (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX alerts_resolved_early ON alerts (key) WHERE resolved_early;
-- A business's people acknowledge, silence and resolve its own alerts.
DROP POLICY acting_tenants_only ON alerts;
CREATE POLICY acting_tenants_only ON alerts TO tidings_service
    USING ((tenant_id = ANY ((SELECT acting_tenants())::uuid[])) IS TRUE)
    WITH CHECK ((tenant_id = ANY ((SELECT acting_tenants())::uuid[])) IS TRUE);
GRANT UPDATE (acknowledged_at, acknowledged_by, silenced_until, silenced_by, resolved_at, resolved_by, resolved_early, note)
    ON alerts TO tidings_service;

-- Everything that happened to an alert, for people.
CREATE TABLE alert_history (
    alert_id uuid NOT NULL REFERENCES alerts,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    what text NOT NULL CHECK (what IN ('raised', 'reopened', 'grouped', 'acknowledged', 'silenced', 'unsilenced',
        'escalated', 'resolved', 'noted')),
    -- Who: an address of a person, a destination that a link was sent to, or a service's name.
    who text NOT NULL,
    note text
);
CREATE INDEX alert_history_of ON alert_history (alert_id, at);
ALTER TABLE alert_history ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_history FORCE ROW LEVEL SECURITY;
-- Whose alert it is, is whose history it is: what is seen of `alerts` here is what the role may see there.
CREATE POLICY acting_tenants_only ON alert_history TO tidings_service
    USING (EXISTS (SELECT FROM alerts a WHERE a.id = alert_id))
    WITH CHECK (EXISTS (SELECT FROM alerts a WHERE a.id = alert_id));
CREATE POLICY all_tenants ON alert_history TO tidings_platform USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON alert_history TO tidings_platform, tidings_service;

-- When a measured figure raises an alert and when it clears it, where somebody wrote a rule; else the program's own hold.
CREATE TABLE alert_rules (
    -- NULL: the platform's, for every business that has none of its own.
    tenant_id uuid,
    metric text NOT NULL,
    -- A sender's id, an endpoint's name; empty: all of them.
    subject text NOT NULL DEFAULT '',
    raise_at double precision NOT NULL,
    clear_at double precision NOT NULL,
    -- Raised when the figure was past `raise_at` this often in a row, and for this long.
    cycles integer NOT NULL CHECK (cycles BETWEEN 1 AND 1000),
    lasting_seconds integer NOT NULL CHECK (lasting_seconds BETWEEN 0 AND 604800),
    -- Fewer messages, attempts or checks than this say nothing.
    sample_min bigint NOT NULL CHECK (sample_min >= 0),
    severity text NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
    enabled boolean NOT NULL,
    version integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL,
    updated_by text NOT NULL,
    UNIQUE NULLS NOT DISTINCT (tenant_id, metric, subject)
);
CALL protect_tenant_table('alert_rules');
GRANT SELECT, INSERT, UPDATE, DELETE ON alert_rules TO tidings_service, tidings_platform;

-- Where each rule stands with each thing it watches; nothing is kept of what is well.
CREATE TABLE alert_rule_states (
    tenant_id uuid,
    metric text NOT NULL,
    subject text NOT NULL,
    -- Since when it has been past `raise_at` without a break, and how often in a row.
    breached_since timestamptz,
    breaches integer NOT NULL,
    is_raised boolean NOT NULL,
    -- The last measurement that said something.
    seen_at timestamptz NOT NULL,
    UNIQUE NULLS NOT DISTINCT (tenant_id, metric, subject)
);
ALTER TABLE alert_rule_states ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_rule_states FORCE ROW LEVEL SECURITY;
CREATE POLICY all_tenants ON alert_rule_states TO tidings_platform USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON alert_rule_states TO tidings_platform;

-- Calls at our webhooks without proof of origin, counted by the minute: a flood of them is a few rows.
CREATE TABLE webhook_refusals (
    minute timestamptz NOT NULL,
    provider text NOT NULL,
    refused bigint NOT NULL,
    PRIMARY KEY (minute, provider)
);
ALTER TABLE webhook_refusals ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_refusals FORCE ROW LEVEL SECURITY;
CREATE POLICY all_tenants ON webhook_refusals TO tidings_platform USING (true) WITH CHECK (true);
-- The role of the services counts, and needs to see what it counts on.
CREATE POLICY counted_by_services ON webhook_refusals TO tidings_service USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON webhook_refusals TO tidings_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_refusals TO tidings_platform;
-- Which receipts nobody could place of late.
CREATE INDEX parked_receipts_by_time ON parked_receipts (parked_at);
