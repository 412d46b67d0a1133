internal import Crypto
package import Models
package import Postgres

/// A digest or report that somebody is owed now.
package struct DigestRoute: Hashable, Sendable {
    package let kind: TellingKind
    package let channel: NotificationChannel
    package let destination: String
    package let destinationID: AlertDestinationID?
    /// Nil: of all businesses, to the platform.
    package let tenantID: TenantID?
    package let tenantName: String?
    /// The calendar day in the destination's time zone on which it is due; with the destination, what makes it the only one.
    package let day: String
    /// The moment it was due: what its figures end with, whoever writes it and when.
    package let moment: Timestamp

    var dedupeKey: String { "\(kind.rawValue):\(channel.rawValue):\(destination):\(day)" }
}

/// What a digest says besides the figures of the day.
package struct DigestNews: Sendable {
    package struct OpenAlert: Sendable {
        package let severity: AlertSeverity
        package let title: String
    }

    package struct EndingToken: Sendable {
        package let business: String
        package let sender: String
        package let endsAt: Timestamp
    }

    /// Why retried messages were refused, the most frequent first.
    package struct RetriedCode: Sendable {
        package let code: Int
        package let messages: Int64
        package let retries: Int64
    }

    /// The newest seal over the log of a business.
    package struct NewestSeal: Sendable {
        package let business: String
        package let seal: ProofSeal
        /// SHA-256 of the seal's text, which the next seal will name.
        package let hash: String
    }

    /// The worst first.
    package let alerts: [OpenAlert]
    package let tokens: [EndingToken]
    /// Of messages accepted in the seven calendar days (UTC) before.
    package let codes: [RetriedCode]
    /// Of what was recorded until the digest was due, the newest first.
    package let seals: [NewestSeal]
}

