internal import Models
internal import Postgres

/// What somebody must be told of, written in the transaction that found it.
enum ProofStatements {
    /// Messages whose recipient has, or will have, two copies.
    static func confirm(_ duplicates: [LockedMessage]) -> SQL {
        """
        INSERT INTO confirmed_duplicates (tenant_id, message_id, sender_id, found_at)
        SELECT tenant_id, message_id, sender_id, now()
        FROM unnest(\(duplicates.map(\.tenantID)), \(duplicates.map(\.messageID)), \(duplicates.map(\.senderID)))
            AS w (tenant_id, message_id, sender_id)
        ON CONFLICT DO NOTHING
        """
    }

    static func count(_ codes: [UnlistedCode]) -> SQL {
        var seen: [UnlistedCode: Int64] = [:]
        for code in codes { seen[code, default: 0] += 1 }
        let sorted = seen.sorted { ($0.key.provider.rawValue, $0.key.code) < ($1.key.provider.rawValue, $1.key.code) }
        return """
            INSERT INTO unknown_codes AS u (provider, code, seen, first_seen_at, last_seen_at)
            SELECT provider, code, seen, now(), now()
            FROM unnest(
                \(sorted.map(\.key.provider.rawValue)), \(sorted.map { Int32(clamping: $0.key.code) }),
                \(sorted.map(\.value))
            ) AS w (provider, code, seen)
            ON CONFLICT (provider, code) DO UPDATE
            SET seen = u.seen + excluded.seen, last_seen_at = excluded.last_seen_at
            """
    }
}
