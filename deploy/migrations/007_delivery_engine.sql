-- The delivery engine: gates, limits that outlive a dispatcher, retries on demand, proofs.

-- What a tenant and a sender may set.
ALTER TABLE tenants
    DROP CONSTRAINT tenants_retry_preset_check,
    -- own: the list in retry_delays_seconds; the last delay repeats.
    ADD CONSTRAINT tenants_retry_preset_check CHECK (retry_preset IN ('quick', 'steady', 'patient', 'own')),
    ADD COLUMN retry_delays_seconds integer[]
        CHECK (cardinality(retry_delays_seconds) BETWEEN 1 AND 20 AND 0 <= ALL (retry_delays_seconds)
               AND 2592000 >= ALL (retry_delays_seconds)),
    ADD CONSTRAINT tenants_own_delays CHECK (retry_preset <> 'own' OR retry_delays_seconds IS NOT NULL),
    -- At least this long between two messages of one of the tenant's senders.
    ADD COLUMN message_delay_seconds integer NOT NULL DEFAULT 0 CHECK (message_delay_seconds BETWEEN 0 AND 3600),
    -- Sends a day of the tenant's time zone; NULL: none of ours.
    ADD COLUMN daily_quota integer CHECK (daily_quota >= 0),
    -- Local times of day between which nothing but login codes goes out; from > to spans midnight.
    ADD COLUMN quiet_from time,
    ADD COLUMN quiet_to time,
    ADD CONSTRAINT tenants_quiet_hours CHECK ((quiet_from IS NULL) = (quiet_to IS NULL) AND quiet_from <> quiet_to),
    -- {"utility": {"wait_seconds": 300, "preference": "prefer_delivery"}}; what is absent is as usual.
    ADD COLUMN unanswered_policy jsonb NOT NULL DEFAULT '{}',
    -- {"marketing": 3600}: seconds a message of a category is worth sending when it names no expiry itself.
    ADD COLUMN expiry_seconds jsonb NOT NULL DEFAULT '{}';

