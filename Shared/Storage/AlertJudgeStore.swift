package import Models
package import Postgres
package import Runtime

/// A figure that is past its rule, for whoever words the alert.
package struct RuleBreach: Sendable {
    package let rule: AlertRule
    package let measurement: Measurement
    /// Nil: the platform.
    package let business: String?
    /// The name of the sender that it is about; nil where it is about no sender.
    package let sender: String?
    package let since: Timestamp

    /// The same trouble has the same key.
    package var key: AlertKey {
        let subject = measurement.scope.subject
        return AlertKey(
            rule.metric.alert(of: subject), tenantID: measurement.scope.tenantID,
            cause: "\(AlertJudgeStore.causePrefix)\(rule.metric.rawValue)" + (subject.isEmpty ? "" : ":\(subject)"))
    }
}

/// Holds measurements against the rules. Where a rule stands, and the alert it raises, are one transaction. Platform role.
package struct AlertJudgeStore: Sendable {
    /// Begins the cause in such an alert's key.
    package static let causePrefix = "rule:"

    private let database: Database
    private let ids: IDSource

    package init(_ database: Database, ids: IDSource) {
        self.database = database
        self.ids = ids
    }

    /// - Parameters:
    ///   - measurements: of one cycle.
    ///   - now: raised alerts of what has not been measured for long are over.
    ///   - draft: what to tell of a breach.
    /// - Returns: what to tell others after the commit.
    package func judge(
        _ measurements: [Measurement], now: Timestamp, draft: @escaping @Sendable (RuleBreach) -> AlertDraft
    ) async throws(DatabaseError) -> [AlertNews] {
        let ids = ids
        return try await database.transaction { connection in
            // Two that judge at once would both raise.
            _ = try connection.rows("SELECT pg_advisory_xact_lock(hashtext('judge measurements'))")
            let tenants = Set(measurements.compactMap(\.scope.tenantID)).sorted()
            let book = try AlertRuleBook.read(of: tenants, on: connection)
            let states = try Self.states(on: connection)
            var turn = JudgedTurn()
            for measurement in measurements {
                let watched = Watched(measurement)
                let before = turn.after[watched] ?? states[watched] ?? AlertRuleState()
                let rule = book.rule(for: measurement.metric, of: measurement.scope).rule
                let (after, step) = rule.evaluate(before, measurement)
                turn.note(watched, before, after, step, rule, measurement)
            }
            let measured = Set(measurements.map(Watched.init))
            for (watched, before) in states where !measured.contains(watched) {
                let rule = book.rule(for: watched.metric, of: watched.scope).rule
                let (after, step) = rule.expire(before, now: now)
                turn.note(watched, before, after, step, rule, nil)
            }
            try Self.write(turn.after, on: connection)
            let names = try Names(of: turn.breaches.map(\.measurement.scope), on: connection)
            var news: [AlertNews] = []
            for breach in turn.breaches {
                let drafted = draft(names.filled(breach))
                news +=
                    breach.step == .raise
                    ? [try AlertStore.open(drafted, ids: ids, on: connection)]
                    : try Self.update(drafted, on: connection)
            }
            news += try AlertStore.resolve(turn.over.map(\.description), on: connection)
            return try AlertStore.grouped(news, on: connection)
        }
    }

    /// An open alert follows the figure; one that somebody resolved stays resolved.
    private static func update(_ draft: AlertDraft, on connection: Connection) throws -> [AlertNews] {
        try connection.rows(
            """
            UPDATE alerts SET title = \(draft.title), detail = \(draft.detail), value = \(draft.measured?.value as Double?),
                   threshold = \(draft.measured?.threshold as Double?), occurrences = occurrences + 1, updated_at = now()
            WHERE key = \(draft.key.description) AND resolved_at IS NULL
            RETURNING id
            """
        ).map { row in
            AlertNews(
                alertID: try row.value("id"), key: draft.key.description, kind: .updated, tenantID: draft.key.tenantID)
        }
    }

    private static func states(on connection: Connection) throws -> [Watched: AlertRuleState] {
        var states: [Watched: AlertRuleState] = [:]
        for row in try connection.rows("SELECT * FROM alert_rule_states") {
            guard let metric = Metric(rawValue: try row.value("metric")) else { continue }
            let scope = MetricScope(tenantID: try row.value("tenant_id"), subject: try row.value("subject"))
            states[Watched(metric: metric, scope: scope)] = AlertRuleState(
                breachedSince: try row.value("breached_since"), breaches: Int(try row.value("breaches", as: Int32.self)),
                isRaised: try row.value("is_raised"), seenAt: try row.value("seen_at"))
        }
        return states
    }

    private static func write(_ states: [Watched: AlertRuleState], on connection: Connection) throws {
        let calm = states.filter(\.value.isCalm).map(\.key)
        if !calm.isEmpty {
            _ = try connection.execute(
                """
                DELETE FROM alert_rule_states s
                USING unnest(\(calm.map(\.scope.tenantID)), \(calm.map(\.metric.rawValue)), \(calm.map(\.scope.subject)))
                    AS c (tenant_id, metric, subject)
                WHERE s.tenant_id IS NOT DISTINCT FROM c.tenant_id AND s.metric = c.metric AND s.subject = c.subject
                """)
        }
        let kept = states.filter { !$0.value.isCalm && $0.value.seenAt != nil }
        if kept.isEmpty { return }
        let (places, values) = (kept.map(\.key), kept.map(\.value))
        _ = try connection.execute(
            """
            INSERT INTO alert_rule_states (tenant_id, metric, subject, breached_since, breaches, is_raised, seen_at)
            SELECT * FROM unnest(
                \(places.map(\.scope.tenantID)), \(places.map(\.metric.rawValue)), \(places.map(\.scope.subject)),
                \(values.map(\.breachedSince)), \(values.map { Int32(clamping: $0.breaches) }), \(values.map(\.isRaised)),
                \(values.compactMap(\.seenAt)))
            ON CONFLICT (tenant_id, metric, subject) DO UPDATE
            SET breached_since = excluded.breached_since, breaches = excluded.breaches, is_raised = excluded.is_raised,
                seen_at = excluded.seen_at
            """)
    }
}

