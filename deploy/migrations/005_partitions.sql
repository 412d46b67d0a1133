-- Day partitions, made ahead of time by retry-scheduler (and once here, so that a fresh system can start).

CREATE FUNCTION create_day_partitions(first_day date, days integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    day date;
    parent text;
    partition_name text;
    storage text;
    made integer := 0;
BEGIN
    IF days NOT BETWEEN 1 AND 60 THEN
        RAISE EXCEPTION 'between 1 and 60 days at a time';
    END IF;
    -- Two schedulers must not make the same partition at once.
    PERFORM pg_advisory_xact_lock(hashtext('create_day_partitions'));
    FOR day IN SELECT first_day + n FROM generate_series(0, days - 1) AS n LOOP
        FOREACH parent IN ARRAY ARRAY[
            'messages', 'message_states', 'attempts', 'message_events', 'inbound_messages', 'webhook_deliveries'
        ] LOOP
            partition_name := parent || '_' || to_char(day, 'YYYYMMDD');
            CONTINUE WHEN to_regclass(partition_name) IS NOT NULL;
            -- Room on the page for a message's few updates keeps them HOT.
            storage := CASE parent
                WHEN 'message_states' THEN ' WITH (fillfactor = 40)'
                WHEN 'attempts' THEN ' WITH (fillfactor = 60)'
                ELSE ''
            END;
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)%s',
                partition_name, parent,
                uuid_floor(day::timestamp AT TIME ZONE 'UTC'), uuid_floor((day + 1)::timestamp AT TIME ZONE 'UTC'),
                storage);
            -- Reached through the parent only: a partition asked directly would not know the parent's policies.
            EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', partition_name);
            EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', partition_name);
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END $$;
REVOKE ALL ON FUNCTION create_day_partitions(date, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION create_day_partitions(date, integer) TO tidings_platform;

SELECT create_day_partitions((now() AT TIME ZONE 'UTC')::date - 1, 4);

-- Services read this to know whether the schema is theirs.
GRANT SELECT ON schema_migrations TO tidings_service, tidings_platform;