-- For Twilio phone_number_id is the From address ("whatsapp:+14155550100"), waba_id the AccountSid, and
-- access_token_sealed holds the auth token.
ALTER TABLE senders
    -- Whose messaging limit the sender shares; NULL: the account is its own portfolio.
    ADD COLUMN portfolio_id text,
    -- Twilio's MG… id, when the sender is a pool.
    ADD COLUMN messaging_service_id text,
    -- One recipient may get this many at once, and then one in 6 s (Meta's limit is 45).
    ADD COLUMN pair_burst smallint NOT NULL DEFAULT 45 CHECK (pair_burst BETWEEN 1 AND 45);

CREATE FUNCTION portfolio_of(portfolio_id text, waba_id text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN coalesce(portfolio_id, waba_id);

-- Meta's business portfolios, or Twilio's accounts: several tenants may share one, so a row belongs to no tenant and
-- holds nothing of one.
CREATE TABLE portfolios (
    id text PRIMARY KEY,
    -- Unique recipients in a rolling day outside service windows; NULL: unlimited.
    recipients_max integer CHECK (recipients_max >= 0),
    updated_at timestamptz NOT NULL DEFAULT now()
);
-- Who counts at the moment, and since when; the hash is the first 16 bytes of a SHA-256 of portfolio and number.
CREATE TABLE portfolio_recipients (
    portfolio_id text NOT NULL,
    recipient_hash uuid NOT NULL,
    counted_at timestamptz NOT NULL,
    PRIMARY KEY (portfolio_id, recipient_hash)
) WITH (fillfactor = 70);
CREATE INDEX portfolio_recipients_by_time ON portfolio_recipients (portfolio_id, counted_at);
-- The same counted per minute, so that nobody counts a hundred thousand rows to know how many they are.
CREATE TABLE portfolio_minutes (
    portfolio_id text NOT NULL,
    minute timestamptz NOT NULL,
    recipients integer NOT NULL,
    PRIMARY KEY (portfolio_id, minute)
) WITH (fillfactor = 50);
DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['portfolios', 'portfolio_recipients', 'portfolio_minutes'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', table_name);
        EXECUTE format('CREATE POLICY services ON %I TO tidings_service, tidings_platform
                            USING (true) WITH CHECK (true)', table_name);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON portfolios TO tidings_service, tidings_platform;
GRANT SELECT, INSERT, UPDATE, DELETE ON portfolio_recipients, portfolio_minutes TO tidings_service, tidings_platform;

-- A gate that is closed holds the messages of its scope (no attempt is used up); a pause is a gate that a person
-- closed. One row a closing; a row with opened_at is history.
CREATE TABLE gates (
    id uuid PRIMARY KEY,
    -- NULL: it concerns more than one tenant (a portfolio, a provider).
    tenant_id uuid,
    scope text NOT NULL CHECK (scope IN ('tenant', 'sender', 'template', 'batch', 'account', 'portfolio', 'provider')),
    -- The id of what the scope names: ours for tenant, sender, template and batch; the provider's for account and
    -- portfolio; "meta" or "twilio", and for an outage seen by one dispatcher "meta@<dispatcher>", for provider.
    subject text NOT NULL,
    cause text NOT NULL CHECK (cause IN (
        'paused', 'token_invalid', 'account_restricted', 'payment_missing', 'maintenance', 'sender_unusable',
        'template_paused', 'template_disabled', 'portfolio_limit', 'throttled', 'platform', 'outage')),
    error_code integer,
    closed_at timestamptz NOT NULL,
    -- Who closed it: dispatcher, webhook, api, operator.
    closed_by text NOT NULL,
    note text,
    -- When it opens by itself; NULL: not by time.
    opens_at timestamptz,
    -- When one held message may try whether it is open again; NULL: nobody tries.
    probe_at timestamptz,
    probes smallint NOT NULL DEFAULT 0,
    -- The message that may pass although the gate is closed.
    probe_message_id uuid,
    opened_at timestamptz,
    opened_by text,
    -- When no message was held behind it any more.
    released_at timestamptz
);
CREATE UNIQUE INDEX gates_one_closed ON gates (scope, subject, cause) WHERE opened_at IS NULL;
CREATE INDEX gates_closed ON gates (closed_at) WHERE opened_at IS NULL;
CREATE INDEX gates_to_release ON gates (opened_at) WHERE opened_at IS NOT NULL AND released_at IS NULL;
CREATE INDEX gates_by_tenant ON gates (tenant_id, closed_at);
ALTER TABLE gates ENABLE ROW LEVEL SECURITY;
ALTER TABLE gates FORCE ROW LEVEL SECURITY;
-- What concerns several tenants is seen by each of them.
CREATE POLICY acting_tenants_only ON gates TO tidings_service
    USING ((tenant_id IS NULL OR tenant_id = ANY ((SELECT acting_tenants())::uuid[])) IS TRUE)
    WITH CHECK ((tenant_id IS NULL OR tenant_id = ANY ((SELECT acting_tenants())::uuid[])) IS TRUE);
CREATE POLICY all_tenants ON gates TO tidings_platform USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON gates TO tidings_service, tidings_platform;

-- A dispatcher must know every closed gate of every sender it may meet, before it knows whose messages come.
CREATE FUNCTION closed_gates() RETURNS SETOF gates
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    BEGIN ATOMIC
        SELECT * FROM gates WHERE opened_at IS NULL;
    END;
ALTER FUNCTION closed_gates() OWNER TO tidings_platform;
REVOKE ALL ON FUNCTION closed_gates() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION closed_gates() TO tidings_service, tidings_platform;

-- A sender that got another token, or was switched on again, may send again: whoever changed it.
CREATE FUNCTION open_gates_of_changed_sender() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE gates SET opened_at = now(), opened_by = 'setting'
    WHERE opened_at IS NULL AND (
        scope = 'sender' AND subject = NEW.id::text AND cause IN ('token_invalid', 'sender_unusable')
        OR scope = 'account' AND subject = NEW.waba_id AND cause IN ('token_invalid'));
    RETURN NULL;
END $$;
ALTER FUNCTION open_gates_of_changed_sender() OWNER TO tidings_platform;
REVOKE ALL ON FUNCTION open_gates_of_changed_sender() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION open_gates_of_changed_sender() TO tidings_service, tidings_platform;
CREATE TRIGGER senders_changed AFTER UPDATE ON senders
    FOR EACH ROW
    WHEN (OLD.access_token_sealed <> NEW.access_token_sealed
          OR OLD.status <> 'active' AND NEW.status = 'active'
          OR OLD.phone_number_id <> NEW.phone_number_id)
    EXECUTE FUNCTION open_gates_of_changed_sender();

ALTER TABLE due_messages
    -- Which closed gate holds the message.
    ADD COLUMN gate_id uuid,
    -- due_at is already a turn at the sender's pace: tell it then.
    ADD COLUMN paced boolean NOT NULL DEFAULT false,
    -- One of many accepted at once, that nobody was told of yet: it must get its turn first. These wait in an index of
    -- their own, so that a campaign never stands before what is due on time.
    ADD COLUMN to_pace boolean NOT NULL DEFAULT false;
DROP INDEX due_messages_by_time;
CREATE INDEX due_messages_by_time ON due_messages (due_at) WHERE NOT to_pace;
CREATE INDEX due_messages_to_pace ON due_messages (due_at) WHERE to_pace;
CREATE INDEX due_messages_by_gate ON due_messages (gate_id, message_id) WHERE gate_id IS NOT NULL;

ALTER TABLE message_states ADD COLUMN last_status_check timestamptz;

-- Which dispatcher may send through a sender, until when, and the limiter's state it starts from: never two at once.
CREATE TABLE sender_leases (
    tenant_id uuid NOT NULL,
    sender_id uuid NOT NULL,
    -- The dispatcher process.
    holder uuid NOT NULL,
    taken_at timestamptz NOT NULL,
    lease_until timestamptz NOT NULL,
    -- When what was sent will have been paid for at the sender's rate.
    paid_until timestamptz NOT NULL,
    -- Messages a second learned from the provider's answers; at most the sender's own.
    rate real NOT NULL,
    rate_changed_at timestamptz NOT NULL,
    -- Waiting inside the dispatcher, by lane, for explain and pages.
    pending_authentication integer NOT NULL DEFAULT 0,
    pending_utility integer NOT NULL DEFAULT 0,
    pending_marketing integer NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, sender_id)
) WITH (fillfactor = 50);
-- Recipients one sender wrote to so often of late that the next owner must know.
CREATE TABLE pair_debts (
    tenant_id uuid NOT NULL,
    sender_id uuid NOT NULL,
    recipient text NOT NULL,
    paid_until timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, sender_id, recipient)
) WITH (fillfactor = 70);
-- Up to when a sender's turns are given out to messages that wait in Postgres.
CREATE TABLE sender_paces (
    tenant_id uuid NOT NULL,
    sender_id uuid NOT NULL,
    lane smallint NOT NULL CHECK (lane BETWEEN 0 AND 2),
    priority smallint NOT NULL CHECK (priority BETWEEN 1 AND 10),
    -- Messages of batches; what was accepted alone, and retries, have turns of their own.
    is_bulk boolean NOT NULL,
    given_until timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, sender_id, lane, priority, is_bulk)
) WITH (fillfactor = 50);
-- Sends of a tenant a day, kept only where a daily quota is set.
CREATE TABLE tenant_days (
    tenant_id uuid NOT NULL,
    day date NOT NULL,
    sends integer NOT NULL,
    PRIMARY KEY (tenant_id, day)
) WITH (fillfactor = 50);
-- Until when a customer who wrote may be answered freely (Meta: 24 h after each message of theirs).
CREATE TABLE service_windows (
    tenant_id uuid NOT NULL,
    sender_id uuid NOT NULL,
    -- E.164, "+" included.
    recipient text NOT NULL,
    open_until timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, sender_id, recipient)
) WITH (fillfactor = 70);
-- Limits that made messages wait: one row a minute, limit and subject.
CREATE TABLE limit_hits (
    tenant_id uuid NOT NULL,
    minute timestamptz NOT NULL,
    limit_name text NOT NULL,
    -- What the limit is on: a sender's id, an account, a portfolio; never a phone number.
    subject text NOT NULL,
    -- Said by the provider's answer, not by our own count: our picture of the limit was wrong.
    by_provider boolean NOT NULL,
    sender_id uuid NOT NULL,
    hits bigint NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, minute, limit_name, subject, by_provider)
) WITH (fillfactor = 50);