/// Who is owed a digest or a report, each once a day and destination; as the platform's role.
package struct DigestRouteStore: Sendable {
    private static let routesMax = 200
    private static let shownMax = 10
    /// Businesses whose newest seal one digest names.
    private static let sealsMax = 48

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// What has come due and is not written yet. A day that nobody was there to write for is left out.
    ///
    /// - Parameters:
    ///   - time: of the day, `HH:MM`, in the zone of each destination.
    ///   - zone: of the settings' destinations.
    package func due(
        to settings: [NotificationDestination], at time: String, zone: String
    ) async throws -> [DigestRoute] {
        let first = settings.filter { !$0.isSecondLine }
        return try await database.rows(
            """
            WITH wanted AS (
                SELECT k.kind, s.channel, s.destination, NULL::uuid AS destination_id, NULL::uuid AS tenant_id,
                       NULL::text AS tenant_name, \(zone) AS zone, '-infinity'::timestamptz AS since
                FROM unnest(\(first.map(\.channel.rawValue)), \(first.map(\.name))) AS s (channel, destination)
                CROSS JOIN (VALUES ('digest'), ('retry_report')) AS k (kind)
                UNION ALL
                SELECT k.kind, d.channel, coalesce(d.address, d.id::text), d.id, d.tenant_id, t.name, d.time_zone, d.verified_at
                FROM alert_destinations d
                JOIN (VALUES ('digest'), ('retry_report')) AS k (kind)
                    ON CASE k.kind WHEN 'digest' THEN d.wants_digest ELSE d.wants_retry_report END
                LEFT JOIN tenants t ON t.id = d.tenant_id
                WHERE d.is_on AND d.verified_at IS NOT NULL AND t.status IS DISTINCT FROM 'deleted'
            ), timed AS (
                SELECT w.*, l.day, (l.day + \(time)::time) AT TIME ZONE w.zone AS moment
                FROM wanted w CROSS JOIN LATERAL (SELECT (now() AT TIME ZONE w.zone)::date AS day) l
            )
            SELECT t.*, t.day::text AS day_text FROM timed t
            WHERE t.moment <= now() AND t.moment > t.since
              AND (t.kind = 'digest' OR extract(isodow FROM t.day) = 1)
              AND NOT EXISTS (SELECT FROM notifications n
                              WHERE n.dedupe_key = t.kind || ':' || t.channel || ':' || t.destination || ':' || t.day)
            ORDER BY t.moment, t.destination LIMIT \(Self.routesMax)
            """
        ).map { row in
            guard let kind = TellingKind(rawValue: try row.value("kind")),
                let channel = NotificationChannel(rawValue: try row.value("channel"))
            else { throw DatabaseError.decoding("a digest that this program does not know") }
            return DigestRoute(
                kind: kind, channel: channel, destination: try row.value("destination"),
                destinationID: try row.value("destination_id"), tenantID: try row.value("tenant_id"),
                tenantName: try row.value("tenant_name"), day: try row.value("day_text"), moment: try row.value("moment"))
        }
    }

    /// - Returns: whether nobody had written it before.
    package func write(_ route: DigestRoute, subject: String, body: String) async throws -> Bool {
        try await database.execute(
            """
            INSERT INTO notifications
                (id, dedupe_key, kind, channel, destination, destination_id, tenant_id, subject, body, due_at, created_at)
            VALUES (gen_random_uuid(), \(route.dedupeKey), \(route.kind.rawValue), \(route.channel.rawValue),
                    \(route.destination), \(route.destinationID as AlertDestinationID?), \(route.tenantID as TenantID?),
                    \(subject), \(body), now(), now())
            ON CONFLICT (dedupe_key) DO NOTHING
            """
        ) == 1
    }

    /// - Parameter tenant: nil: of all businesses and the platform itself.
    package func news(of tenant: TenantID?, ending: Timestamp) async throws -> DigestNews {
        let isTheirs: SQL = "(\(tenant as TenantID?)::uuid IS NULL OR x.tenant_id = \(tenant as TenantID?))"
        let hidden = tenant == nil ? [] : AlertCode.allCases.filter(\.isForPlatformOnly).map(\.rawValue)
        let answers = try await database.pipeline([
            """
            SELECT x.severity, x.title FROM alerts x
            WHERE x.resolved_at IS NULL AND x.parent_id IS NULL AND \(isTheirs) AND x.code <> ALL (\(hidden))
            ORDER BY array_position(ARRAY['critical', 'warning', 'info'], x.severity), x.opened_at LIMIT \(Self.shownMax)
            """,
            """
            SELECT t.name AS business, x.name AS sender, x.token_expires_at FROM senders x JOIN tenants t ON t.id = x.tenant_id
            WHERE x.token_expires_at < \(ending) + interval '14 days' AND x.status <> 'disabled' AND t.status = 'active' AND \(isTheirs)
            ORDER BY x.token_expires_at LIMIT \(Self.shownMax)
            """,
            """
            SELECT x.error_code, sum(x.retried)::bigint AS messages, sum(x.retries)::bigint AS retries FROM outcome_days x
            WHERE x.day < (\(ending) AT TIME ZONE 'UTC')::date AND x.day >= (\(ending) AT TIME ZONE 'UTC')::date - 7
              AND x.error_code IS NOT NULL AND x.retried > 0 AND \(isTheirs)
            GROUP BY x.error_code ORDER BY 2 DESC, 1 LIMIT \(Self.shownMax)
            """,
            """
            SELECT t.name AS business, x.text FROM tenants t CROSS JOIN LATERAL (
                SELECT tenant_id, text, to_at FROM proof_seals
                WHERE tenant_id = t.id AND to_at <= \(ending) ORDER BY to_at DESC, number DESC LIMIT 1) x
            WHERE t.status <> 'deleted' AND \(isTheirs) ORDER BY x.to_at DESC, t.name LIMIT \(Self.sealsMax)
            """,
        ])
        guard answers.count == 4 else { throw DatabaseError.decoding("figures that are not there") }
        return DigestNews(
            alerts: try answers[0].map { row in
                guard let severity = AlertSeverity(rawValue: try row.value("severity")) else {
                    throw DatabaseError.decoding("a severity that this program does not know")
                }
                return .init(severity: severity, title: try row.value("title"))
            },
            tokens: try answers[1].map { row in
                .init(
                    business: try row.value("business"), sender: try row.value("sender"),
                    endsAt: try row.value("token_expires_at"))
            },
            codes: try answers[2].map { row in
                .init(
                    code: try row.value("error_code"), messages: try row.value("messages"),
                    retries: try row.value("retries"))
            },
            seals: try answers[3].map { row in
                let text: String = try row.value("text")
                guard let seal = ProofSeal(text: text) else {
                    throw DatabaseError.decoding("a seal that this program does not know")
                }
                return .init(business: try row.value("business"), seal: seal, hash: SHA256.hex(text))
            })
    }
}
