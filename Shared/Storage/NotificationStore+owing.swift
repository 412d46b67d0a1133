package import Models
internal import Postgres

/// What is owed to whom: of alerts that were raised, that nobody acknowledges, that are over.
extension NotificationStore {
    /// Alerts resolved or opened longer ago are history: nobody is told of them for the first time.
    private static let newsFor: SQL = "interval '24 hours'"
    private static let owedMax = 2_000
    private static let stepsMax = 500

    /// Writes what open and resolved alerts owe to the destinations of the settings and of the table.
    ///
    /// - Returns: how many were written, and whether there may be more.
    package func oweAlerts(to destinations: [NotificationDestination]) async throws -> (
        written: Int, hasMore: Bool
    ) {
        let raised = try await database.execute(
            """
            WITH news AS MATERIALIZED (
                SELECT a.* FROM alerts a
                WHERE (a.resolved_at IS NULL OR a.opened_at > now() - \(Self.newsFor))
                  AND (a.silenced_until IS NULL OR a.silenced_until <= coalesce(a.resolved_at, now()))
            )
            \(Self.insertion)
            SELECT gen_random_uuid(), r.alert_id, k.key, 'raised', r.channel, r.destination, r.destination_id, r.tenant_id,
                   '[' || upper(r.severity) || '] ' || r.title, '', coalesce(r.quiet_until, now()),
                   r.quiet_until IS NOT NULL, now()
            FROM (\(Self.routes(of: "news", destinations))) r
            CROSS JOIN LATERAL (SELECT r.alert_id || ':' || r.channel || ':' || r.destination || ':raised' AS key) k
            WHERE NOT r.is_second_line AND NOT EXISTS (SELECT FROM notifications n WHERE n.dedupe_key = k.key)
            ORDER BY r.opened_at LIMIT \(Self.owedMax)
            ON CONFLICT (dedupe_key) DO NOTHING
            """
        )
        // Only who was told that something is wrong is told that it is over, once.
        let resolved = try await database.execute(
            """
            \(Self.insertion)
            SELECT DISTINCT ON (k.key) gen_random_uuid(), a.id, k.key, 'resolved', n.channel, n.destination,
                   n.destination_id, n.tenant_id, '[RESOLVED] ' || a.title, '', coalesce(q.quiet_until, now()),
                   q.quiet_until IS NOT NULL, now()
            FROM alerts a
            JOIN notifications n ON n.alert_id = a.id
            LEFT JOIN alert_destinations d ON d.id = n.destination_id
            CROSS JOIN LATERAL (SELECT \(Self.quietUntil) AS quiet_until) q
            CROSS JOIN LATERAL (SELECT a.id || ':' || n.channel || ':' || n.destination || ':resolved' AS key) k
            WHERE a.resolved_at > now() - \(Self.newsFor)
              AND n.kind IN ('raised', 'reminder', 'escalation') AND n.state NOT IN ('failed', 'dropped')
              AND NOT EXISTS (SELECT 1 FROM notifications r WHERE r.dedupe_key = k.key)
            ORDER BY k.key LIMIT \(Self.owedMax)
            ON CONFLICT (dedupe_key) DO NOTHING
            """
        )
        return (raised + resolved, raised == Self.owedMax || resolved == Self.owedMax)
    }

    /// Reminds of what nobody acknowledges, tells the second line, and drops what was overtaken.
    ///
    /// - Returns: how many notifications were written, and whether there may be more.
    package func takeSteps(
        _ policy: EscalationPolicy, to destinations: [NotificationDestination]
    ) async throws -> (written: Int, hasMore: Bool) {
        try await database.transaction { connection in
            try Self.dropOvertaken(on: connection)
            // Two alerters that look at once would both write the same line into an alert's history.
            let lock = try connection.rows("SELECT pg_try_advisory_xact_lock(hashtext('steps of alerts')) AS is_ours")
            guard try lock.first?.value("is_ours", as: Bool.self) == true else { return (0, false) }
            let due = try connection.rows(Self.dueSteps(policy))
            let steps = try due.compactMap { row in try PlannedStep(row, policy) }
            if steps.isEmpty { return (0, false) }
            let written = try connection.execute(Self.stepNotifications(steps, destinations))
            _ = try connection.pipeline([Self.stepsTaken(steps), Self.escalationsNoted(steps)])
            return (written, due.count == Self.stepsMax)
        }
    }