/// One figure of one thing.
private struct Watched: Hashable {
    let metric: Metric
    let scope: MetricScope

    init(metric: Metric, scope: MetricScope) {
        self.metric = metric
        self.scope = scope
    }

    init(_ measurement: Measurement) {
        self.init(metric: measurement.metric, scope: measurement.scope)
    }
}

/// What one cycle's measurements came to.
private struct JudgedTurn {
    struct Breach {
        let rule: AlertRule
        let measurement: Measurement
        let since: Timestamp
        let step: AlertStep
    }

    /// Of what changed.
    var after: [Watched: AlertRuleState] = [:]
    var breaches: [Breach] = []
    var over: [AlertKey] = []

    mutating func note(
        _ watched: Watched, _ before: AlertRuleState, _ after: AlertRuleState, _ step: AlertStep, _ rule: AlertRule,
        _ measurement: Measurement?
    ) {
        if before != after, !(before.isCalm && after.isCalm) { self.after[watched] = after }
        switch step {
        case .nothing: break
        case .raise, .update:
            guard let measurement else { return }
            breaches.append(
                Breach(rule: rule, measurement: measurement, since: after.breachedSince ?? measurement.at, step: step))
        case .clear:
            let standIn = measurement ?? Measurement(rule.metric, watched.scope, at: Timestamp(microseconds: 0), value: 0, sample: 0)
            over.append(
                RuleBreach(rule: rule, measurement: standIn, business: nil, sender: nil, since: standIn.at).key)
        }
    }
}

/// What people call the businesses and senders of breaches.
private struct Names {
    private var businesses: [TenantID: String] = [:]
    private var senders: [String: String] = [:]

    init(of scopes: [MetricScope], on connection: Connection) throws {
        let tenants = Set(scopes.compactMap(\.tenantID)).sorted()
        if tenants.isEmpty { return }
        for row in try connection.rows("SELECT id, name FROM tenants WHERE id = ANY (\(tenants))") {
            businesses[try row.value("id")] = try row.value("name", as: String.self)
        }
        let subjects = Set(scopes.map(\.subject)).compactMap { SenderID($0) }.sorted()
        let rows = try connection.rows(
            "SELECT id, name FROM senders WHERE tenant_id = ANY (\(tenants)) AND id = ANY (\(subjects))")
        for row in rows { senders["\(try row.value("id", as: SenderID.self))"] = try row.value("name", as: String.self) }
    }

    func filled(_ breach: JudgedTurn.Breach) -> RuleBreach {
        let scope = breach.measurement.scope
        return RuleBreach(
            rule: breach.rule, measurement: breach.measurement, business: scope.tenantID.flatMap { businesses[$0] },
            sender: senders[scope.subject], since: breach.since)
    }
}
