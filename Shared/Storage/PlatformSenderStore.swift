package import Models
package import Postgres

/// The senders of all businesses. Platform role.
package struct PlatformSenderStore: Sendable {
    package static let listedMax = 500

    package struct Listed: Sendable {
        package let tenantID: TenantID
        package let business: String
        package let sender: SenderRecord
        /// Messages a second, learned from the provider's answers; nil when nobody has sent through it yet.
        package let rate: Double?
        /// Recipients of the last 24 hours that count against its portfolio's limit.
        package let recipientsUsed: Int64
        /// The minute of the last receipt within a day.
        package let lastReceiptAt: Timestamp?
    }

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// Those in trouble first: the worst quality, then what cannot send.
    ///
    /// - Parameter quality: the provider's word: GREEN, YELLOW, RED.
    package func senders(of tenantID: TenantID?, quality: String?) async throws(DatabaseError) -> [Listed] {
        let receipts = [MessageState.delivered, .read, .undelivered].map(\.rawValue)
        let rows = try await database.rows(
            """
            WITH used AS (
                SELECT portfolio_id, sum(recipients) AS recipients FROM portfolio_minutes
                WHERE minute > now() - \(raw: ReservationStore.keptFor) GROUP BY portfolio_id
            ), heard AS (
                SELECT sender_id, max(minute) AS at FROM message_counts
                WHERE minute > now() - interval '1 day' AND state = ANY (\(receipts)) AND entered > 0 GROUP BY sender_id
            )
            SELECT \(SenderRecord.columns), s.tenant_id, t.name AS business, l.rate::double precision AS rate,
                   coalesce(u.recipients, 0)::bigint AS used, h.at AS last_receipt_at
            FROM \(SenderRecord.source)
            JOIN tenants t ON t.id = s.tenant_id AND t.status <> 'deleted'
            LEFT JOIN sender_leases l ON l.tenant_id = s.tenant_id AND l.sender_id = s.id
            LEFT JOIN used u ON u.portfolio_id = portfolio_of(s.portfolio_id, s.waba_id)
            LEFT JOIN heard h ON h.sender_id = s.id
            WHERE (\(tenantID as TenantID?)::uuid IS NULL OR s.tenant_id = \(tenantID as TenantID?))
              AND (\(quality as String?)::text IS NULL OR s.quality_rating = \(quality as String?))
            ORDER BY array_position(ARRAY['RED', 'YELLOW', 'GREEN'], s.quality_rating) NULLS LAST,
                     s.status <> 'active' DESC, t.name, s.id
            LIMIT \(Self.listedMax)
            """)
        return try Connection.decoded {
            try rows.map { row in
                Listed(
                    tenantID: try row.value("tenant_id"), business: try row.value("business"),
                    sender: try SenderRecord(row), rate: try row.value("rate"),
                    recipientsUsed: try row.value("used"), lastReceiptAt: try row.value("last_receipt_at"))
            }
        }
    }
}