-- A message its recipient has, or will have, twice: proven by two acceptances.
CREATE TABLE confirmed_duplicates (
    tenant_id uuid NOT NULL,
    message_id uuid NOT NULL,
    sender_id uuid NOT NULL,
    found_at timestamptz NOT NULL,
    alert_id uuid,
    PRIMARY KEY (tenant_id, message_id)
);
CREATE INDEX confirmed_duplicates_not_alerted ON confirmed_duplicates (found_at) WHERE alert_id IS NULL;

-- Each message is repeated by hand, by plan or by the sweep at most once; the child may be repeated again.
CREATE TABLE message_retries (
    tenant_id uuid NOT NULL,
    parent_message_id uuid NOT NULL,
    child_message_id uuid NOT NULL,
    plan_id uuid,
    -- api, plan, sweep
    origin text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, parent_message_id)
);
-- What a dry run counted; executing it repeats those messages and no others.
CREATE TABLE retry_plans (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    message_ids uuid[] NOT NULL,
    -- {"retry": 12, "unanswered": 3, …}: what was found, by what becomes of it.
    summary jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    executed_at timestamptz,
    result jsonb,
    PRIMARY KEY (tenant_id, id)
);
-- Messages whose status is to be asked of the provider.
CREATE TABLE status_checks (
    tenant_id uuid NOT NULL,
    message_id uuid NOT NULL,
    requested_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    tries smallint NOT NULL DEFAULT 0,
    -- NULL while it is still to be done.
    done_at timestamptz,
    result text,
    PRIMARY KEY (tenant_id, message_id)
);
CREATE INDEX status_checks_due ON status_checks (due_at) WHERE done_at IS NULL;
DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY[
        'sender_leases', 'pair_debts', 'sender_paces', 'tenant_days', 'service_windows', 'limit_hits',
        'confirmed_duplicates', 'message_retries', 'retry_plans', 'status_checks'
    ] LOOP
        CALL protect_tenant_table(table_name::regclass);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON sender_leases, pair_debts, sender_paces, tenant_days, service_windows,
    limit_hits, status_checks, retry_plans TO tidings_service, tidings_platform;
