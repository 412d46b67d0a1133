package import Models
package import Postgres
package import Runtime

/// Price lists. The platform role writes them, every role reads them.
package struct RateCardStore: Sendable {
    private let database: Database
    private let ids: IDSource

    package init(_ database: Database, ids: IDSource) {
        self.database = database
        self.ids = ids
    }

    package struct Stored: Sendable {
        package let id: RateCardID
        package let name: String
        package let currency: String
        /// "2026-10-01"
        package let validFrom: String
        package let importedAt: Timestamp
        package let importedBy: String
        package let pricesCount: Int
    }

    /// Puts a list in the place of one of the same currency and day. What had no price so far gets one by it, little by
    /// little.
    ///
    /// - Parameter day: "2026-10-01".
    package func put(
        _ name: String, currency: String, from day: String, prices: [RateCard.Key: Amount], by actor: Actor, address: String?
    ) async throws(DatabaseError) -> RateCardID {
        let keys = prices.keys.sorted { ($0.market, $0.category.rawValue) < ($1.market, $1.category.rawValue) }
        let newID = RateCardID(ids.uuid())
        let auditID = ids.uuid()
        return try await database.transaction { connection in
            let rows = try connection.rows(
                """
                INSERT INTO rate_cards (id, currency, valid_from, name, imported_at, imported_by)
                VALUES (\(newID), \(currency), \(day)::text::date, \(name), now(), \(actor.name))
                ON CONFLICT (currency, valid_from) DO UPDATE
                SET name = excluded.name, imported_at = now(), imported_by = excluded.imported_by, is_priced = false,
                    priced_upto = NULL
                RETURNING id
                """)
            guard let id: RateCardID = try rows.first?.value("id") else { throw DatabaseError.decoding("no rate card") }
            _ = try connection.execute("DELETE FROM rate_card_prices WHERE card_id = \(id)")
            _ = try connection.execute(
                """
                INSERT INTO rate_card_prices (card_id, market, category, micros)
                SELECT \(id), * FROM unnest(\(keys.map(\.market)), \(keys.map(\.category.rawValue)),
                                            \(keys.compactMap { prices[$0]?.micros }))
                """)
            _ = try connection.execute(
                AuditEntry(
                    id: auditID, tenantID: nil, actor: actor, action: "rate_card.imported", target: "rate card \(id)",
                    address: address
                ).insert)
            return id
        }
    }

    /// The newest first.
    package func all() async throws(DatabaseError) -> [Stored] {
        let rows = try await database.rows(
            """
            SELECT c.id, c.name, c.currency, to_char(c.valid_from, 'YYYY-MM-DD') AS valid_from, c.imported_at, c.imported_by,
                   (SELECT count(*) FROM rate_card_prices p WHERE p.card_id = c.id) AS prices
            FROM rate_cards c ORDER BY c.valid_from DESC, c.currency
            """)
        return try Connection.decoded {
            try rows.map { row in
                Stored(
                    id: try row.value("id"), name: try row.value("name"), currency: try row.value("currency"),
                    validFrom: try row.value("valid_from"), importedAt: try row.value("imported_at"),
                    importedBy: try row.value("imported_by"), pricesCount: try row.value("prices", as: Int.self))
            }
        }
    }

    /// Sorted by market and category; nil when there is no such list.
    package func prices(of id: RateCardID) async throws(DatabaseError) -> [(RateCard.Key, Amount)]? {
        let rows = try await database.rows(
            """
            SELECT p.market, p.category, p.micros FROM rate_cards c LEFT JOIN rate_card_prices p ON p.card_id = c.id
            WHERE c.id = \(id) ORDER BY p.market, p.category
            """)
        if rows.isEmpty { return nil }
        return try Connection.decoded { try rows.compactMap { try Self.price($0) } }
    }

    /// - Returns: false when there is no such list.
    package func delete(_ id: RateCardID, by actor: Actor, address: String?) async throws(DatabaseError) -> Bool {
        let auditID = ids.uuid()
        return try await database.transaction { connection in
            guard try connection.execute("DELETE FROM rate_cards WHERE id = \(id)") > 0 else { return false }
            _ = try connection.execute(
                AuditEntry(
                    id: auditID, tenantID: nil, actor: actor, action: "rate_card.deleted", target: "rate card \(id)",
                    address: address
                ).insert)
            return true
        }
    }

    package func book() async throws(DatabaseError) -> RateBook {
        try RateBook(Self.cards(try await database.rows(Self.everything)))
    }

    /// The lists in some currencies.
    static func lists(in currencies: Set<String>) -> SQL {
        everything + " WHERE c.currency = ANY (\(currencies.sorted()))"
    }

    private static let everything: SQL = """
        SELECT c.id, c.currency, c.valid_from::timestamp AT TIME ZONE 'UTC' AS valid_from, p.market, p.category, p.micros
        FROM rate_cards c LEFT JOIN rate_card_prices p ON p.card_id = c.id
        """

    static func cards(_ rows: [Row]) throws(DatabaseError) -> [RateCard] {
        var cards: [RateCardID: RateCard] = [:]
        for row in rows {
            let id: RateCardID = try row.value("id")
            let (currency, validFrom): (String, Timestamp) = (try row.value("currency"), try row.value("valid_from"))
            var card = cards[id] ?? RateCard(currency: currency, validFrom: validFrom, prices: [:])
            if let (key, amount) = try price(row) { card.prices[key] = amount }
            cards[id] = card
        }
        return Array(cards.values)
    }

    private static func price(_ row: Row) throws(DatabaseError) -> (RateCard.Key, Amount)? {
        guard let market: String = try row.value("market") else { return nil }
        guard let category = PriceCategory(rawValue: try row.value("category")) else {
            throw DatabaseError.decoding("a price for a category that this program does not know")
        }
        return (RateCard.Key(market: market, category: category), Amount(micros: try row.value("micros")))
    }
}
