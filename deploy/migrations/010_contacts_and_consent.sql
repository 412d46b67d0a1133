-- Contacts and consent: who a business writes to, what they agreed to, what they wrote, and who may not be written to.

-- A version 7 UUID of this moment, for rows that SQL itself makes: they sort by time like ours.
CREATE FUNCTION new_uuid() RETURNS uuid
    LANGUAGE sql VOLATILE PARALLEL SAFE
    RETURN (left(uuid_floor(clock_timestamp())::text, 14) || '7' || substr(gen_random_uuid()::text, 16))::uuid;

-- One person of one business. The phone may be missing: somebody who hides it behind a user name is known by the id
-- that WhatsApp gives them for this business, and somebody whose number nobody has told us by the tenant's own id.
CREATE TABLE contacts (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    -- E.164, "+" included.
    phone text CHECK (phone ~ '^\+[0-9]{5,20}$'),
    -- WhatsApp's business-scoped user id, IT.4410928374650192837.
    user_id text CHECK (user_id ~ '^[A-Z]{2}\.[A-Za-z0-9]{1,128}$'),
    -- The tenant's own id.
    external_id text CHECK (length(external_id) BETWEEN 1 AND 255),
    name text NOT NULL DEFAULT '',
    -- As WhatsApp calls them.
    profile_name text,
    username text,
    language text,
    attributes jsonb NOT NULL DEFAULT '{}',
    tags text[] NOT NULL DEFAULT '{}',
    -- api, import, inbound
    origin text NOT NULL,
    last_inbound_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    CHECK (coalesce(phone, user_id, external_id) IS NOT NULL)
);
CREATE UNIQUE INDEX contacts_by_phone ON contacts (tenant_id, phone) WHERE phone IS NOT NULL;
CREATE UNIQUE INDEX contacts_by_user_id ON contacts (tenant_id, user_id) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX contacts_by_external_id ON contacts (tenant_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX contacts_by_tag ON contacts USING gin (tags);

-- What holds now, a contact and category of templates.
CREATE TABLE consents (
    tenant_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    category text NOT NULL CHECK (category IN ('MARKETING', 'UTILITY', 'AUTHENTICATION')),
    status text NOT NULL CHECK (status IN ('opted_in', 'opted_out')),
    source text NOT NULL,
    -- When they said so.
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, contact_id, category),
    FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts ON DELETE CASCADE
);
CREATE INDEX consents_by_status ON consents (tenant_id, category, status, contact_id);

-- Every opt-in and opt-out there ever was, for whoever must prove one. It holds no number and outlives its contact.
CREATE TABLE consent_ledger (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    contact_id uuid NOT NULL,
    category text NOT NULL,
    status text NOT NULL,
    -- api, import, keyword, user_preferences, or a word of the tenant's own: web_form.
    source text NOT NULL,
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    -- Who wrote it down, as in audit_log.
    actor_kind text NOT NULL,
    actor text NOT NULL,
    -- What proves it, in the tenant's words: a page, a form's version.
    evidence text,
    inbound_message_id uuid,
    -- False: something later was known already, so that this changed nothing.
    is_applied boolean NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX consent_ledger_by_contact ON consent_ledger (tenant_id, contact_id, id);

-- Who must not be written to. The only list that is asked before a message goes; opt-outs stand in it too, once for
-- each address of their contact, and stay when the contact goes.
CREATE TABLE suppressions (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    -- As messages.recipient: E.164, or a business-scoped user id.
    recipient text NOT NULL,
    -- ALL includes what is no template.
    category text NOT NULL CHECK (category IN ('ALL', 'MARKETING', 'UTILITY', 'AUTHENTICATION')),
    -- opted_out: by the person, to the business; user_preferences: by the person, in WhatsApp; provider: WhatsApp
    -- refused messages to them; the others are the tenant's words.
    reason text NOT NULL CHECK (reason IN (
        'opted_out', 'user_preferences', 'provider', 'complaint', 'invalid_number', 'legal', 'manual')),
    source text NOT NULL,
    note text,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- NULL: until it is taken away.
    until timestamptz,
    PRIMARY KEY (tenant_id, recipient, category, reason)
);
CREATE UNIQUE INDEX suppressions_by_id ON suppressions (tenant_id, id);

-- What a tenant has set about all this. No row: as usual.
CREATE TABLE consent_settings (
    tenant_id uuid PRIMARY KEY REFERENCES tenants,
    -- NULL: the words that every tenant has.
    stop_words text[] CHECK (cardinality(stop_words) <= 100),
    start_words text[] CHECK (cardinality(start_words) <= 100),
    -- What STOP ends and START begins again.
    stop_categories text[] NOT NULL DEFAULT ARRAY['MARKETING', 'UTILITY']
        CHECK (stop_categories <@ ARRAY['MARKETING', 'UTILITY', 'AUTHENTICATION']),
    -- WhatsApp delivers no marketing to numbers of the United States.
    is_us_marketing_allowed boolean NOT NULL DEFAULT false,
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- One person with one sender.
CREATE TABLE conversations (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    sender_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closed')),
    -- Whoever of the tenant's has it in hand, in the tenant's words.
    assigned_to text,
    last_inbound_at timestamptz NOT NULL,
    last_inbound_id uuid NOT NULL,
    -- What came later is unread.
    read_until timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, sender_id, contact_id),
    FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts ON DELETE CASCADE
);
CREATE INDEX conversations_by_time ON conversations (tenant_id, last_inbound_at, id);
CREATE INDEX conversations_by_contact ON conversations (tenant_id, contact_id);

-- What an agent, human or not, did about a conversation.
CREATE TABLE conversation_interactions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    agent text NOT NULL,
    agent_kind text NOT NULL CHECK (agent_kind IN ('human', 'ai', 'system')),
    -- A word of the tenant's: note, reply, hand_over, classification.
    type text NOT NULL,
    text text,
    data jsonb,
    -- The message that came of it, or that it answers.
    message_id uuid,
    inbound_message_id uuid,
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);
CREATE INDEX conversation_interactions_by_conversation ON conversation_interactions (tenant_id, conversation_id, id);

ALTER TABLE inbound_messages
    ADD COLUMN contact_id uuid,
    ADD COLUMN conversation_id uuid;
CREATE INDEX inbound_messages_by_conversation ON inbound_messages (tenant_id, conversation_id, id)
    WHERE conversation_id IS NOT NULL;
GRANT UPDATE (contact_id, conversation_id) ON inbound_messages TO tidings_service, tidings_platform;

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY[
        'contacts', 'consents', 'consent_ledger', 'suppressions', 'consent_settings', 'conversations',
        'conversation_interactions'
    ] LOOP
        CALL protect_tenant_table(table_name::regclass);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON contacts, consents, suppressions, conversations
    TO tidings_service, tidings_platform;
GRANT SELECT, INSERT, UPDATE ON consent_settings TO tidings_service, tidings_platform;
-- Nobody changes what was said; the platform role makes a person unreadable who asks for that.
GRANT SELECT, INSERT ON consent_ledger, conversation_interactions TO tidings_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON consent_ledger, conversation_interactions TO tidings_platform;

-- service_windows.recipient is an address too: a business-scoped user id where the number is hidden.