GRANT SELECT, INSERT ON confirmed_duplicates, message_retries TO tidings_service;
GRANT SELECT, INSERT, UPDATE ON confirmed_duplicates, message_retries TO tidings_platform;

-- Codes that no table of ours lists, for somebody to look up.
CREATE TABLE unknown_codes (
    provider text NOT NULL,
    code integer NOT NULL,
    seen bigint NOT NULL DEFAULT 1,
    first_seen_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    alert_id uuid,
    PRIMARY KEY (provider, code)
);
-- Runs of the sweep: single flight, and what each found.
CREATE TABLE sweeps (
    id uuid PRIMARY KEY,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    origin text NOT NULL,
    found integer,
    retried integer,
    skipped jsonb
);
CREATE INDEX sweeps_by_time ON sweeps (started_at);
-- What the standing check of the ledger found last, per tenant.
CREATE TABLE ledger_checks (
    tenant_id uuid PRIMARY KEY,
    checked_at timestamptz NOT NULL,
    messages bigint NOT NULL,
    -- {"sent": {"counted": 12, "rows": 11}}; {} when all is well.
    differences jsonb NOT NULL
);
CALL protect_tenant_table('ledger_checks');
GRANT SELECT ON ledger_checks TO tidings_service;
GRANT SELECT, INSERT, UPDATE ON ledger_checks TO tidings_platform;
DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['unknown_codes', 'sweeps'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', table_name);
        EXECUTE format('CREATE POLICY all_tenants ON %I TO tidings_platform USING (true) WITH CHECK (true)', table_name);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON unknown_codes, sweeps TO tidings_platform;
GRANT DELETE ON sweeps TO tidings_platform;
CREATE POLICY counted_by_services ON unknown_codes TO tidings_service USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON unknown_codes TO tidings_service;
-- What became of sends that nobody answered, per tenant and day (UTC): counted while monitor folds the changes of
-- counts, in the same transaction.
CREATE TABLE unanswered_days (
    tenant_id uuid NOT NULL,
    day date NOT NULL,
    -- Sent again because the tenant's policy prefers a duplicate to a loss.
    resent bigint NOT NULL DEFAULT 0,
    -- A receipt vouched for the first send.
    proven bigint NOT NULL DEFAULT 0,
    -- Ended without delivery, by policy or by a receipt.
    ended bigint NOT NULL DEFAULT 0,
    -- Of `resent`: what people were told of.
    resent_told bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, day)
) WITH (fillfactor = 70);
CREATE INDEX unanswered_days_not_told ON unanswered_days (day) WHERE resent > resent_told;
CALL protect_tenant_table('unanswered_days');
GRANT SELECT ON unanswered_days TO tidings_service;
GRANT SELECT, INSERT, UPDATE ON unanswered_days TO tidings_platform;

