-- Roles, and what belongs to a tenant before its first message.
--
-- Two roles log in for the services; neither owns a table nor may bypass row-level security:
--   tidings_service   sees the tenants named in app.tenant_ids, and nobody else's rows;
--   tidings_platform  sees all tenants (scheduler, monitor, alerter), by a policy that says so.

DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['tidings_service', 'tidings_platform'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE', role_name);
        EXCEPTION
            -- Roles belong to the whole cluster: another database, or a migration beside us, was first.
            WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END LOOP;
END $$;

-- Anybody may connect to Postgres; only these two may see what is inside.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO tidings_service, tidings_platform;

-- The tenants this transaction acts for; no setting means no rows, never an error and never all rows.
-- Policies call it in a sub-select, so that it is evaluated once a statement and not once a row.
CREATE FUNCTION acting_tenants() RETURNS uuid[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NULLIF(current_setting('app.tenant_ids', true), '')::uuid[];

-- Row-level security for one table: forced, so that not even the owner reads past it.
-- IS TRUE keeps the condition out of the indexes: on a table that was empty when a plan was made, the planner would
-- otherwise read all rows of the acting tenants for every id it joins, and keep that plan (Shared/Decisions/0015).
CREATE PROCEDURE protect_tenant_table(table_name regclass, tenant_column text DEFAULT 'tenant_id')
    LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', table_name);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', table_name);
    EXECUTE format(
        'CREATE POLICY acting_tenants_only ON %s TO tidings_service
             USING ((%I = ANY ((SELECT acting_tenants())::uuid[])) IS TRUE)
             WITH CHECK ((%I = ANY ((SELECT acting_tenants())::uuid[])) IS TRUE)',
        table_name, tenant_column, tenant_column);
    EXECUTE format(
        'CREATE POLICY all_tenants ON %s TO tidings_platform USING (true) WITH CHECK (true)', table_name);
END $$;

CREATE TABLE tenants (
    id uuid PRIMARY KEY,
    slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name text NOT NULL,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
    -- AES-256 key of this tenant, sealed under a master key: destroying it destroys every secret of the tenant.
    data_key_sealed bytea NOT NULL,
    default_region text CHECK (default_region ~ '^[A-Z]{2}$'),
    time_zone text NOT NULL DEFAULT 'UTC',
    auto_retry_enabled boolean NOT NULL DEFAULT true,
    retry_preset text NOT NULL DEFAULT 'quick' CHECK (retry_preset IN ('quick', 'steady', 'patient')),
    max_retries smallint NOT NULL DEFAULT 3 CHECK (max_retries BETWEEN 0 AND 20),
    created_at timestamptz NOT NULL DEFAULT now()
);
CALL protect_tenant_table('tenants', 'id');
GRANT SELECT ON tenants TO tidings_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON tenants TO tidings_platform;

CREATE TABLE api_keys (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    name text NOT NULL,
    prefix text NOT NULL,
    -- SHA-256 of the key: the key itself is shown once and kept nowhere.
    hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    scopes text[] NOT NULL DEFAULT ARRAY['messages'],
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CALL protect_tenant_table('api_keys');
GRANT SELECT, INSERT, UPDATE ON api_keys TO tidings_service, tidings_platform;

-- Before a key is known there is no tenant to act for, so this one question has a door of its own:
-- who holds a key gets that key's tenant and nothing else.
CREATE FUNCTION authenticate_api_key(key_hash bytea)
    RETURNS TABLE (tenant_id uuid, key_id uuid, scopes text[], tenant_status text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    BEGIN ATOMIC
        SELECT k.tenant_id, k.id, k.scopes, t.status
        FROM api_keys k JOIN tenants t ON t.id = k.tenant_id
        WHERE k.hash = key_hash
          AND k.revoked_at IS NULL
          AND (k.expires_at IS NULL OR k.expires_at > now());
    END;

CREATE TABLE senders (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    name text NOT NULL,
    provider text NOT NULL CHECK (provider IN ('meta', 'twilio')),
    is_default boolean NOT NULL DEFAULT false,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'disabled')),
    display_phone_number text NOT NULL,
    -- Meta's names: the sending number and the WhatsApp Business Account it belongs to.
    phone_number_id text NOT NULL UNIQUE,
    waba_id text NOT NULL,
    access_token_sealed bytea NOT NULL,
    messages_per_second integer NOT NULL DEFAULT 80 CHECK (messages_per_second BETWEEN 1 AND 1000),
    in_flight_max integer NOT NULL DEFAULT 64 CHECK (in_flight_max BETWEEN 1 AND 1000),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX senders_one_default ON senders (tenant_id) WHERE is_default;
CALL protect_tenant_table('senders');
GRANT SELECT, INSERT, UPDATE ON senders TO tidings_service, tidings_platform;

-- A receipt names a phone number, not a tenant: who owns the number is a question of its own.
CREATE FUNCTION senders_of_phone_numbers(phone_number_ids text[])
    RETURNS TABLE (phone_number_id text, tenant_id uuid, sender_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    BEGIN ATOMIC
        SELECT s.phone_number_id, s.tenant_id, s.id FROM senders s
        WHERE s.phone_number_id = ANY (phone_number_ids);
    END;

CREATE TABLE templates (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    -- Postgres' regular expressions count to 255 at most, so the length is a condition of its own.
    name text NOT NULL CHECK (name ~ '^[a-z0-9_]+$' AND length(name) <= 512),
    language text NOT NULL,
    category text NOT NULL CHECK (category IN ('MARKETING', 'UTILITY', 'AUTHENTICATION')),
    status text NOT NULL DEFAULT 'PENDING' CHECK (status IN (
        'APPROVED', 'PENDING', 'REJECTED', 'PAUSED', 'DISABLED', 'IN_APPEAL', 'PENDING_DELETION', 'DELETED',
        'LIMIT_EXCEEDED', 'ARCHIVED')),
    parameter_format text NOT NULL DEFAULT 'POSITIONAL' CHECK (parameter_format IN ('POSITIONAL', 'NAMED')),
    -- As Meta defines them: [{"type":"BODY","text":"Hi {{first_name}} …"}, …]
    components jsonb NOT NULL,
    -- Texts for variables that a message may leave out: {"event_name":"your event"}
    variable_defaults jsonb NOT NULL DEFAULT '{}',
    provider_template_id text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name, language)
);
CALL protect_tenant_table('templates');
GRANT SELECT, INSERT, UPDATE ON templates TO tidings_service, tidings_platform;

-- These functions run as tidings_platform, whose policy lets it see all tenants; only our roles may call them.
ALTER FUNCTION authenticate_api_key(bytea) OWNER TO tidings_platform;
ALTER FUNCTION senders_of_phone_numbers(text[]) OWNER TO tidings_platform;
REVOKE ALL ON FUNCTION authenticate_api_key(bytea), senders_of_phone_numbers(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authenticate_api_key(bytea) TO tidings_service, tidings_platform;
GRANT EXECUTE ON FUNCTION senders_of_phone_numbers(text[]) TO tidings_service, tidings_platform;
