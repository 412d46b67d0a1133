-- Fills the log of one business for deploy/bench logs: as many messages as `total`, over the last `days` days, with the
-- states, numbers, templates and rare cases that its filters look for. Run as a superuser, with nothing else running.
--
--   psql -v total=10000000 -v days=30 -v tenant="'demo'" -f fill-logs.sql
\set ON_ERROR_STOP on
\timing off
SET synchronous_commit = off;
SET maintenance_work_mem = '1GB';

SELECT create_day_partitions((now() AT TIME ZONE 'UTC')::date - (:days - 1), least(:days, 60));

-- Sorted at the end they are made in a quarter of the time.
CREATE TEMP TABLE left_out AS
SELECT indexrelid::regclass::text AS name, replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') AS definition
FROM pg_index
WHERE indrelid = 'messages'::regclass AND NOT indisprimary;
SELECT format('DROP INDEX %s', name) FROM left_out \gexec

-- What is only read needs no log of writes; a crash would empty it.
SELECT format('ALTER TABLE %s SET UNLOGGED', c.oid::regclass) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent IN ('messages'::regclass, 'message_states'::regclass) AND c.relkind = 'r' \gexec

CREATE TEMP TABLE whose AS
SELECT t.id AS tenant_id,
       (SELECT s.id FROM senders s WHERE s.tenant_id = t.id ORDER BY s.id LIMIT 1) AS sender_id,
       gen_random_uuid() AS seldom_sender_id,
       array(SELECT p.id FROM templates p WHERE p.tenant_id = t.id ORDER BY p.name, p.id LIMIT 4) AS templates,
       array(SELECT p.name FROM templates p WHERE p.tenant_id = t.id ORDER BY p.name, p.id LIMIT 4) AS names,
       gen_random_uuid() AS seldom_template_id
FROM tenants t WHERE t.slug = :tenant;
INSERT INTO senders SELECT (jsonb_populate_record(s, jsonb_build_object(
    'id', w.seldom_sender_id, 'name', 'Seldom', 'phone_number_id', 'seldom-sender',
    'display_phone_number', '+390600000000', 'is_default', false))).* FROM senders s JOIN whose w ON w.sender_id = s.id;
INSERT INTO templates SELECT (jsonb_populate_record(p, jsonb_build_object(
    'id', w.seldom_template_id, 'name', 'seldom_used', 'provider_template_id', NULL))).*
FROM templates p JOIN whose w ON w.templates[1] = p.id;

CREATE PROCEDURE pg_temp.fill_day(day date, per_day bigint, is_today boolean) LANGUAGE plpgsql AS $$
DECLARE
    begun timestamptz := day::timestamp AT TIME ZONE 'UTC';
    span interval := CASE WHEN is_today THEN now() - begun ELSE interval '1 day' END;
BEGIN
    CREATE TEMP TABLE made ON COMMIT DROP AS
    SELECT n, at, (random() * 1e6)::int AS dice, (random() * 9999999)::int AS number,
           (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0')
            || '8' || substr(md5(n::text || day), 1, 15))::uuid AS id
    FROM generate_series(0, per_day - 1) AS n, LATERAL (SELECT begun + span * (n::double precision / per_day) AS at) AS t;
    INSERT INTO messages (tenant_id, id, sender_id, template_id, type, kind, lane, priority, recipient, content,
                          reference, expires_at, created_at)
    SELECT w.tenant_id, m.id,
           CASE WHEN m.dice < 10 THEN w.seldom_sender_id ELSE w.sender_id END,
           CASE WHEN m.dice BETWEEN 10 AND 19 THEN w.seldom_template_id
                WHEN m.dice < 600000 THEN w.templates[1 + m.n % cardinality(w.templates)] END,
           CASE WHEN m.dice < 600000 THEN 'template' ELSE 'text' END,
           CASE WHEN m.dice BETWEEN 20 AND 29 THEN 'seldom' ELSE 'confirmation' END,
           1, 5, '+39340' || lpad(m.number::text, 7, '0'),
           CASE WHEN m.dice < 600000 THEN jsonb_build_object(
                    'type', 'template',
                    'name', CASE WHEN m.dice BETWEEN 10 AND 19 THEN 'seldom_used' ELSE w.names[1 + m.n % cardinality(w.names)] END,
                    'language', 'en', 'components', jsonb_build_array(jsonb_build_object(
                        'type', 'body', 'parameters', jsonb_build_array(jsonb_build_object('type', 'text', 'text', 'Ada')))))
                ELSE jsonb_build_object('type', 'text', 'body', 'Your table is ready, see you soon.', 'preview_url', false) END,
           NULL, m.at + interval '1 day', m.at
    FROM made m, whose w;
    -- 40 in a million wait, 35,000 failed (3,000 for good after three retries), 50 are undelivered.
    INSERT INTO message_states (tenant_id, id, state, attempts, retries, is_critical, error_code, changed_at, sent_at,
                                delivered_at, read_at, ended_at)
    SELECT w.tenant_id, m.id, s.state, CASE WHEN s.state < 2 THEN 0 ELSE 1 + s.retries END, s.retries, s.state = 9 AND s.retries = 3,
           CASE WHEN s.state IN (9, 10) THEN 131026 END, m.at, CASE WHEN s.state IN (6, 7, 8) THEN m.at END,
           CASE WHEN s.state IN (7, 8) THEN m.at END, CASE WHEN s.state = 8 THEN m.at END, CASE WHEN s.state >= 9 THEN m.at END
    FROM made m, whose w, LATERAL (SELECT
        CASE WHEN m.dice BETWEEN 100000 AND 100039 THEN 1 WHEN m.dice BETWEEN 200000 AND 234999 THEN 9
             WHEN m.dice BETWEEN 300000 AND 300049 THEN 10 WHEN m.dice BETWEEN 400000 AND 419999 THEN 6
             WHEN m.dice BETWEEN 500000 AND 799999 THEN 7 ELSE 8 END AS state,
        CASE WHEN m.dice BETWEEN 200000 AND 202999 THEN 3 WHEN m.dice BETWEEN 203000 AND 204999 THEN 1 ELSE 0 END AS retries) AS s;
    INSERT INTO due_messages (tenant_id, message_id, due_at)
    SELECT w.tenant_id, m.id, now() + interval '30 days' FROM made m, whose w WHERE m.dice BETWEEN 100000 AND 100039;
    INSERT INTO troubled_messages (tenant_id, message_id)
    SELECT w.tenant_id, m.id FROM made m, whose w
    WHERE m.dice BETWEEN 200000 AND 234999 OR m.dice BETWEEN 300000 AND 300049;
    COMMIT;
END $$;
SELECT format('CALL pg_temp.fill_day(%L, %s, %L)', (now() AT TIME ZONE 'UTC')::date - n, :total / :days, n = 0)
FROM generate_series(:days - 1, 0, -1) AS n \gexec

SELECT definition FROM left_out \gexec
VACUUM ANALYZE messages;
VACUUM ANALYZE message_states;
VACUUM ANALYZE due_messages;
VACUUM ANALYZE troubled_messages;
