internal import JSON
internal import Models
package import Postgres

/// A receipt that names a price, to be appended in its own transaction.
struct ReceiptCharge: Sendable {
    let tenantID: TenantID
    let messageID: MessageID
    let attempt: Int
    let at: Timestamp
    let provider: Provider
    let pricing: [UInt8]

    /// Meta charges on delivery and says so again with `sent`; Twilio names its price when it knows it.
    init?(_ receipt: IncomingReceipt, messageID: MessageID, attempt: Int) {
        guard let pricing = receipt.pricing else { return nil }
        switch receipt.provider {
        case .meta: guard receipt.status == .delivered || receipt.status == .read else { return nil }
        case .twilio: guard (try? JSONDocument(parsing: pricing))?.root["price"] != nil else { return nil }
        }
        self.tenantID = receipt.tenantID
        self.messageID = messageID
        self.attempt = attempt
        at = receipt.at
        provider = receipt.provider
        self.pricing = pricing
    }

    static func append(_ charges: [ReceiptCharge]) -> SQL {
        """
        INSERT INTO message_charges (tenant_id, message_id, attempt, at, provider, pricing)
        SELECT * FROM unnest(
            \(charges.map(\.tenantID)), \(charges.map(\.messageID)), \(charges.map { Int16(clamping: $0.attempt) }),
            \(charges.map(\.at)), \(charges.map(\.provider.rawValue)), \(charges.map { JSONText(storable: $0.pricing) }))
        """
    }
}

/// Turns what receipts said about prices into costs and totals. Platform role.
package struct ChargeStore: Sendable {
    package static let foldedMax = 2_000

    private let database: Database
    private let country: @Sendable (String) -> String?

    /// - Parameter country: of a number in E.164: two letters; nil when it does not tell.
    package init(_ database: Database, country: @escaping @Sendable (String) -> String?) {
        self.database = database
        self.country = country
    }

    /// One portion, in one transaction. A receipt that came twice costs once.
    ///
    /// - Returns: how many were taken; 0 also when another monitor is at it.
    package func fold(max: Int = foldedMax) async throws(DatabaseError) -> Int {
        let country = country
        return try await database.transaction { connection in
            guard try Self.isAlone(on: connection) else { return 0 }
            let rows = try connection.rows(
                """
                WITH portion AS (
                    DELETE FROM message_charges
                    WHERE ctid = ANY (ARRAY(SELECT ctid FROM message_charges LIMIT \(max)))
                    RETURNING tenant_id, message_id, attempt, at, provider, pricing
                )
                SELECT p.*, m.recipient, m.sender_id, m.template_id, m.lane, t.currency
                FROM portion p
                JOIN messages m ON m.tenant_id = p.tenant_id AND m.id = p.message_id
                JOIN tenants t ON t.id = p.tenant_id
                """)
            if rows.isEmpty { return 0 }
            let currencies = Set(try rows.map { try $0.value("currency", as: String.self) })
            let book = RateBook(try RateCardStore.cards(try connection.rows(RateCardStore.lists(in: currencies))))
            var costs = CostRows()
            for row in rows { try costs.append(row, book: book, country: country) }
            _ = try connection.execute(costs.insert)
            return rows.count
        }
    }

    /// Gives one portion of what had no price a price, where a list came later.
    ///
    /// - Returns: whether there may be more.
    package func priceWhatHadNone(max: Int = foldedMax) async throws(DatabaseError) -> Bool {
        try await database.transaction { connection in
            guard try Self.isAlone(on: connection) else { return false }
            guard
                let card = try connection.rows(
                    """
                    SELECT id, currency, priced_upto FROM rate_cards WHERE NOT is_priced ORDER BY imported_at LIMIT 1
                    """
                ).first
            else { return false }
            let id: RateCardID = try card.value("id")
            let currency: String = try card.value("currency")
            let upto: MessageID? = try card.value("priced_upto")
            let rows = try connection.rows(
                """
                SELECT c.tenant_id, c.message_id, c.attempt, c.at, c.country, c.category, c.currency FROM message_costs c
                WHERE c.micros IS NULL AND c.currency = \(currency)
                  AND c.message_id > coalesce(\(upto as MessageID?),
                                              '00000000-0000-0000-0000-000000000000')
                ORDER BY c.message_id LIMIT \(max)
                """)
            let book = RateBook(try RateCardStore.cards(try connection.rows(RateCardStore.lists(in: [currency]))))
            try Self.price(rows, book, on: connection)
            let last: MessageID? = try rows.last?.value("message_id")
            _ = try connection.execute(
                """
                UPDATE rate_cards SET is_priced = \(rows.count < max), priced_upto = coalesce(\(last as MessageID?), priced_upto)
                WHERE id = \(id)
                """)
            return true
        }
    }

    private static func price(_ rows: [Row], _ book: RateBook, on connection: Connection) throws {
        var (tenants, messages, attempts, prices): ([TenantID], [MessageID], [Int16], [Int64]) = ([], [], [], [])
        for row in rows {
            let country: String = try row.value("country")
            guard let category = PriceCategory(rawValue: try row.value("category")),
                let price = book.price(
                    category, to: country.isEmpty ? nil : country, in: try row.value("currency"), at: try row.value("at"))
            else { continue }
            tenants.append(try row.value("tenant_id"))
            messages.append(try row.value("message_id"))
            attempts.append(try row.value("attempt"))
            prices.append(price.micros)
        }
        if prices.isEmpty { return }
        _ = try connection.execute(
            """
            WITH priced AS (
                UPDATE message_costs c SET micros = p.micros
                FROM unnest(\(tenants), \(messages), \(attempts), \(prices)) AS p (tenant_id, message_id, attempt, micros)
                WHERE c.tenant_id = p.tenant_id AND c.message_id = p.message_id AND c.attempt = p.attempt
                  AND c.micros IS NULL
                RETURNING c.*
            )
            UPDATE cost_days d
            SET without_price = d.without_price - s.messages, micros = d.micros + s.micros
            FROM (
                SELECT tenant_id, (at AT TIME ZONE 'UTC')::date AS day, sender_id, template_id, country, category, currency,
                       count(*) AS messages, sum(micros)::bigint AS micros
                FROM priced GROUP BY 1, 2, 3, 4, 5, 6, 7
            ) AS s
            WHERE d.tenant_id = s.tenant_id AND d.day = s.day AND d.sender_id = s.sender_id
              AND d.template_id = s.template_id AND d.country = s.country AND d.category = s.category
              AND d.currency = s.currency
            """)
    }

    /// Two that fold at once would only wait for each other's rows.
    private static func isAlone(on connection: Connection) throws -> Bool {
        try connection.rows("SELECT pg_try_advisory_xact_lock(hashtext('fold message charges')) AS is_ours")
            .first?.value("is_ours", as: Bool.self) ?? false
    }
}

