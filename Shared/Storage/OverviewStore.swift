package import Models
package import Postgres

/// What a business's overview shows besides its counts and costs. Service role.
package struct OverviewStore: Sendable {
    package static let alertsMax = 8
    package static let gatesMax = 20
    package static let reasonsMax = 8
    package static let templatesMax = 500
    /// A token that ends within this time is worth a word.
    static let tokenNotice = "interval '14 days'"

    /// What somebody should look at, the open alerts first.
    package struct Attention: Sendable {
        package let alerts: [OpenAlert]
        /// Closed now, as far as they concern this business.
        package let gates: [ShownGate]
        package let tokens: [Token]
    }

    package struct OpenAlert: Sendable {
        package let id: AlertID
        package let severity: String
        package let title: String
        package let openedAt: Timestamp
        package let isAcknowledged: Bool
    }

    package struct Token: Sendable {
        package let sender: String
        package let endsAt: Timestamp
    }

    /// Why messages ended without delivery.
    package struct Reason: Sendable {
        package let state: MessageState
        /// Nil: no provider gave one.
        package let code: Int?
        package let messages: Int64
    }

    package struct TemplateName: Sendable {
        package let id: TemplateID
        package let name: String
        package let language: String
        package let status: String
    }

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    package func attention(of tenantID: TenantID) async throws(DatabaseError) -> Attention {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT id, severity, title, opened_at, acknowledged_at IS NOT NULL AS is_acknowledged FROM alerts
            WHERE tenant_id = \(tenantID) AND resolved_at IS NULL
            ORDER BY array_position(ARRAY['critical', 'warning', 'info'], severity), opened_at DESC LIMIT \(Self.alertsMax)
            """,
            ShownGate.query(max: Self.gatesMax),
            """
            SELECT name || ' (' || display_phone_number || ')' AS sender, token_expires_at FROM senders
            WHERE tenant_id = \(tenantID) AND status <> 'disabled'
              AND token_expires_at < now() + \(raw: Self.tokenNotice)
            ORDER BY token_expires_at LIMIT \(Self.gatesMax)
            """,
        ])
        guard answers.count == 4 else { throw DatabaseError.decoding("answers are missing") }
        return try Connection.decoded {
            Attention(
                alerts: try answers[1].map { row in
                    OpenAlert(
                        id: try row.value("id"), severity: try row.value("severity"), title: try row.value("title"),
                        openedAt: try row.value("opened_at"), isAcknowledged: try row.value("is_acknowledged"))
                },
                // What concerns several businesses, and holds nothing of this one, is none of its concern.
                gates: try answers[2].map(ShownGate.init).filter { $0.gate.tenantID == tenantID || $0.held > 0 },
                tokens: try answers[3].map { row in
                    Token(sender: try row.value("sender"), endsAt: try row.value("token_expires_at"))
                })
        }
    }

    /// Of the messages accepted on these days (UTC, both included), the most frequent first, as far as they are counted.
    package func reasons(
        of tenantID: TenantID, from: String, to: String
    ) async throws(DatabaseError) -> [Reason] {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT state, error_code, sum(messages)::bigint AS messages FROM outcome_days
            WHERE tenant_id = \(tenantID) AND day BETWEEN \(from)::text::date AND \(to)::text::date
              AND state BETWEEN \(MessageState.failed.rawValue) AND \(MessageState.expired.rawValue)
            GROUP BY state, error_code ORDER BY 3 DESC, 1, 2 LIMIT \(Self.reasonsMax)
            """,
        ])
        return try Connection.decoded {
            try answers.last?.compactMap { row in
                guard let state = MessageState(rawValue: try row.value("state")) else { return nil }
                return Reason(
                    state: state, code: try row.value("error_code", as: Int32?.self).map { Int($0) },
                    messages: try row.value("messages"))
            } ?? []
        }
    }

    package func templates(of tenantID: TenantID) async throws(DatabaseError) -> [TemplateName] {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT id, name, language, status FROM templates WHERE tenant_id = \(tenantID)
            ORDER BY name, language LIMIT \(Self.templatesMax)
            """,
        ])
        return try Connection.decoded {
            try answers.last?.map { row in
                TemplateName(
                    id: try row.value("id"), name: try row.value("name"), language: try row.value("language"),
                    status: try row.value("status"))
            } ?? []
        }
    }
}