    /// What one alert's next step is.
    private struct PlannedStep {
        let alertID: AlertID
        let number: Int
        let step: EscalationPolicy.Step

        init?(_ row: Row, _ policy: EscalationPolicy) throws {
            guard let severity = AlertSeverity(rawValue: try row.value("severity")) else {
                throw DatabaseError.decoding("a severity that this program does not know")
            }
            let taken = Int(try row.value("steps", as: Int16.self))
            guard let step = policy.step(after: taken, severity) else { return nil }
            alertID = try row.value("id")
            number = taken + 1
            self.step = step
        }
    }

    private static func dueSteps(_ policy: EscalationPolicy) -> SQL {
        let reminded = AlertSeverity.allCases.compactMap { severity in policy.firstStep(severity).map { (severity, $0) } }
        return """
            SELECT a.id, a.severity, coalesce(t.steps, 0::smallint) AS steps
            FROM alerts a
            JOIN unnest(\(reminded.map(\.0.rawValue)), \(reminded.map(\.1.microseconds))) AS f (severity, wait)
                ON f.severity = a.severity
            LEFT JOIN alert_telling t ON t.alert_id = a.id
            WHERE a.resolved_at IS NULL AND a.acknowledged_at IS NULL
              AND (a.silenced_until IS NULL OR a.silenced_until <= now())
              AND coalesce(t.next_at, a.opened_at + f.wait * interval '1 microsecond') <= now()
            ORDER BY a.opened_at LIMIT \(stepsMax) FOR UPDATE OF a SKIP LOCKED
            """
    }

    /// Where the last word about an alert still waits to be told, one more would only pile up.
    private static func stepNotifications(_ steps: [PlannedStep], _ destinations: [NotificationDestination]) -> SQL {
        """
        WITH steps AS MATERIALIZED (
            SELECT a.*, s.kind, s.number, s.reaches_second_line
            FROM unnest(
                \(steps.map(\.alertID)), \(steps.map(\.step.kind.rawValue)), \(steps.map { Int16($0.number) }),
                \(steps.map(\.step.reachesSecondLine))
            ) AS s (alert_id, kind, number, reaches_second_line)
            JOIN alerts a ON a.id = s.alert_id
        )
        \(insertion)
        SELECT gen_random_uuid(), r.alert_id, r.alert_id || ':' || r.channel || ':' || r.destination || ':step' || s.number,
               s.kind, r.channel, r.destination, r.destination_id, r.tenant_id,
               CASE s.kind WHEN 'escalation' THEN '[ESCALATED] ' ELSE '[REMINDER] ' END || r.title, '',
               coalesce(r.quiet_until, now()), r.quiet_until IS NOT NULL, now()
        FROM (\(routes(of: "steps", destinations))) r JOIN steps s ON s.id = r.alert_id
        WHERE (s.reaches_second_line OR NOT r.is_second_line)
          AND NOT EXISTS (SELECT FROM notifications n
                          WHERE n.alert_id = r.alert_id AND n.channel = r.channel AND n.destination = r.destination
                            AND n.state IN ('due', 'sending'))
        ON CONFLICT (dedupe_key) DO NOTHING
        """
    }

    private static func stepsTaken(_ steps: [PlannedStep]) -> SQL {
        let never = steps.map { $0.step.next == nil }
        return """
            INSERT INTO alert_telling (alert_id, steps, next_at)
            SELECT s.alert_id, s.number,
                   CASE WHEN s.is_last THEN 'infinity' ELSE now() + s.wait * interval '1 microsecond' END
            FROM unnest(
                \(steps.map(\.alertID)), \(steps.map { Int16($0.number) }), \(never),
                \(steps.map { ($0.step.next ?? .zero).microseconds })
            ) AS s (alert_id, number, is_last, wait)
            ON CONFLICT (alert_id) DO UPDATE SET steps = excluded.steps, next_at = excluded.next_at
            """
    }

