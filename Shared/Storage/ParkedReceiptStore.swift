internal import Crypto
package import Models
package import Postgres

/// A receipt for an id that we do not know yet.
package struct ParkedReceipt: Sendable {
    /// Nil when not even the sender is known.
    package let tenantID: TenantID?
    package let provider: Provider
    package let providerMessageID: ProviderMessageID
    package let word: String
    package let at: Timestamp
    /// A webhook body with this receipt alone: what applies deliveries applies it.
    package let body: [UInt8]
    package let reason: Reason

    package enum Reason: String, Sendable, CaseIterable {
        case unknownNumber = "unknown_number"
        case unknownMessage = "unknown_message"
    }

    package init(
        tenantID: TenantID?,
        provider: Provider = .meta,
        providerMessageID: ProviderMessageID,
        word: String,
        at: Timestamp,
        body: [UInt8],
        reason: Reason
    ) {
        self.tenantID = tenantID
        self.provider = provider
        self.providerMessageID = providerMessageID
        self.word = word
        self.at = at
        self.body = body
        self.reason = reason
    }

    /// Made of what the receipt says, so that the same receipt is parked once.
    var id: UUIDValue {
        .version7(at: at, hashing: "\(tenantID?.description ?? "-")|\(word)|\(providerMessageID.text)")
    }

    static func insert(_ parked: [ParkedReceipt]) -> SQL {
        """
        INSERT INTO parked_receipts
            (id, tenant_id, provider, provider_message_id, receipt, reason, parked_at, try_at)
        SELECT id, tenant_id, provider, provider_message_id, receipt, reason, now(), now() + interval '2 seconds'
        FROM unnest(
            \(parked.map(\.id)), \(parked.map(\.tenantID)), \(parked.map(\.provider.rawValue)), \(parked.map(\.providerMessageID.text)),
            \(parked.map { JSONText(storable: $0.body) }), \(parked.map(\.reason.rawValue))
        ) AS p (id, tenant_id, provider, provider_message_id, receipt, reason)
        ON CONFLICT DO NOTHING
        """
    }
}

/// Receipts waiting for their message, as the platform role sees them.
package struct ParkedReceiptStore: Sendable {
    /// A day longer than Meta repeats its webhooks.
    package static let keptDays = 8

    package struct Taken: Sendable {
        package let id: UUIDValue
        package let provider: Provider
        package let body: [UInt8]
        package let parkedAt: Timestamp
    }

    private let database: Database

    /// - Parameter database: of the platform role.
    package init(_ database: Database) {
        self.database = database
    }

    /// Takes those that are to be tried now, and puts their next try off: 2 s, 4 s … 10 min. Whoever takes one and
    /// dies leaves it to that next try.
    package func take(max: Int) async throws(DatabaseError) -> [Taken] {
        var taken: [Taken] = []
        for row in try await database.rows(
            """
            UPDATE parked_receipts p
            SET tries = least(p.tries + 1, 32000),
                try_at = now() + least(interval '2 seconds' * 2 ^ least(p.tries + 1, 9), interval '10 minutes')
            FROM (
                SELECT id FROM parked_receipts WHERE try_at <= now() ORDER BY try_at LIMIT \(max)
                FOR UPDATE SKIP LOCKED
            ) AS due
            WHERE p.id = due.id
            RETURNING p.id, p.provider, p.receipt, p.parked_at
            """
        ) {
            let provider: String = try row.value("provider")
            taken.append(
                Taken(
                    id: try row.value("id"),
                    provider: Provider(rawValue: provider) ?? .meta,
                    body: try row.value("receipt", as: JSONText.self).bytes,
                    parkedAt: try row.value("parked_at")
                )
            )
        }
        return taken
    }

    package func remove(_ ids: [UUIDValue]) async throws(DatabaseError) {
        if ids.isEmpty { return }
        _ = try await database.execute("DELETE FROM parked_receipts WHERE id = ANY (\(ids))")
    }

    /// - Returns: how many were given up.
    package func removeOld() async throws(DatabaseError) -> Int {
        try await database.execute(
            "DELETE FROM parked_receipts WHERE parked_at < now() - \(Self.keptDays) * interval '1 day'"
        )
    }

    package func count() async throws(DatabaseError) -> Int {
        guard let row = try await database.rows("SELECT count(*) FROM parked_receipts").first else {
            return 0
        }
        return try row.value(0)
    }
}

extension UUIDValue {
    /// The same facts have the same id, in the partition of their time.
    static func version7(at instant: Timestamp, hashing text: String) -> UUIDValue {
        let hash = SHA256.hash(text)
        let words = stride(from: 0, to: 16, by: 8).map { start in
            hash[start..<start + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        return version7(at: instant, random: (words[0], words[1]))
    }
}

extension JSONText {
    /// JSON of somebody else. `jsonb` cannot hold the character U+0000, which JSON may name; it becomes U+FFFD.
    package init(storable bytes: [UInt8]) {
        let escape = Array("\\u0000".utf8)
        guard bytes.count >= escape.count else {
            self.init(bytes)
            return
        }
        var clean = bytes
        var index = 0
        while index < clean.count {
            guard clean[index] == UInt8(ascii: "\\") else {
                index += 1
                continue
            }
            if index + escape.count <= clean.count, clean[index..<index + escape.count].elementsEqual(escape)
            {
                clean.replaceSubrange(index + 2..<index + escape.count, with: Array("fffd".utf8))
            }
            // Past the escaped character too: in `\\u0000` the first backslash escapes the second.
            index += 2
        }
        self.init(clean)
    }
}