/// Rows for `message_costs`, column by column, and their totals.
private struct CostRows {
    private var keys: [(TenantID, MessageID, Int16)] = []
    private var places: [(SenderID, UUIDValue, Timestamp, String)] = []
    private var charges: [Charge] = []

    mutating func append(_ row: Row, book: RateBook, country: (String) -> String?) throws {
        let pricing: JSONText = try row.value("pricing")
        guard let root = (try? JSONDocument(parsing: pricing.bytes))?.root else { return }
        let land = country(try row.value("recipient"))
        let at: Timestamp = try row.value("at")
        let templateID: TemplateID? = try row.value("template_id")
        let lane = Lane(rawValue: try row.value("lane", as: Int16.self))
        let charge: Charge
        if let price = root["price"] {
            guard let amount = (price.string ?? price.double.map { "\($0)" }).flatMap({ Amount(decimal: $0) }) else { return }
            charge = .twilio(
                price: amount, currency: (root["price_unit"]?.string ?? "USD").uppercased(),
                category: templateID == nil ? .service : PriceCategory(lane?.category ?? .utility),
                segments: root["segments"]?.string.flatMap(Int.init) ?? root["segments"]?.integer.map { Int($0) })
        } else {
            charge = .meta(
                category: root["category"]?.string ?? "", type: root["type"]?.string,
                isBillable: root["billable"]?.boolean, to: land, currency: try row.value("currency"), at: at, book: book)
        }
        keys.append((try row.value("tenant_id"), try row.value("message_id"), try row.value("attempt")))
        places.append((try row.value("sender_id"), templateID?.value ?? UUIDValue(high: 0, low: 0), at, land ?? ""))
        charges.append(charge)
    }

    var insert: SQL {
        """
        WITH new AS (
            INSERT INTO message_costs (tenant_id, message_id, attempt, sender_id, template_id, at, country, category,
                                       pricing_type, is_billable, micros, currency, source, segments)
            SELECT DISTINCT ON (tenant_id, message_id, attempt) *
            FROM unnest(
                \(keys.map(\.0)), \(keys.map(\.1)), \(keys.map(\.2)), \(places.map(\.0)), \(places.map(\.1)),
                \(places.map(\.2)), \(places.map(\.3)), \(charges.map(\.category)), \(charges.map(\.pricingType)),
                \(charges.map(\.isBillable)), \(charges.map { $0.amount?.micros }), \(charges.map(\.currency)),
                \(charges.map(\.source.rawValue)), \(charges.map { $0.segments.map { Int16(clamping: $0) } })
            ) AS c (tenant_id, message_id, attempt, sender_id, template_id, at, country, category, pricing_type, is_billable,
                    micros, currency, source, segments)
            ORDER BY tenant_id, message_id, attempt
            ON CONFLICT DO NOTHING
            RETURNING *
        )
        INSERT INTO cost_days AS d (tenant_id, day, sender_id, template_id, country, category, currency, messages, billable,
                                    without_price, micros)
        SELECT tenant_id, (at AT TIME ZONE 'UTC')::date, sender_id, template_id, country, category, currency, count(*),
               count(*) FILTER (WHERE is_billable), count(*) FILTER (WHERE micros IS NULL),
               coalesce(sum(micros), 0)::bigint
        FROM new GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7
        ON CONFLICT (tenant_id, day, sender_id, template_id, country, category, currency) DO UPDATE
        SET messages = d.messages + excluded.messages, billable = d.billable + excluded.billable,
            without_price = d.without_price + excluded.without_price, micros = d.micros + excluded.micros
        """
    }
}