-- A zone that Postgres does not know would make every look at the tenant's hours fail.
ALTER TABLE tenants ADD CONSTRAINT tenants_time_zone
    CHECK (('2026-01-01 00:00:00+00'::timestamptz AT TIME ZONE time_zone) IS NOT NULL);

-- A callback of Twilio's names a sender before anybody knows whose it is.
CREATE UNIQUE INDEX senders_by_id ON senders (id);
CREATE FUNCTION tenant_of_sender(sender_id uuid) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    BEGIN ATOMIC
        SELECT s.tenant_id FROM senders s WHERE s.id = sender_id;
    END;
-- Takes status checks that are due, of all tenants, and puts their next try off: 5 s, 10 s … 10 min. Whoever takes one
-- and dies leaves it to that next try.
CREATE FUNCTION take_status_checks(checks_max integer)
    RETURNS TABLE (tenant_id uuid, message_id uuid, tries smallint)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
    BEGIN ATOMIC
        UPDATE status_checks c
        SET tries = c.tries + 1,
            due_at = now() + least(interval '5 seconds' * 2 ^ least(c.tries, 8), interval '10 minutes')
        FROM (
            SELECT d.tenant_id, d.message_id FROM status_checks d
            WHERE d.done_at IS NULL AND d.due_at <= now()
            ORDER BY d.due_at LIMIT checks_max
            FOR UPDATE SKIP LOCKED
        ) AS due
        WHERE c.tenant_id = due.tenant_id AND c.message_id = due.message_id
        RETURNING c.tenant_id, c.message_id, c.tries;
    END;
ALTER FUNCTION tenant_of_sender(uuid) OWNER TO tidings_platform;
ALTER FUNCTION take_status_checks(integer) OWNER TO tidings_platform;
REVOKE ALL ON FUNCTION tenant_of_sender(uuid), take_status_checks(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant_of_sender(uuid), take_status_checks(integer) TO tidings_service, tidings_platform;
-- Messages in state failed that the sweep has not decided about: written in the transaction that failed them, deleted
-- when they are repeated or can never be.
CREATE TABLE failed_messages (
    tenant_id uuid NOT NULL,
    message_id uuid NOT NULL,
    failed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, message_id)
);
CREATE INDEX failed_messages_by_time ON failed_messages (failed_at);
CALL protect_tenant_table('failed_messages');
GRANT SELECT, INSERT ON failed_messages TO tidings_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON failed_messages TO tidings_platform;

-- The provider's time of the template's status: news that come late change nothing.
ALTER TABLE templates ADD COLUMN status_at timestamptz;

-- What ended without delivery, as the same check found it: [{"state": "failed", "code": 131026, "messages": 12}, …].
ALTER TABLE ledger_checks ADD COLUMN ended jsonb NOT NULL DEFAULT '[]';
