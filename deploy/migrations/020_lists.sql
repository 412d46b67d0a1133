-- Lists of messages that stay fast among ten million, and files made of them. Figures: Shared/Decisions/0038.

-- A number backwards: its last digits are the beginning of something sorted. A column and not an expression, because
-- row-level security keeps conditions on functions that are not leakproof out of the indexes. It takes the place of the
-- index by number, so that a message is written to as many indexes as before.
ALTER TABLE messages
    ADD COLUMN recipient_reversed text COLLATE "C" GENERATED ALWAYS AS (reverse(recipient)) STORED;
DROP INDEX messages_by_recipient;
CREATE INDEX messages_by_number ON messages (recipient_reversed, tenant_id, id);
CREATE INDEX messages_by_template ON messages (tenant_id, template_id, id) WHERE template_id IS NOT NULL;

-- What was repeated, had an error or ended without delivery: few, and what people look for. Kept by the database itself, so that
-- whoever moves a message cannot forget it; an index on the state would cost every move its place on the page (HOT).
CREATE TABLE troubled_messages (
    tenant_id uuid NOT NULL,
    message_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, message_id)
);
CREATE INDEX troubled_messages_by_id ON troubled_messages (message_id);
CALL protect_tenant_table('troubled_messages');
GRANT SELECT, INSERT ON troubled_messages TO tidings_service;
GRANT SELECT, INSERT, DELETE ON troubled_messages TO tidings_platform;

CREATE FUNCTION note_troubled_message() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO troubled_messages (tenant_id, message_id) VALUES (NEW.tenant_id, NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER message_states_troubled AFTER UPDATE ON message_states
    FOR EACH ROW
    WHEN (NEW.state >= 9 AND OLD.state < 9 OR NEW.retries > OLD.retries OR NEW.is_critical AND NOT OLD.is_critical
          OR NEW.error_code IS NOT NULL AND OLD.error_code IS NULL)
    EXECUTE FUNCTION note_troubled_message();
INSERT INTO troubled_messages (tenant_id, message_id)
SELECT tenant_id, id FROM message_states WHERE state >= 9 OR retries > 0 OR is_critical OR error_code IS NOT NULL;

-- Lists as files, made in the background. Without a tenant it is the founders' own, over all businesses.
CREATE TABLE exports (
    id uuid PRIMARY KEY,
    tenant_id uuid REFERENCES tenants,
    list text NOT NULL CHECK (list IN ('messages', 'contacts', 'suppressions')),
    format text NOT NULL CHECK (format IN ('csv', 'xlsx')),
    -- The list's filter as its address has it: "status=failed&from=2026-11-01".
    filter text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'ready', 'failed')),
    -- How often it was begun: whoever was overtaken writes nothing more.
    runs smallint NOT NULL DEFAULT 0,
    -- Nobody has told of it since: it is begun again.
    lease_until timestamptz,
    rows bigint NOT NULL DEFAULT 0,
    bytes bigint NOT NULL DEFAULT 0,
    -- How far the reading has come, of 100.
    percent smallint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL,
    ended_at timestamptz,
    -- The file goes then, and the row with it.
    expires_at timestamptz NOT NULL
);
CREATE INDEX exports_of_tenant ON exports (tenant_id, id);
CREATE INDEX exports_open ON exports (created_at) WHERE state IN ('waiting', 'running');
CREATE INDEX exports_expiry ON exports (expires_at);
CREATE TABLE export_parts (
    export_id uuid NOT NULL REFERENCES exports ON DELETE CASCADE,
    number integer NOT NULL,
    -- The export's.
    tenant_id uuid,
    content bytea NOT NULL,
    PRIMARY KEY (export_id, number)
);
-- Files are compressed already, or sent once.
ALTER TABLE export_parts ALTER COLUMN content SET STORAGE EXTERNAL;
CALL protect_tenant_table('exports');
CALL protect_tenant_table('export_parts');
GRANT SELECT, INSERT ON exports TO tidings_service;
GRANT SELECT ON export_parts TO tidings_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON exports, export_parts TO tidings_platform;
