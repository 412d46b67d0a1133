package import Models
package import Postgres

/// Reads what a compliance report is made of: rollups, and short ranges of lists that are small by nature.
package struct ComplianceStore: Sendable {
    /// Opt-outs that are looked at for messages sent after them.
    package static let optOutsMax = 20_000

    private let database: Database

    /// - Parameter database: of the service role for one tenant; of the platform role for all.
    package init(_ database: Database) {
        self.database = database
    }

    /// - Parameter tenant: nil: all of them.
    package func facts(of tenant: TenantID?, _ period: ReportPeriod) async throws(DatabaseError) -> ComplianceFacts {
        let span = Span(tenant: tenant, period: period)
        var statements = [
            span.outcomes, span.times, span.measured, span.templates, span.templateChanges, span.incidents, span.counts,
            span.consents, span.optOutTimes, span.sentAfterOptOut, span.costs,
        ]
        if let tenant { statements.insert(.actFor(tenant), at: 0) }
        let answers = try await database.pipeline(statements).suffix(11)
        guard answers.count == 11 else { throw .decoding("figures that are not there") }
        return try Connection.decoded {
            var facts = ComplianceFacts()
            var parts = Array(answers).makeIterator()
            func next() -> [Row] { parts.next() ?? [] }
            facts.outcomes = try next().map { try Self.outcome($0) }
            for row in next() {
                let bound = Int(try row.value("bound", as: Int16.self))
                let messages: Int64 = try row.value("messages")
                if try row.value("kind", as: String.self) == "answer" {
                    facts.answerTimes.add(messages, at: bound)
                } else {
                    facts.deliveryTimes.add(messages, at: bound)
                }
            }
            for row in next() {
                guard let metric = Metric(rawValue: try row.value("metric")) else { continue }
                facts.measured[metric] = ComplianceFacts.Measured(
                    mean: try row.value("mean"), least: try row.value("least"), most: try row.value("most"),
                    cycles: try row.value("cycles"))
            }
            facts.templates = try next().map { try Self.template($0) }
            facts.templateChanges = try next().map { (try $0.value("status"), try $0.value("changes")) }
            facts.incidents = try next().map { try Self.incident($0) }
            try Self.read(next(), into: &facts)
            facts.consents = try next().map {
                ComplianceFacts.Consent(
                    status: try $0.value("status"), source: try $0.value("source"), entries: try $0.value("entries"))
            }
            for row in next() {
                facts.optOutTimes.add(try row.value("entries"), at: Int(try row.value("bound", as: Int32.self)))
            }
            if let row = next().first {
                facts.optOutsChecked = try row.value("checked")
                facts.sentAfterOptOut = try row.value("sent")
            }
            facts.costs = try next().map {
                ComplianceFacts.Cost(
                    currency: try $0.value("currency"), messages: try $0.value("messages"),
                    billable: try $0.value("billable"), withoutPrice: try $0.value("without_price"),
                    amount: Amount(micros: try $0.value("micros")))
            }
            return facts
        }
    }

    /// Nil when there is no such tenant.
    package func name(of tenant: TenantID) async throws(DatabaseError) -> String? {
        let answers = try await database.pipeline([.actFor(tenant), "SELECT name FROM tenants WHERE id = \(tenant)"])
        return try answers.last?.first?.value("name", as: String.self)
    }

    private static func outcome(_ row: Row) throws -> ComplianceFacts.Outcome {
        guard let state = MessageState(rawValue: try row.value("state")) else {
            throw DatabaseError.decoding("a state that this program does not know")
        }
        return ComplianceFacts.Outcome(
            state: state, code: try row.value("error_code", as: Int?.self), messages: try row.value("messages"),
            sent: try row.value("sent"), inTime: try row.value("in_time"), retried: try row.value("retried"),
            retries: try row.value("retries"))
    }

    private static func template(_ row: Row) throws -> ComplianceFacts.TemplateUse {
        ComplianceFacts.TemplateUse(
            name: try row.value("name"), language: try row.value("language", as: String?.self) ?? "",
            category: try row.value("category", as: String?.self) ?? "",
            status: try row.value("status", as: String?.self) ?? "", quality: try row.value("quality"),
            accepted: try row.value("accepted"))
    }

    private static func incident(_ row: Row) throws -> ComplianceFacts.Incident {
        ComplianceFacts.Incident(
            title: try row.value("title"), severity: try row.value("severity"), openedAt: try row.value("opened_at"),
            resolvedAt: try row.value("resolved_at"), acknowledgedBy: try row.value("acknowledged_by"))
    }

    private static func read(_ rows: [Row], into facts: inout ComplianceFacts) throws {
        guard let row = rows.first else { return }
        facts.countedAt = try row.value("counted_at")
        facts.incidentsCount = try row.value("incidents")
        facts.incidentsOpen = try row.value("incidents_open")
        facts.erasuresRequested = try row.value("erasures")
        facts.erasuresDone = try row.value("erasures_done")
        facts.duplicates = try row.value("duplicates")
        facts.unansweredResent = try row.value("resent")
        facts.unansweredProven = try row.value("proven")
        facts.unansweredEnded = try row.value("ended")
        facts.ledgersChecked = try row.value("ledgers")
        facts.ledgersBalanced = try row.value("balanced")
        facts.ledgerCheckedAt = try row.value("ledger_checked_at")
    }
}

