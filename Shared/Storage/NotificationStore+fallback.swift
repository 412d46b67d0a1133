internal import Models
internal import Postgres

/// What happens to what a channel does not deliver.
extension NotificationStore {
    /// Tells what is critical by another way when a channel has failed for a while, or refuses for good: to the owner's
    /// destinations of the other channel, unless one of them was told already; a business that has none is told by mail to
    /// its owners. The first channel goes on trying.
    ///
    /// - Returns: how many notifications were written.
    package func fallBack(
        after span: Duration, to destinations: [NotificationDestination]
    ) async throws -> Int {
        try await database.execute(
            """
            WITH stuck AS MATERIALIZED (
                SELECT n.id, n.alert_id, n.channel, n.tenant_id, a.title
                FROM notifications n JOIN alerts a ON a.id = n.alert_id
                WHERE a.severity = 'critical' AND a.resolved_at IS NULL AND a.acknowledged_at IS NULL
                  AND (a.silenced_until IS NULL OR a.silenced_until <= now())
                  AND n.kind = 'raised' AND n.fallback_of IS NULL
                  AND (n.state = 'failed' OR n.state IN ('due', 'sending') AND n.attempts > 0
                       AND n.created_at < now() - \(span.microseconds) * interval '1 microsecond')
                  AND NOT EXISTS (SELECT FROM notifications o
                                  WHERE o.alert_id = n.alert_id AND o.channel <> n.channel
                                    AND o.tenant_id IS NOT DISTINCT FROM n.tenant_id
                                    AND (o.state = 'sent' OR o.fallback_of IS NOT NULL
                                         OR o.state IN ('due', 'sending') AND o.attempts <= 1))
            ), ways AS MATERIALIZED (
                SELECT NULL::uuid AS destination_id, NULL::uuid AS tenant_id, s.channel, s.destination
                FROM unnest(\(destinations.map(\.channel.rawValue)), \(destinations.map(\.name))) AS s (channel, destination)
                UNION ALL
                SELECT d.id, d.tenant_id, d.channel, coalesce(d.address, d.id::text) FROM alert_destinations d
                WHERE d.is_on AND d.verified_at IS NOT NULL
                UNION ALL
                SELECT NULL, u.tenant_id, 'email', u.email FROM users u
                WHERE u.role = 'owner' AND u.status = 'active'
                  AND u.tenant_id IN (SELECT tenant_id FROM stuck)
                  AND NOT EXISTS (SELECT FROM alert_destinations d
                                  WHERE d.tenant_id = u.tenant_id AND d.channel = 'email' AND d.is_on
                                    AND d.verified_at IS NOT NULL)
            )
            INSERT INTO notifications
                (id, alert_id, dedupe_key, kind, channel, destination, destination_id, tenant_id, subject, body, due_at,
                 fallback_of, created_at)
            SELECT DISTINCT ON (k.key) gen_random_uuid(), s.alert_id, k.key, 'raised', w.channel, w.destination,
                   w.destination_id, w.tenant_id, '[CRITICAL] ' || s.title, '', now(), s.id, now()
            FROM stuck s
            JOIN ways w ON w.tenant_id IS NOT DISTINCT FROM s.tenant_id AND w.channel <> s.channel
            CROSS JOIN LATERAL (
                SELECT s.alert_id || ':' || w.channel || ':' || w.destination || ':fallback' AS key) k
            WHERE NOT EXISTS (SELECT FROM notifications n WHERE n.dedupe_key = k.key)
            ORDER BY k.key
            ON CONFLICT (dedupe_key) DO NOTHING
            """
        )
    }

    /// Tells the other destinations that a channel refuses what it is given: once an hour for each channel.
    package func noteFailure(
        of channel: NotificationChannel,
        subject: String,
        body: String,
        to destinations: [NotificationDestination]
    ) async throws {
        let others = destinations.filter { $0.channel != channel && !$0.isSecondLine }
        if others.isEmpty { return }
        _ = try await database.execute(
            """
            INSERT INTO notifications (id, dedupe_key, channel, destination, subject, body, state, due_at, created_at)
            SELECT gen_random_uuid(),
                   \(Self.notePrefix) || \(channel.rawValue) || ':' || d.channel || ':' || d.destination || ':'
                       || to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24'),
                   d.channel, d.destination, \(subject), \(body), 'due', now(), now()
            FROM unnest(\(others.map(\.channel.rawValue)), \(others.map(\.name))) AS d (channel, destination)
            ON CONFLICT (dedupe_key) DO NOTHING
            """
        )
    }
}
