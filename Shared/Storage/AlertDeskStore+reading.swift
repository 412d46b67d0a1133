package import Models
package import Postgres

/// Which alerts to list; empty: all.
package struct AlertFilter: Sendable {
    package enum State: String, CaseIterable, Sendable {
        case open, resolved, all
    }

    package var state = State.all
    package var severity: AlertSeverity?
    package var code: AlertCode?
    /// Of the founders' list; the platform's own have none.
    package var tenantID: TenantID?

    package init() {}
}

/// Where a page of alerts ended.
package struct AlertPlace: Sendable, Equatable {
    /// Nil: among those that are over.
    let rank: Int32?
    let id: AlertID

    package init(after alert: StoredAlert) {
        let ranks: [AlertSeverity: Int32] = [.critical: 1, .warning: 2, .info: 3]
        rank = alert.isOpen ? ranks[alert.severity] : nil
        id = alert.id
    }

    /// `1:0199…`
    package init?(text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let id = AlertID(parts[1]) else { return nil }
        if parts[0] == "over" {
            rank = nil
        } else {
            guard let rank = Int32(parts[0]), (1...3).contains(rank) else { return nil }
            self.rank = rank
        }
        self.id = id
    }

    package var text: String { "\(rank.map { "\($0)" } ?? "over"):\(id)" }
}

extension AlertDeskStore {
    package static let historyMax = 500

    /// Open ones first, of these the critical ones; then what is over, the latest first.
    package func list(
        _ filter: AlertFilter, after place: AlertPlace?, max: Int
    ) async throws(DatabaseError) -> [StoredAlert] {
        let reach = reach
        return try await database.transaction { connection in
            if case .tenant(let tenantID) = reach { _ = try connection.rows(.actFor(tenantID)) }
            var found: [StoredAlert] = []
            let isPastOpen = place.map { $0.rank == nil } ?? false
            if filter.state != .resolved, !isPastOpen {
                let from: SQL =
                    place.map { "AND (\(StoredAlert.rank), a.id) > (\($0.rank ?? 0), \($0.id))" } ?? ""
                found = try connection.rows(
                    """
                    SELECT \(StoredAlert.columns) FROM \(StoredAlert.source)
                    WHERE a.resolved_at IS NULL AND \(Self.conditions(reach, filter)) \(from)
                    ORDER BY \(StoredAlert.rank), a.id LIMIT \(max)
                    """
                ).map { try StoredAlert($0) }
            }
            if filter.state != .open, found.count < max {
                let from: SQL = isPastOpen ? (place.map { "AND a.id < \($0.id)" } ?? "") : ""
                found += try connection.rows(
                    """
                    SELECT \(StoredAlert.columns) FROM \(StoredAlert.source)
                    WHERE a.resolved_at IS NOT NULL AND \(Self.conditions(reach, filter)) \(from)
                    ORDER BY a.id DESC LIMIT \(max - found.count)
                    """
                ).map { try StoredAlert($0) }
            }
            return found
        }
    }

    private static func conditions(_ reach: AlertReach, _ filter: AlertFilter) -> SQL {
        var all = [condition(reach, "a")]
        if let severity = filter.severity { all.append("a.severity = \(severity.rawValue)") }
        if let code = filter.code { all.append("a.code = \(code.rawValue)") }
        if let tenantID = filter.tenantID { all.append("a.tenant_id = \(tenantID)") }
        return all.joined(separator: " AND ")
    }

    /// The oldest first; the latest `historyMax` of a long one.
    package func history(of id: AlertID) async throws(DatabaseError) -> [AlertEvent] {
        let reach = reach
        return try await database.transaction { connection in
            if case .tenant(let tenantID) = reach { _ = try connection.rows(.actFor(tenantID)) }
            return try connection.rows(
                """
                SELECT at, what, who, note FROM alert_history WHERE alert_id = \(id) ORDER BY at DESC LIMIT \(Self.historyMax)
                """
            ).map { try AlertEvent($0) }.reversed()
        }
    }

    /// The alerts that this one explains.
    package func explained(by id: AlertID, max: Int = 100) async throws(DatabaseError) -> [StoredAlert] {
        let reach = reach
        return try await database.transaction { connection in
            if case .tenant(let tenantID) = reach { _ = try connection.rows(.actFor(tenantID)) }
            return try connection.rows(
                """
                SELECT \(StoredAlert.columns) FROM \(StoredAlert.source)
                WHERE a.parent_id = \(id) AND \(Self.condition(reach, "a"))
                ORDER BY \(StoredAlert.rank), a.id LIMIT \(max)
                """
            ).map { try StoredAlert($0) }
        }
    }

    /// How many are open, for the badge in the navigation.
    package func openCount() async throws(DatabaseError) -> Int {
        let reach = reach
        return try await database.transaction { connection in
            if case .tenant(let tenantID) = reach { _ = try connection.rows(.actFor(tenantID)) }
            return try connection.rows(
                """
                SELECT count(*) AS open FROM alerts a
                WHERE a.resolved_at IS NULL AND a.parent_id IS NULL AND \(Self.condition(reach, "a"))
                """
            ).first?.value("open", as: Int.self) ?? 0
        }
    }

    /// One point of what was measured.
    /// What the alert's metric was around it, oldest first; each point the mean of its part of the span.
    package func curve(
        of alert: StoredAlert, from: Timestamp, to: Timestamp, points: Int
    ) async throws(DatabaseError) -> [MeasurementStore.Point] {
        guard let metric = alert.metric else { return [] }
        return try await MeasurementStore(database).history(
            metric, MetricScope(tenantID: alert.tenantID, subject: alert.subject), from: from, to: to, points: points)
    }
}