/// The statements about one period.
private struct Span {
    let mine: SQL
    let isOfAll: Bool
    let from: Timestamp
    let to: Timestamp

    init(tenant: TenantID?, period: ReportPeriod) {
        mine = tenant.map { "tenant_id = \($0)" } ?? "true"
        isOfAll = tenant == nil
        (from, to) = (period.from, period.to)
    }

    private var days: SQL {
        "day >= (\(from) AT TIME ZONE 'UTC')::date AND day < (\(to) AT TIME ZONE 'UTC')::date"
    }

    var outcomes: SQL {
        """
        SELECT state, error_code::bigint AS error_code, sum(messages)::bigint AS messages, sum(sent)::bigint AS sent,
               sum(in_time)::bigint AS in_time, sum(retried)::bigint AS retried, sum(retries)::bigint AS retries
        FROM outcome_days WHERE \(mine) AND \(days) GROUP BY 1, 2 ORDER BY 1, 2
        """
    }

    var times: SQL {
        """
        SELECT kind, bound, sum(messages)::bigint AS messages FROM outcome_times WHERE \(mine) AND \(days) GROUP BY 1, 2
        """
    }

    /// A business without measurements of its own is not shown the platform's.
    var measured: SQL {
        """
        SELECT metric, sum(value * sample) / nullif(sum(sample), 0)::double precision AS mean, min(value) AS least,
               max(value) AS most, count(*) AS cycles
        FROM monitoring_metrics
        WHERE \(isOfAll ? "tenant_id IS NULL" as SQL : mine) AND subject = '' AND sample > 0
          AND metric = ANY (\([Metric.qualityScore, .webhookMedian, .webhookMax, .queueTimeMedian].map(\.rawValue)))
          AND at >= \(from) AND at < \(to)
        GROUP BY metric
        """
    }

    var templates: SQL {
        """
        WITH used AS MATERIALIZED (
            SELECT tenant_id, template_id, sum(accepted)::bigint AS accepted FROM message_counts
            WHERE \(mine) AND minute >= \(from) AND minute < \(to) AND accepted > 0 GROUP BY 1, 2
        ), known AS (
            SELECT * FROM templates WHERE \(mine) AND status <> 'DELETED'
        )
        SELECT t.name, t.language, t.category, t.status, t.quality, sum(coalesce(u.accepted, 0))::bigint AS accepted
        FROM known t FULL JOIN used u ON u.tenant_id = t.tenant_id AND u.template_id = t.id
        GROUP BY 1, 2, 3, 4, 5 ORDER BY 6 DESC, 1 LIMIT 5000
        """
    }

    var templateChanges: SQL {
        """
        SELECT new_value AS status, count(*) AS changes FROM template_events
        WHERE \(mine) AND kind = 'status' AND at >= \(from) AND at < \(to) AND new_value IS NOT NULL GROUP BY 1 ORDER BY 1
        """
    }

    var incidents: SQL {
        """
        SELECT title, severity, opened_at, resolved_at, acknowledged_by FROM alerts
        WHERE \(mine) AND opened_at >= \(from) AND opened_at < \(to)
        ORDER BY array_position(ARRAY['critical', 'warning', 'info'], severity), opened_at LIMIT \(ComplianceReport.rowsMax)
        """
    }

