-- Templates: written, submitted, followed.

-- A template belongs to one account of the provider: Meta's WhatsApp Business Account, or Twilio's account.
ALTER TABLE templates
    ADD COLUMN provider text NOT NULL DEFAULT 'meta' CHECK (provider IN ('meta', 'twilio')),
    ADD COLUMN account_id text;
-- The owner is held by row-level security too, and must see the rows for once.
ALTER TABLE templates NO FORCE ROW LEVEL SECURITY;
ALTER TABLE senders NO FORCE ROW LEVEL SECURITY;
UPDATE templates t SET (provider, account_id) = (
    SELECT s.provider, s.waba_id FROM senders s WHERE s.tenant_id = t.tenant_id
    ORDER BY s.is_default DESC, s.created_at, s.id LIMIT 1)
WHERE EXISTS (SELECT 1 FROM senders s WHERE s.tenant_id = t.tenant_id);
UPDATE templates SET account_id = '' WHERE account_id IS NULL;
ALTER TABLE templates FORCE ROW LEVEL SECURITY;
ALTER TABLE senders FORCE ROW LEVEL SECURITY;
ALTER TABLE templates
    ALTER COLUMN account_id SET NOT NULL,
    DROP CONSTRAINT templates_tenant_id_name_language_key,
    DROP CONSTRAINT templates_status_check,
    -- DRAFT: nobody but the tenant knows it yet.
    ADD CONSTRAINT templates_status_check CHECK (status IN (
        'DRAFT', 'APPROVED', 'PENDING', 'REJECTED', 'PAUSED', 'DISABLED', 'IN_APPEAL', 'PENDING_DELETION', 'DELETED',
        'LIMIT_EXCEEDED', 'ARCHIVED')),
    -- What was changed since the provider took it, and is not submitted yet: {"category": …, "components": […], …}.
    ADD COLUMN changes jsonb,
    -- Seconds that the provider goes on trying to deliver; -1: 30 days; NULL: as long as it does for the category.
    ADD COLUMN send_ttl_seconds integer,
    -- Whether the provider may put it into another category than asked for.
    ADD COLUMN allow_category_change boolean NOT NULL DEFAULT true,
    ADD COLUMN quality text CHECK (quality IN ('GREEN', 'YELLOW', 'RED', 'UNKNOWN')),
    ADD COLUMN rejection_reason text,
    -- The category that the provider is about to move it to, and when.
    ADD COLUMN next_category text CHECK (next_category IN ('MARKETING', 'UTILITY', 'AUTHENTICATION')),
    ADD COLUMN next_category_at timestamptz,
    -- A change of category costs: not told yet while this is set.
    ADD COLUMN category_news_at timestamptz,
    -- Why the last submission, deletion or the like failed: {"action": "submit", "code": 100, "detail": "…", "at": "…"}.
    ADD COLUMN problem jsonb,
    ADD COLUMN created_by text,
    -- When it was first handed to the provider: creations an hour are limited by account.
    ADD COLUMN submitted_at timestamptz,
    -- Changes of the approved template that the provider took: a day's and a month's are limited.
    ADD COLUMN edited_at timestamptz[] NOT NULL DEFAULT '{}',
    -- When the provider last listed it. What was listed once and is missing now was deleted there.
    ADD COLUMN listed_at timestamptz;
CREATE UNIQUE INDEX templates_by_name ON templates (tenant_id, account_id, name, language) WHERE status <> 'DELETED';
-- The provider's notices name an account, and templates of any tenant that sends through it.
CREATE INDEX templates_by_account ON templates (account_id, name);
CREATE INDEX templates_category_news ON templates (category_news_at) WHERE category_news_at IS NOT NULL;

-- What is to be done with a template at its provider: the row is the order, and retry-scheduler carries it out.
CREATE TABLE template_tasks (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    template_id uuid NOT NULL,
    account_id text NOT NULL,
    action text NOT NULL CHECK (action IN ('submit', 'delete', 'unpause')),
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL,
    due_at timestamptz NOT NULL DEFAULT now(),
    tries smallint NOT NULL DEFAULT 0,
    done_at timestamptz,
    -- done, refused, given_up
    result text,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, template_id) REFERENCES templates
);
-- One thing at a time with a template.
CREATE UNIQUE INDEX template_tasks_open ON template_tasks (tenant_id, template_id) WHERE done_at IS NULL;
CREATE INDEX template_tasks_due ON template_tasks (due_at) WHERE done_at IS NULL;
CALL protect_tenant_table('template_tasks');
GRANT SELECT, INSERT ON template_tasks TO tidings_service;
GRANT SELECT, INSERT, UPDATE ON template_tasks TO tidings_platform;

-- Accounts whose templates are compared with the provider's list, now and then or when somebody asks.
CREATE TABLE template_syncs (
    tenant_id uuid NOT NULL REFERENCES tenants,
    account_id text NOT NULL,
    provider text NOT NULL CHECK (provider IN ('meta', 'twilio')),
    due_at timestamptz NOT NULL DEFAULT now(),
    tries smallint NOT NULL DEFAULT 0,
    synced_at timestamptz,
    -- That the provider listed.
    templates integer,
    problem text,
    PRIMARY KEY (tenant_id, account_id)
) WITH (fillfactor = 70);
CREATE INDEX template_syncs_due ON template_syncs (due_at);
CALL protect_tenant_table('template_syncs');
GRANT SELECT, INSERT, UPDATE ON template_syncs TO tidings_service, tidings_platform;

-- What became of a template, whoever brought the news: an answer, a notice, a list.
CREATE TABLE template_events (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id bigint GENERATED ALWAYS AS IDENTITY,
    template_id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- status, category, quality
    kind text NOT NULL,
    old_value text,
    new_value text,
    reason text,
    PRIMARY KEY (tenant_id, template_id, id)
);
CALL protect_tenant_table('template_events');
GRANT SELECT, INSERT ON template_events TO tidings_service;
GRANT SELECT, INSERT, DELETE ON template_events TO tidings_platform;

CREATE FUNCTION note_template_events() RETURNS trigger
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.status IS DISTINCT FROM OLD.status THEN
        INSERT INTO template_events (tenant_id, template_id, kind, old_value, new_value, reason)
        VALUES (NEW.tenant_id, NEW.id, 'status', OLD.status, NEW.status,
                CASE WHEN NEW.status = 'REJECTED' THEN NEW.rejection_reason END);
    END IF;
    -- A draft's category is the tenant's own affair.
    IF NEW.category IS DISTINCT FROM OLD.category AND OLD.status <> 'DRAFT' THEN
        INSERT INTO template_events (tenant_id, template_id, kind, old_value, new_value)
        VALUES (NEW.tenant_id, NEW.id, 'category', OLD.category, NEW.category);
    END IF;
    IF NEW.quality IS DISTINCT FROM OLD.quality THEN
        INSERT INTO template_events (tenant_id, template_id, kind, old_value, new_value)
        VALUES (NEW.tenant_id, NEW.id, 'quality', OLD.quality, NEW.quality);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER template_events AFTER UPDATE OF status, category, quality ON templates
    FOR EACH ROW EXECUTE FUNCTION note_template_events();
