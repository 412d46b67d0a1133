package import Models
package import Postgres

/// What a tenant's messages cost, for the tenant to read.
package struct CostStore: Sendable {
    package enum Grouping: String, CaseIterable, Sendable {
        case total
        case day
        case month
        case sender
        case template
        case country
        case category
    }

    package struct Group: Sendable, Hashable {
        /// A day ("2026-11-21"), a month ("2026-11"), an id, a country, a category; empty for the total, for messages
        /// without a template and for numbers that do not tell their country.
        package let key: String
        package let currency: String
        package let messages: Int
        package let billable: Int
        /// Billable, and no price list names them.
        package let withoutPrice: Int
        package let amount: Amount
    }

    package struct MessageCost: Sendable, Hashable {
        package let attempt: Int
        package let charge: Charge
        package let country: String
    }

    private let database: Database

    /// - Parameter database: of the service role.
    package init(_ database: Database) {
        self.database = database
    }

    /// - Parameters:
    ///   - from: the first day, "2026-11-01" (UTC).
    ///   - to: the last day, included.
    package func groups(
        of tenantID: TenantID, from: String, to: String, by grouping: Grouping
    ) async throws(DatabaseError) -> [Group] {
        let key: SQL =
            switch grouping {
            case .total: "''"
            case .day: "to_char(day, 'YYYY-MM-DD')"
            case .month: "to_char(day, 'YYYY-MM')"
            case .sender: "sender_id::text"
            case .template: "CASE WHEN template_id = '00000000-0000-0000-0000-000000000000' THEN '' ELSE template_id::text END"
            case .country: "country"
            case .category: "category"
            }
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT \(key) AS key, currency, sum(messages)::bigint AS messages, sum(billable)::bigint AS billable,
                   sum(without_price)::bigint AS without_price, sum(micros)::bigint AS micros
            FROM cost_days
            WHERE tenant_id = \(tenantID) AND day BETWEEN \(from)::text::date AND \(to)::text::date
            GROUP BY 1, 2 ORDER BY 1, 2
            """,
        ])
        let rows = answers.last ?? []
        return try Connection.decoded {
            try rows.map { row in
                Group(
                    key: try row.value("key"), currency: try row.value("currency"),
                    messages: try row.value("messages", as: Int.self), billable: try row.value("billable", as: Int.self),
                    withoutPrice: try row.value("without_price", as: Int.self),
                    amount: Amount(micros: try row.value("micros")))
            }
        }
    }

    /// One entry an attempt that was charged, or would have been.
    package func costs(of messageID: MessageID, tenantID: TenantID) async throws(DatabaseError) -> [MessageCost] {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT attempt, category, pricing_type, is_billable, micros, currency, source, segments, country
            FROM message_costs WHERE tenant_id = \(tenantID) AND message_id = \(messageID) ORDER BY attempt
            """,
        ])
        let rows = answers.last ?? []
        return try Connection.decoded {
            try rows.map { row in
                MessageCost(
                    attempt: Int(try row.value("attempt", as: Int16.self)),
                    charge: Charge(
                        category: try row.value("category"), pricingType: try row.value("pricing_type"),
                        isBillable: try row.value("is_billable"),
                        amount: try row.value("micros", as: Int64?.self).map { Amount(micros: $0) },
                        currency: try row.value("currency"),
                        source: Charge.Source(rawValue: try row.value("source")) ?? .rateCard,
                        segments: try row.value("segments", as: Int16?.self).map { Int($0) }),
                    country: try row.value("country"))
            }
        }
    }

    /// The currency in which the tenant is billed.
    package func currency(of tenantID: TenantID) async throws(DatabaseError) -> String {
        let answers = try await database.pipeline([
            .actFor(tenantID), "SELECT currency FROM tenants WHERE id = \(tenantID)",
        ])
        return try answers.last?.first?.value("currency", as: String.self) ?? "USD"
    }
}
