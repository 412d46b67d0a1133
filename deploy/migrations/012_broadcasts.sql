-- Broadcasts: one message to many recipients, uploaded, looked at beforehand, and let out in portions.

CREATE TABLE broadcasts (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    -- draft: recipients are being collected. done: every recipient's message is accepted or refused.
    status text NOT NULL CHECK (status IN ('draft', 'scheduled', 'running', 'paused', 'done', 'cancelled')),
    -- What all recipients share, as POST /v1/messages/batch has it: {"type": "template", "template": {…}, …}.
    message jsonb NOT NULL,
    scheduled_for timestamptz,
    -- Why it paused by itself: {"code": …, "detail": …}.
    problem jsonb,
    -- Recipients uploaded, and how many of them can never be sent to (no number, one twice).
    recipients integer NOT NULL DEFAULT 0,
    unusable integer NOT NULL DEFAULT 0,
    -- Up to which position messages were made.
    released_upto integer NOT NULL DEFAULT 0,
    accepted integer NOT NULL DEFAULT 0,
    refused integer NOT NULL DEFAULT 0,
    -- When somebody must look at it; NULL: nobody.
    due_at timestamptz,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CHECK (due_at IS NULL OR status IN ('scheduled', 'running'))
);
CREATE INDEX broadcasts_due ON broadcasts (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE broadcast_recipients (
    tenant_id uuid NOT NULL,
    broadcast_id uuid NOT NULL,
    -- From 1, in the order of the uploads.
    position integer NOT NULL,
    -- As it was written.
    written text NOT NULL,
    -- E.164; NULL: it cannot be a number.
    recipient text,
    country text,
    variables jsonb,
    reference text,
    -- Why there is no message: {"code": …, "field": …, "detail": …}.
    problem jsonb,
    message_id uuid,
    PRIMARY KEY (tenant_id, broadcast_id, position),
    FOREIGN KEY (tenant_id, broadcast_id) REFERENCES broadcasts ON DELETE CASCADE
) WITH (fillfactor = 80);
-- Nobody is in a broadcast twice. Recipient first, so that a person is found in all of them.
CREATE UNIQUE INDEX broadcast_recipients_once ON broadcast_recipients (recipient, tenant_id, broadcast_id)
    WHERE problem IS NULL OR message_id IS NOT NULL;
-- Each portion is a batch of its own.
CREATE TABLE broadcast_batches (
    tenant_id uuid NOT NULL,
    broadcast_id uuid NOT NULL,
    batch_id uuid NOT NULL,
    upto integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, broadcast_id, batch_id),
    FOREIGN KEY (tenant_id, broadcast_id) REFERENCES broadcasts ON DELETE CASCADE
);
CALL protect_tenant_table('broadcasts');
CALL protect_tenant_table('broadcast_recipients');
CALL protect_tenant_table('broadcast_batches');
GRANT SELECT, INSERT, UPDATE, DELETE ON broadcasts, broadcast_recipients TO tidings_service, tidings_platform;
GRANT SELECT, INSERT ON broadcast_batches TO tidings_service;
GRANT SELECT, INSERT, DELETE ON broadcast_batches TO tidings_platform;

-- Takes one broadcast that is due, of all tenants, for a while; whoever takes one and dies leaves it to the end of that.
-- Those of suspended tenants wait.
CREATE FUNCTION take_broadcast(lease_seconds integer) RETURNS TABLE (tenant_id uuid, id uuid)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
    BEGIN ATOMIC
        UPDATE broadcasts b
        SET due_at = now() + lease_seconds * interval '1 second', status = 'running',
            started_at = coalesce(b.started_at, now()), updated_at = now()
        FROM (
            SELECT d.tenant_id, d.id FROM broadcasts d JOIN tenants t ON t.id = d.tenant_id
            WHERE d.due_at <= now() AND t.status = 'active'
            ORDER BY d.due_at LIMIT 1
            FOR UPDATE OF d SKIP LOCKED
        ) AS due
        WHERE b.tenant_id = due.tenant_id AND b.id = due.id
        RETURNING b.tenant_id, b.id;
    END;
ALTER FUNCTION take_broadcast(integer) OWNER TO tidings_platform;
REVOKE ALL ON FUNCTION take_broadcast(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION take_broadcast(integer) TO tidings_service, tidings_platform;
