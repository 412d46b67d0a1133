-- What messages cost: dated rate cards, a price for each delivered message, and totals.

-- Meta's price lists as they were imported. The platform's own: the same for everybody.
CREATE TABLE rate_cards (
    id uuid PRIMARY KEY,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    valid_from date NOT NULL,
    name text NOT NULL,
    imported_at timestamptz NOT NULL,
    imported_by text NOT NULL,
    -- Up to which message what had no price was given one by this card; NULL: nothing yet.
    priced_upto uuid,
    is_priced boolean NOT NULL DEFAULT false,
    UNIQUE (currency, valid_from)
);
CREATE TABLE rate_card_prices (
    card_id uuid NOT NULL REFERENCES rate_cards ON DELETE CASCADE,
    -- Meta's name of a market: "Italy", "Rest of Western Europe".
    market text NOT NULL,
    category text NOT NULL CHECK (category IN (
        'marketing', 'utility', 'authentication', 'authentication_international', 'service')),
    -- Millionths of the currency, of one message, at list price.
    micros bigint NOT NULL CHECK (micros >= 0),
    PRIMARY KEY (card_id, market, category)
);
DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['rate_cards', 'rate_card_prices'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', table_name);
        EXECUTE format('CREATE POLICY read_by_services ON %I FOR SELECT TO tidings_service USING (true)', table_name);
        EXECUTE format('CREATE POLICY all_cards ON %I TO tidings_platform USING (true) WITH CHECK (true)', table_name);
    END LOOP;
END $$;
GRANT SELECT ON rate_cards, rate_card_prices TO tidings_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON rate_cards, rate_card_prices TO tidings_platform;

-- Receipts that name a price, appended in the transaction that applies them; monitor turns them into costs.
CREATE TABLE message_charges (
    tenant_id uuid NOT NULL,
    message_id uuid NOT NULL,
    attempt smallint NOT NULL,
    at timestamptz NOT NULL,
    provider text NOT NULL,
    -- As the provider wrote it.
    pricing jsonb NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
CALL protect_tenant_table('message_charges');
GRANT INSERT, SELECT ON message_charges TO tidings_service;
GRANT INSERT, SELECT, UPDATE, DELETE ON message_charges TO tidings_platform;

-- What each delivered message cost. A message sent twice costs twice.
CREATE TABLE message_costs (
    tenant_id uuid NOT NULL,
    message_id uuid NOT NULL,
    attempt smallint NOT NULL,
    sender_id uuid NOT NULL,
    -- The nil UUID for messages without a template.
    template_id uuid NOT NULL,
    at timestamptz NOT NULL,
    -- Two letters; empty when the number does not tell.
    country text NOT NULL,
    category text NOT NULL,
    -- Why it is free, or regular: the provider's word.
    pricing_type text NOT NULL,
    is_billable boolean NOT NULL,
    -- NULL: billable, and no card has a price for it yet.
    micros bigint,
    currency text NOT NULL,
    -- rate_card, provider (Twilio names the price), free
    source text NOT NULL,
    segments smallint,
    PRIMARY KEY (tenant_id, message_id, attempt)
) PARTITION BY RANGE (message_id);
CREATE INDEX message_costs_without_price ON message_costs (currency, message_id) WHERE micros IS NULL;
CALL protect_tenant_table('message_costs');
GRANT SELECT ON message_costs TO tidings_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON message_costs TO tidings_platform;

-- The same counted per day (UTC), in the transaction that writes the costs.
CREATE TABLE cost_days (
    tenant_id uuid NOT NULL,
    day date NOT NULL,
    sender_id uuid NOT NULL,
    template_id uuid NOT NULL,
    country text NOT NULL,
    category text NOT NULL,
    currency text NOT NULL,
    messages bigint NOT NULL,
    billable bigint NOT NULL,
    without_price bigint NOT NULL,
    micros bigint NOT NULL,
    PRIMARY KEY (tenant_id, day, sender_id, template_id, country, category, currency)
) WITH (fillfactor = 50);
CALL protect_tenant_table('cost_days');
GRANT SELECT ON cost_days TO tidings_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON cost_days TO tidings_platform;

-- The tables with a partition a day, in one place.
-- The days that the other tables have already, and the next ones.
DO $$
DECLARE
    first_day date;
BEGIN
    SELECT min(to_date(right(relname, 8), 'YYYYMMDD')) INTO first_day
    FROM pg_class WHERE relname ~ '^messages_[0-9]{8}$';
    WHILE first_day <= (now() AT TIME ZONE 'UTC')::date + 2 LOOP
        PERFORM create_day_partitions(first_day, 1);
        first_day := first_day + 1;
    END LOOP;
END $$;
