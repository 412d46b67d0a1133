-- How many messages ever entered and left each state: entered minus left is how many are in it now. Written with
-- message_counts in the transaction that folds the changes, so that nobody sums over all minutes for today's figure.
CREATE TABLE message_totals (
    tenant_id uuid NOT NULL,
    sender_id uuid NOT NULL,
    template_id uuid NOT NULL,
    state smallint NOT NULL CHECK (state BETWEEN 0 AND 12),
    entered bigint NOT NULL DEFAULT 0,
    left_state bigint NOT NULL DEFAULT 0,
    accepted bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, sender_id, template_id, state)
) WITH (fillfactor = 50);
CALL protect_tenant_table('message_totals');
GRANT SELECT ON message_totals TO tidings_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON message_totals TO tidings_platform;