    private static func escalationsNoted(_ steps: [PlannedStep]) -> SQL {
        let escalated = steps.filter { $0.step.kind == .escalation }.map(\.alertID)
        return """
            INSERT INTO alert_history (alert_id, what, who, note)
            SELECT e.alert_id, 'escalated', 'alerter', 'Nobody acknowledged it in time.'
            FROM unnest(\(escalated)) AS e (alert_id)
            """
    }

    private static func dropOvertaken(on connection: Connection) throws {
        _ = try connection.pipeline([
            """
            UPDATE notifications n SET state = 'dropped', result = 'overtaken'
            FROM alerts a WHERE a.id = n.alert_id AND n.state = 'due' AND \(isOvertaken)
            """,
            // Silence asked for before the first word was out: it waits, and is said if there is still something to say.
            """
            UPDATE notifications n SET due_at = a.silenced_until
            FROM alerts a
            WHERE a.id = n.alert_id AND n.state = 'due' AND n.kind = 'raised' AND a.resolved_at IS NULL
              AND a.silenced_until > now() AND n.due_at < a.silenced_until
            """,
        ])
    }

    // MARK: Routes

    static let insertion: SQL = """
        INSERT INTO notifications
            (id, alert_id, dedupe_key, kind, channel, destination, destination_id, tenant_id, subject, body, due_at, is_held,
             created_at)
        """

    /// Only what is critical is worth waking somebody.
    private static let quietUntil: SQL = """
        CASE WHEN a.severity <> 'critical' THEN quiet_until(now(), d.quiet_from, d.quiet_to, d.time_zone) END
        """

    /// Who is told of these alerts, second line included: the settings' destinations of all, those of the table of what
    /// they want, and a business only of its own and of nothing that is the platform's. What another alert explains is told
    /// with that one; whoever is not told of the other, a business or a destination that asks for less, is told of this.
    static func routes(of alerts: StaticString, _ settings: [NotificationDestination]) -> SQL {
        let platformOnly = AlertCode.allCases.filter(\.isForPlatformOnly).map(\.rawValue)
        let table: SQL = """
            SELECT a.id AS alert_id, a.severity, a.title, a.opened_at, d.id AS destination_id, d.tenant_id, d.channel,
                   coalesce(d.address, d.id::text) AS destination, d.is_second_line, \(quietUntil) AS quiet_until
            FROM \(raw: "\(alerts)") a
            """
        let wanted: SQL = """
            d.is_on AND d.verified_at IS NOT NULL AND (a.resolved_at IS NULL OR a.opened_at > d.verified_at)
            AND \(asksFor("a"))
            """
        let parent: SQL = "SELECT FROM alerts p WHERE p.id = a.parent_id AND \(asksFor("p"))"
        return """
            SELECT a.id AS alert_id, a.severity, a.title, a.opened_at, NULL::uuid AS destination_id,
                   NULL::uuid AS tenant_id, s.channel, s.name AS destination, s.is_second_line,
                   NULL::timestamptz AS quiet_until
            FROM \(raw: "\(alerts)") a
            CROSS JOIN unnest(
                \(settings.map(\.channel.rawValue)), \(settings.map(\.name)), \(settings.map(\.isSecondLine))
            ) AS s (channel, name, is_second_line)
            WHERE a.parent_id IS NULL
            UNION ALL
            \(table) JOIN alert_destinations d ON d.tenant_id IS NULL WHERE \(wanted) AND NOT EXISTS (\(parent))
            UNION ALL
            \(table) JOIN alert_destinations d ON d.tenant_id = a.tenant_id
            WHERE \(wanted) AND a.code <> ALL (\(platformOnly))
              AND NOT EXISTS (\(parent) AND p.tenant_id = a.tenant_id AND p.code <> ALL (\(platformOnly)))
            """
    }

    /// Which alerts a destination `d` of the table asks for.
    private static func asksFor(_ alert: StaticString) -> SQL {
        let alert: SQL = "\(raw: "\(alert)")"
        return """
            array_position(ARRAY['info', 'warning', 'critical'], \(alert).severity)
                >= array_position(ARRAY['info', 'warning', 'critical'], d.severity_min)
            AND (d.codes = '{}' OR \(alert).code = ANY (d.codes))
            """
    }
}