    var counts: SQL {
        """
        SELECT (SELECT min(c.counted_at) FROM outcome_counts c WHERE \(days)) AS counted_at, a.*, e.*, u.*, l.*,
               (SELECT count(*) FROM confirmed_duplicates
                WHERE \(mine) AND found_at >= \(from) AND found_at < \(to)) AS duplicates
        FROM (SELECT count(*) AS incidents, count(*) FILTER (WHERE resolved_at IS NULL) AS incidents_open FROM alerts
              WHERE \(mine) AND opened_at >= \(from) AND opened_at < \(to)) AS a,
             (SELECT count(*) AS erasures, count(*) FILTER (WHERE status = 'done') AS erasures_done FROM erasures
              WHERE \(mine) AND requested_at >= \(from) AND requested_at < \(to)) AS e,
             (SELECT coalesce(sum(resent), 0)::bigint AS resent, coalesce(sum(proven), 0)::bigint AS proven,
                     coalesce(sum(ended), 0)::bigint AS ended FROM unanswered_days WHERE \(mine) AND \(days)) AS u,
             (SELECT count(*) AS ledgers, count(*) FILTER (WHERE differences = '{}') AS balanced,
                     min(checked_at) AS ledger_checked_at FROM ledger_checks WHERE \(mine)) AS l
        """
    }

    /// Ids begin with the time that was said, which may lie before the time of writing; a week is enough for what comes late.
    private var entries: SQL {
        """
        \(mine) AND id >= uuid_floor(\(from) - interval '8 days') AND id < uuid_floor(\(to) + interval '1 day')
        AND recorded_at >= \(from) AND recorded_at < \(to) AND is_applied
        """
    }

    var consents: SQL {
        """
        SELECT status, source, count(*) AS entries FROM consent_ledger WHERE \(entries) GROUP BY 1, 2 ORDER BY 1, 2
        """
    }

    /// The suppression is written by the statement that writes the entry.
    var optOutTimes: SQL {
        let bounds: SQL = "ARRAY[\(raw: TimeBounds.seconds.map { "\($0)" }.joined(separator: ","))]::double precision[]"
        return """
            SELECT width_bucket(extract(epoch FROM recorded_at - at)::double precision, \(bounds)) AS bound,
                   count(*) AS entries
            FROM consent_ledger WHERE \(entries) AND status = 'opted_out' AND source IN ('keyword', 'user_preferences')
            GROUP BY 1
            """
    }

    /// By address, among the attempts that began between the opt-out and the next opt-in.
    var sentAfterOptOut: SQL {
        """
        WITH outs AS MATERIALIZED (
            SELECT tenant_id, contact_id, category, recorded_at,
                   CASE category WHEN 'AUTHENTICATION' THEN 0 WHEN 'UTILITY' THEN 1 ELSE 2 END AS lane
            FROM consent_ledger WHERE \(entries) AND status = 'opted_out' ORDER BY id LIMIT \(ComplianceStore.optOutsMax)
        )
        SELECT (SELECT count(*) FROM outs) AS checked, count(*) AS sent
        FROM outs o
        JOIN contacts c ON c.tenant_id = o.tenant_id AND c.id = o.contact_id
        CROSS JOIN LATERAL (VALUES (c.phone), (c.user_id)) AS x (address)
        JOIN messages m ON m.recipient = x.address AND m.tenant_id = o.tenant_id AND m.type = 'template' AND m.lane = o.lane
                       AND m.id >= uuid_floor(o.recorded_at - interval '31 days')
        JOIN attempts a ON a.tenant_id = m.tenant_id AND a.message_id = m.id
        WHERE a.started_at > o.recorded_at AND a.started_at < \(to) AND NOT EXISTS (
            SELECT FROM consent_ledger i
            WHERE i.tenant_id = o.tenant_id AND i.contact_id = o.contact_id AND i.category = o.category
              AND i.status = 'opted_in' AND i.is_applied AND i.recorded_at > o.recorded_at AND i.recorded_at <= a.started_at)
        """
    }

    var costs: SQL {
        """
        SELECT currency, sum(messages)::bigint AS messages, sum(billable)::bigint AS billable,
               sum(without_price)::bigint AS without_price, sum(micros)::bigint AS micros
        FROM cost_days WHERE \(mine) AND \(days) GROUP BY 1 ORDER BY 1
        """
    }
}
