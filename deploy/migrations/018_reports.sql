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
