-- Automation: what happens in a business, the rules that make messages of it, and the messages planned.

-- What is sent when something happens.
CREATE TABLE automation_rules (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    description text,
    event_type text NOT NULL,
    is_enabled boolean NOT NULL DEFAULT true,
    -- A word for what the messages are: send_reminder, send_update, check_in_prep.
    task_type text NOT NULL,
    template_name text NOT NULL,
    template_language text NOT NULL,
    -- {"member_name": "data.member.name", "amount": {"from": "data.amount", "format": "number"}}
    variables jsonb NOT NULL DEFAULT '{}',
    -- {"ticket_type": "VIP"}
    recipient_filter jsonb NOT NULL DEFAULT '{}',
    -- {"relative_to": "data.starts_at", "days": -1, "at": "09:00"}
    timing jsonb NOT NULL DEFAULT '{}',
    -- How long after its time a message is worth sending; NULL: a day after an event, an hour where it speaks of a date.
    expires_after_seconds integer CHECK (expires_after_seconds BETWEEN 1 AND 2592000),
    on_repeat text NOT NULL DEFAULT 'add' CHECK (on_repeat IN ('add', 'replace', 'ignore')),
    -- Types of events that call off what this rule has planned for the same subject.
    cancelled_by text[] NOT NULL DEFAULT '{}' CHECK (cardinality(cancelled_by) <= 20),
    sender_id uuid,
    kind text NOT NULL DEFAULT 'general',
    priority smallint NOT NULL DEFAULT 5 CHECK (priority BETWEEN 1 AND 10),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
);
CREATE INDEX automation_rules_by_event ON automation_rules (tenant_id, event_type);
CALL protect_tenant_table('automation_rules');
GRANT SELECT, INSERT, UPDATE, DELETE ON automation_rules TO tidings_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON automation_rules TO tidings_platform;

