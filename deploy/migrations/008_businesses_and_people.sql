-- Businesses and their people: plans, self-service settings, keys, users, sessions, and who did what.

-- What a business may use. The platform's own: readable by all services, holding nothing of a tenant. NULL: no limit.
CREATE TABLE plans (
    name text PRIMARY KEY CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    title text NOT NULL,
    -- Sends a day of the tenant's time zone; the tenant's own daily_quota may be lower.
    messages_per_day integer CHECK (messages_per_day >= 0),
    senders_max integer CHECK (senders_max >= 0),
    templates_max integer CHECK (templates_max >= 0),
    contacts_max integer CHECK (contacts_max >= 0),
    users_max integer CHECK (users_max >= 0),
    keys_max integer CHECK (keys_max >= 0),
    callbacks_max integer CHECK (callbacks_max >= 0),
    broadcast_recipients_max integer CHECK (broadcast_recipients_max >= 0),
    -- Of one API key.
    requests_per_second integer CHECK (requests_per_second >= 1),
    retention_days_max integer CHECK (retention_days_max >= 1),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE plans ENABLE ROW LEVEL SECURITY;
ALTER TABLE plans FORCE ROW LEVEL SECURITY;
CREATE POLICY read_by_services ON plans FOR SELECT TO tidings_service USING (true);
CREATE POLICY all_plans ON plans TO tidings_platform USING (true) WITH CHECK (true);
GRANT SELECT ON plans TO tidings_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON plans TO tidings_platform;
INSERT INTO plans (name, title) VALUES ('unlimited', 'No limits of ours');

ALTER TABLE tenants
    DROP CONSTRAINT tenants_status_check,
    -- deleted: its secrets are destroyed, its keys and users are gone, and its rows go as its retention ends.
    ADD CONSTRAINT tenants_status_check CHECK (status IN ('active', 'suspended', 'deleted')),
    -- Emptied when the tenant is deleted: then nothing that was sealed opens any more.
    ALTER COLUMN data_key_sealed DROP NOT NULL,
    ADD CONSTRAINT tenants_data_key CHECK (data_key_sealed IS NOT NULL OR status = 'deleted'),
    ADD COLUMN plan text NOT NULL DEFAULT 'unlimited' REFERENCES plans,
    ADD COLUMN status_reason text,
    ADD COLUMN status_changed_at timestamptz,
    ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
    -- Days that messages and their history are kept; NULL: as long as the platform keeps any.
    ADD COLUMN retention_days integer CHECK (retention_days BETWEEN 1 AND 3650),
    -- Days after which texts and numbers are made unreadable while counts stay; NULL: with the retention.
    ADD COLUMN redact_after_days integer CHECK (redact_after_days BETWEEN 0 AND 3650),
    -- Whether what retention removes is written to the archive first.
    ADD COLUMN is_archived boolean NOT NULL DEFAULT false,
    -- Words for what messages are about; NULL: any. {confirmation,reminder,feedback,policy_document,renewal_reminder,general}
    ADD COLUMN message_kinds text[] CHECK (cardinality(message_kinds) BETWEEN 1 AND 100),
    -- {"delivery_rate": 0.95, "failure_rate": 0.05, "quality_score": 0.9}; what is absent is as usual.
    ADD COLUMN thresholds jsonb NOT NULL DEFAULT '{}',
    -- Categories that need an opt-in on record before anything is sent: {MARKETING}.
    ADD COLUMN opt_in_required text[] NOT NULL DEFAULT '{}'
        CHECK (opt_in_required <@ ARRAY['MARKETING', 'UTILITY', 'AUTHENTICATION']),
    -- Sent instead of free text outside the service window: {"name": "…", "language": "en", "variable": "text"}.
    ADD COLUMN fallback_template jsonb,
    -- Web pages that may call the API with a key: {https://app.example.com}.
    ADD COLUMN allowed_origins text[] NOT NULL DEFAULT '{}' CHECK (cardinality(allowed_origins) <= 20),
    ADD COLUMN currency text NOT NULL DEFAULT 'USD' CHECK (currency ~ '^[A-Z]{3}$');
CREATE INDEX tenants_by_plan ON tenants (plan);
GRANT UPDATE (name, default_region, time_zone, auto_retry_enabled, retry_preset, max_retries, retry_delays_seconds,
              message_delay_seconds, daily_quota, quiet_from, quiet_to, unanswered_policy, expiry_seconds, updated_at,
              retention_days, redact_after_days, is_archived, message_kinds, thresholds, opt_in_required,
              fallback_template, allowed_origins, currency) ON tenants TO tidings_service;

ALTER TABLE senders
    -- The tenant's own Meta app, where it has one: webhooks to its own address are verified with these.
    ADD COLUMN app_secret_sealed bytea,
    ADD COLUMN verify_token_sealed bytea,
    ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
    -- What the provider said when it was last asked.
    ADD COLUMN verified_at timestamptz,
    ADD COLUMN verified_name text,
    ADD COLUMN quality_rating text,
    ADD COLUMN verification_problem text,
    -- Of the access token, from Meta's debug_token; NULL: it does not expire, or nobody knows.
    ADD COLUMN token_expires_at timestamptz,
    ADD COLUMN token_checked_at timestamptz,
    ADD COLUMN token_scopes text[];
GRANT DELETE ON senders TO tidings_service, tidings_platform;

ALTER TABLE api_keys
    -- The key that takes this one's place; both work until this one's expires_at.
    ADD COLUMN replaced_by uuid,
    -- Who made it: audit_log.actor.
    ADD COLUMN created_by text;

-- People of a business. One address may belong to several businesses.
CREATE TABLE users (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    -- In lower case.
    email text NOT NULL CHECK (email = lower(email) AND length(email) BETWEEN 3 AND 320),
    name text NOT NULL DEFAULT '',
    role text NOT NULL CHECK (role IN ('owner', 'operator', 'viewer')),
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text,
    last_sign_in_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, email)
);
CREATE INDEX users_by_email ON users (email);
CALL protect_tenant_table('users');
GRANT SELECT, INSERT, UPDATE, DELETE ON users TO tidings_service, tidings_platform;

-- Keys of founders' programs: they may what the founder of that address may, as long as that is a founder.
CREATE TABLE admin_keys (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    prefix text NOT NULL,
    hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    email text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
);
-- Sign-in attempts that failed, by what was tried and from where: too many lock it for a while.
CREATE TABLE sign_in_failures (
    subject text PRIMARY KEY,
    failures integer NOT NULL,
    last_at timestamptz NOT NULL,
    locked_until timestamptz
) WITH (fillfactor = 70);
DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['admin_keys', 'sign_in_failures'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', table_name);
        EXECUTE format('CREATE POLICY all_tenants ON %I TO tidings_platform USING (true) WITH CHECK (true)', table_name);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON admin_keys TO tidings_platform;
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_failures TO tidings_platform;

-- A session is a founder's (address alone), a person's of a business (tenant and user), or a key's (tenant and key): it
-- ends with what it came from. Sessions of before do not say which key began them: people sign in again.
DELETE FROM sessions;
ALTER TABLE sessions
    DROP CONSTRAINT sessions_check,
    ADD COLUMN user_id uuid,
    ADD COLUMN key_id uuid,
    ADD COLUMN last_seen_at timestamptz,
    ADD CONSTRAINT sessions_who CHECK (
        (email IS NULL) = (tenant_id IS NOT NULL) AND num_nonnulls(user_id, key_id) = num_nonnulls(tenant_id)),
    ADD FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE,
    ADD FOREIGN KEY (tenant_id, key_id) REFERENCES api_keys ON DELETE CASCADE;
-- How many links an address asked for of late.
CREATE INDEX sign_in_links_by_email ON sign_in_links (email, created_at);

-- Who did what, for the tenant it concerns to read too. Nobody may change or remove a line.
ALTER TABLE audit_log
    -- founder, user, key, system
    ADD COLUMN actor_kind text NOT NULL DEFAULT 'system',
    -- What it was done to: "sender 0199…".
    ADD COLUMN target text,
    ADD COLUMN address text;
CREATE INDEX audit_log_by_tenant ON audit_log (tenant_id, id);
CREATE POLICY acting_tenants_only ON audit_log FOR SELECT TO tidings_service
    USING ((tenant_id = ANY ((SELECT acting_tenants())::uuid[])) IS TRUE);
GRANT SELECT ON audit_log TO tidings_service;

-- What checks of senders find, and when the next one is due.
ALTER TABLE senders
    -- The app secret of before, as long as both sign.
    ADD COLUMN previous_app_secret_sealed bytea,
    ADD COLUMN previous_app_secret_until timestamptz,
    ADD COLUMN check_due_at timestamptz NOT NULL DEFAULT now() + interval '1 hour',
    -- As the provider writes them: CONNECTED, ONLINE …; TIER_10K; STANDARD.
    ADD COLUMN provider_status text,
    ADD COLUMN messaging_limit text,
    ADD COLUMN throughput text;
CREATE INDEX senders_check_due ON senders (check_due_at) WHERE status <> 'disabled';
CREATE INDEX senders_token_expiry ON senders (token_expires_at) WHERE token_expires_at IS NOT NULL;

-- A limit on recipients counts for everybody who shares the portfolio: whoever is alone in it may state it.
CREATE FUNCTION portfolio_is_shared(portfolio text, with_tenant uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    BEGIN ATOMIC
        SELECT EXISTS (
            SELECT FROM senders s
            WHERE portfolio_of(s.portfolio_id, s.waba_id) = portfolio AND s.tenant_id <> with_tenant);
    END;
-- Who holds the secrets that sign webhooks at a sender's own address.
CREATE FUNCTION webhook_secrets_of_sender(sender_id uuid)
    RETURNS TABLE (tenant_id uuid, data_key_sealed bytea, app_secret_sealed bytea, previous_app_secret_sealed bytea,
                   verify_token_sealed bytea, own_accounts text[])
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    BEGIN ATOMIC
        SELECT s.tenant_id, t.data_key_sealed, s.app_secret_sealed,
               CASE WHEN s.previous_app_secret_until > now() THEN s.previous_app_secret_sealed END,
               s.verify_token_sealed,
               -- Accounts that nobody else sends through: only for these may the tenant's own app speak.
               ARRAY(SELECT DISTINCT o.waba_id FROM senders o
                     WHERE o.tenant_id = s.tenant_id AND o.provider = 'meta' AND NOT EXISTS (
                         SELECT FROM senders f WHERE f.waba_id = o.waba_id AND f.tenant_id <> o.tenant_id))
        FROM senders s JOIN tenants t ON t.id = s.tenant_id
        WHERE s.id = sender_id AND t.data_key_sealed IS NOT NULL;
    END;
ALTER FUNCTION portfolio_is_shared(text, uuid) OWNER TO tidings_platform;
ALTER FUNCTION webhook_secrets_of_sender(uuid) OWNER TO tidings_platform;
REVOKE ALL ON FUNCTION portfolio_is_shared(text, uuid), webhook_secrets_of_sender(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portfolio_is_shared(text, uuid), webhook_secrets_of_sender(uuid)
    TO tidings_service, tidings_platform;

-- Who holds a key gets what its requests must be judged by: how many a second, and from which pages.
DROP FUNCTION authenticate_api_key(bytea);
CREATE FUNCTION authenticate_api_key(key_hash bytea)
    RETURNS TABLE (tenant_id uuid, key_id uuid, scopes text[], tenant_status text, requests_per_second integer,
                   allowed_origins text[])
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    BEGIN ATOMIC
        SELECT k.tenant_id, k.id, k.scopes, t.status, p.requests_per_second, t.allowed_origins
        FROM api_keys k JOIN tenants t ON t.id = k.tenant_id JOIN plans p ON p.name = t.plan
        WHERE k.hash = key_hash
          AND k.revoked_at IS NULL
          AND (k.expires_at IS NULL OR k.expires_at > now());
    END;
-- A browser asks before it sends the key: then it is not known yet whose page it is.
CREATE FUNCTION allowed_origins_of_all() RETURNS TABLE (origin text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    BEGIN ATOMIC
        SELECT DISTINCT unnest(t.allowed_origins) FROM tenants t
        WHERE t.status = 'active' AND t.allowed_origins <> '{}';
    END;
ALTER FUNCTION authenticate_api_key(bytea) OWNER TO tidings_platform;
ALTER FUNCTION allowed_origins_of_all() OWNER TO tidings_platform;
REVOKE ALL ON FUNCTION authenticate_api_key(bytea), allowed_origins_of_all() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authenticate_api_key(bytea), allowed_origins_of_all() TO tidings_service, tidings_platform;
-- A business that may not send has a closed gate from the moment its status says so, and none from the moment it may
-- again: whoever changes the status.
CREATE FUNCTION close_or_open_gate_of_tenant() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.status = 'active' THEN
        UPDATE gates SET opened_at = now(), opened_by = 'setting'
        WHERE opened_at IS NULL AND scope = 'tenant' AND subject = NEW.id::text AND cause = 'account_restricted';
    ELSE
        INSERT INTO gates (id, tenant_id, scope, subject, cause, closed_at, closed_by, note)
        VALUES (gen_random_uuid(), NEW.id, 'tenant', NEW.id::text, 'account_restricted', now(), 'setting',
                'tenant ' || NEW.status)
        ON CONFLICT (scope, subject, cause) WHERE opened_at IS NULL DO UPDATE SET note = excluded.note, probe_at = NULL;
    END IF;
    RETURN NULL;
END $$;
ALTER FUNCTION close_or_open_gate_of_tenant() OWNER TO tidings_platform;
REVOKE ALL ON FUNCTION close_or_open_gate_of_tenant() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION close_or_open_gate_of_tenant() TO tidings_service, tidings_platform;
CREATE TRIGGER tenants_status_changed AFTER UPDATE OF status ON tenants
    FOR EACH ROW WHEN (OLD.status <> NEW.status)
    EXECUTE FUNCTION close_or_open_gate_of_tenant();
-- Few; looked through again and again for messages that are still to be cancelled.
CREATE INDEX tenants_deleted ON tenants (id) WHERE status = 'deleted';
