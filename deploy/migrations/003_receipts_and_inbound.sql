-- What providers tell us.

-- Receipts for ids we do not know (yet): kept 8 days, a day longer than Meta repeats them.
CREATE TABLE parked_receipts (
    id uuid PRIMARY KEY,
    -- NULL when not even the sender is known.
    tenant_id uuid,
    provider text NOT NULL,
    provider_message_id text NOT NULL,
    receipt jsonb NOT NULL,
    reason text NOT NULL,
    parked_at timestamptz NOT NULL,
    try_at timestamptz NOT NULL,
    tries smallint NOT NULL DEFAULT 0
);
CREATE INDEX parked_receipts_by_try ON parked_receipts (try_at);
CREATE INDEX parked_receipts_by_provider_message_id ON parked_receipts (provider_message_id);
ALTER TABLE parked_receipts ENABLE ROW LEVEL SECURITY;
ALTER TABLE parked_receipts FORCE ROW LEVEL SECURITY;
CREATE POLICY acting_tenants_only ON parked_receipts TO tidings_service
    USING (tenant_id = ANY ((SELECT acting_tenants())::uuid[]))
    -- A receipt that nobody owns may be put down by us, but is read by the platform role only.
    WITH CHECK (tenant_id IS NULL OR tenant_id = ANY ((SELECT acting_tenants())::uuid[]));
CREATE POLICY all_tenants ON parked_receipts TO tidings_platform USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON parked_receipts TO tidings_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON parked_receipts TO tidings_platform;

-- One row a webhook delivery: what came, what became of it.
CREATE TABLE webhook_deliveries (
    id uuid NOT NULL,
    provider text NOT NULL,
    account text NOT NULL,
    received_at timestamptz NOT NULL,
    applied_at timestamptz NOT NULL,
    body_bytes integer NOT NULL,
    statuses integer NOT NULL,
    inbound integer NOT NULL,
    moved integer NOT NULL,
    parked integer NOT NULL,
    -- Why (part of) it could not be used; NULL when all was well.
    problem text,
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
ALTER TABLE webhook_deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_deliveries FORCE ROW LEVEL SECURITY;
-- One delivery can speak of several tenants: it is the platform's record.
CREATE POLICY all_tenants ON webhook_deliveries TO tidings_platform USING (true) WITH CHECK (true);
CREATE POLICY written_by_services ON webhook_deliveries FOR INSERT TO tidings_service WITH CHECK (true);
GRANT INSERT ON webhook_deliveries TO tidings_service;
GRANT SELECT, INSERT ON webhook_deliveries TO tidings_platform;

-- What customers wrote. The id is made of the provider's time and id, so the same message has the same id.
CREATE TABLE inbound_messages (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    sender_id uuid NOT NULL,
    provider_message_id text NOT NULL,
    from_number text,
    from_user_id text,
    type text NOT NULL,
    content jsonb NOT NULL,
    sent_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
) PARTITION BY RANGE (id);
CALL protect_tenant_table('inbound_messages');
GRANT SELECT, INSERT ON inbound_messages TO tidings_service, tidings_platform;

-- Other webhook fields (template status, account, quality …): kept as they came until somebody acts on them.
CREATE TABLE provider_notices (
    id uuid PRIMARY KEY,
    tenant_id uuid,
    provider text NOT NULL,
    account text NOT NULL,
    field text NOT NULL,
    value jsonb NOT NULL,
    received_at timestamptz NOT NULL
);
CREATE INDEX provider_notices_by_account ON provider_notices (account, received_at);
ALTER TABLE provider_notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE provider_notices FORCE ROW LEVEL SECURITY;
CREATE POLICY acting_tenants_only ON provider_notices TO tidings_service
    USING (tenant_id = ANY ((SELECT acting_tenants())::uuid[]))
    WITH CHECK (tenant_id IS NULL OR tenant_id = ANY ((SELECT acting_tenants())::uuid[]));
CREATE POLICY all_tenants ON provider_notices TO tidings_platform USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON provider_notices TO tidings_service, tidings_platform;