-- What happened, as the business told it. `data` and the recipients' rows hold people's data.
CREATE TABLE business_events (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    type text NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    -- What it happened to: "booking 17".
    subject text,
    data jsonb NOT NULL DEFAULT '{}',
    recipients integer NOT NULL,
    -- Tasks made of it: to be sent, and recorded with the reason why not. And pairs of rule and recipient not meant.
    planned integer NOT NULL,
    skipped integer NOT NULL,
    filtered integer NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX business_events_by_type ON business_events (tenant_id, type, id);
CREATE INDEX business_events_by_subject ON business_events (tenant_id, subject, id) WHERE subject IS NOT NULL;
CREATE TABLE business_event_recipients (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    position integer NOT NULL,
    -- E.164; NULL: none was given, or none that could be one.
    recipient text,
    name text,
    language text,
    contact_id uuid,
    -- What is told of this recipient alone; it goes over the event's own.
    data jsonb NOT NULL DEFAULT '{}',
    -- Something was given as the number.
    is_number_given boolean NOT NULL,
    PRIMARY KEY (tenant_id, event_id, position),
    FOREIGN KEY (tenant_id, event_id) REFERENCES business_events ON DELETE CASCADE
);
CREATE INDEX business_event_recipients_by_number ON business_event_recipients (recipient, tenant_id)
    WHERE recipient IS NOT NULL;

-- Messages planned: each is made when its time has come, once.
CREATE TABLE automation_tasks (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    type text NOT NULL,
    -- Who planned it: rule, api, ai, schedule.
    origin text NOT NULL CHECK (origin IN ('rule', 'api', 'ai', 'schedule')),
    status text NOT NULL CHECK (status IN ('pending', 'executing', 'done', 'skipped', 'failed', 'cancelled')),
    rule_id uuid,
    event_id uuid,
    -- Which of the event's recipients.
    position integer,
    subject text,
    recipient text,
    -- Of a task without a rule: {"template": …, "variables": …, "data": …, "sender_id": …, "kind": …, "priority": …,
    -- "name": …, "language": …}.
    own jsonb,
    metadata jsonb,
    scheduled_for timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    -- When somebody must look at it; NULL: never again.
    due_at timestamptz,
    -- 0 for what is to be sent at once, so that it never stands behind what was planned for this hour; 1 for the rest.
    lane smallint NOT NULL CHECK (lane IN (0, 1)),
    tries smallint NOT NULL DEFAULT 0,
    message_id uuid,
    -- Why it was not sent, or waits longer: a word of ours or the code of a refusal; and what it says.
    reason text,
    detail text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CHECK ((due_at IS NOT NULL) = (status IN ('pending', 'executing'))),
    CHECK ((message_id IS NOT NULL) = (status = 'done'))
);
CREATE INDEX automation_tasks_due ON automation_tasks (lane, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX automation_tasks_by_event ON automation_tasks (tenant_id, event_id) WHERE event_id IS NOT NULL;
CREATE INDEX automation_tasks_by_rule ON automation_tasks (tenant_id, rule_id, id) WHERE rule_id IS NOT NULL;
CREATE INDEX automation_tasks_by_subject ON automation_tasks (tenant_id, subject) WHERE subject IS NOT NULL;
CREATE INDEX automation_tasks_by_status ON automation_tasks (tenant_id, status, id);
CREATE INDEX automation_tasks_by_number ON automation_tasks (recipient, tenant_id) WHERE recipient IS NOT NULL;
CALL protect_tenant_table('business_events');
CALL protect_tenant_table('business_event_recipients');
CALL protect_tenant_table('automation_tasks');
GRANT SELECT, INSERT, UPDATE ON business_events, business_event_recipients, automation_tasks TO tidings_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON business_events, business_event_recipients, automation_tasks
    TO tidings_platform;

-- Takes tasks that are due, of all tenants. Whoever takes one and dies leaves it to the end of its lease; what a suspended
-- tenant has planned is looked at again later.
CREATE FUNCTION take_automation_tasks(wanted_lane smallint, tasks_max integer, lease_seconds integer)
    RETURNS TABLE (tenant_id uuid, id uuid)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
    BEGIN ATOMIC
        WITH taken AS (
            UPDATE automation_tasks t
            SET status = CASE WHEN due.is_active THEN 'executing' ELSE 'pending' END,
                due_at = now() + CASE WHEN due.is_active THEN lease_seconds * interval '1 second'
                                      ELSE interval '10 minutes' END,
                tries = least(t.tries + due.is_active::integer, 1000), updated_at = now()
            FROM (
                SELECT d.tenant_id, d.id, n.status = 'active' AS is_active
                FROM automation_tasks d JOIN tenants n ON n.id = d.tenant_id
                WHERE d.lane = wanted_lane AND d.due_at <= now()
                ORDER BY d.due_at LIMIT tasks_max
                FOR UPDATE OF d SKIP LOCKED
            ) AS due
            WHERE t.tenant_id = due.tenant_id AND t.id = due.id
            RETURNING t.tenant_id, t.id, due.is_active
        )
        SELECT taken.tenant_id, taken.id FROM taken WHERE is_active;
    END;
ALTER FUNCTION take_automation_tasks(smallint, integer, integer) OWNER TO tidings_platform;
REVOKE ALL ON FUNCTION take_automation_tasks(smallint, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION take_automation_tasks(smallint, integer, integer) TO tidings_service, tidings_platform;

-- How far a zone's clocks are ahead of UTC, and when that changes, from a year ago to five years ahead: a row for the
-- beginning and one for each change.
CREATE FUNCTION zone_changes(zone text) RETURNS TABLE (at timestamptz, ahead_seconds bigint)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
        WITH days AS (
            SELECT d, extract(epoch FROM (d AT TIME ZONE zone) - (d AT TIME ZONE 'UTC'))::bigint AS ahead
            FROM generate_series(date_trunc('day', now(), 'UTC') - interval '370 days', now() + interval '1830 days',
                                 interval '1 day') AS d
        ), changed AS (
            SELECT d, ahead, lag(ahead) OVER (ORDER BY d) AS before FROM days
        )
        -- Clocks are put forward and back at quarters of an hour of UTC.
        SELECT coalesce((
            SELECT min(q) FROM generate_series(d - interval '23 hours 45 minutes', d, interval '15 minutes') AS q
            WHERE extract(epoch FROM (q AT TIME ZONE zone) - (q AT TIME ZONE 'UTC'))::bigint = ahead), d), ahead
        FROM changed WHERE before IS DISTINCT FROM ahead ORDER BY d;
    END;
REVOKE ALL ON FUNCTION zone_changes(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION zone_changes(text) TO tidings_service, tidings_platform;
