-- What monitoring measured, cycle by cycle.

CREATE TABLE monitoring_metrics (
    at timestamptz NOT NULL,
    -- NULL: the platform.
    tenant_id uuid,
    -- A sender's id, an endpoint's name; empty: the tenant or the platform itself.
    subject text NOT NULL DEFAULT '',
    metric text NOT NULL,
    value double precision NOT NULL,
    -- How many messages, attempts or checks stand behind the value.
    sample bigint NOT NULL
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
GRANT SELECT, INSERT, DELETE ON monitoring_metrics TO tidings_platform;
