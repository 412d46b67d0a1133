internal import Models
internal import Postgres

/// Answers already given under an idempotency key.
enum IdempotencyRows {
    struct Stored {
        let requestHash: UUIDValue
        let answer: StoredAnswer
    }

    static func read(
        _ keys: [(TenantID, UUIDValue)],
        on connection: Connection
    ) throws -> [AcceptStatement.ClaimKey: Stored] {
        let answers = try connection.pipeline([
            .actFor(keys.map(\.0)),
            """
            SELECT i.tenant_id, i.key_hash, i.request_hash, i.response_status, i.response
            FROM unnest(\(keys.map(\.0)), \(keys.map(\.1))) AS k (tenant_id, key_hash)
            JOIN idempotency_keys i ON i.tenant_id = k.tenant_id AND i.key_hash = k.key_hash
            """,
        ])
        var stored: [AcceptStatement.ClaimKey: Stored] = [:]
        for row in answers.last ?? [] {
            let answer = StoredAnswer(
                status: try row.value(3, as: Int.self),
                body: try row.value(4, as: [UInt8].self)
            )
            stored[.init(tenantID: try row.value(0), keyHash: try row.value(1))] =
                Stored(requestHash: try row.value(2), answer: answer)
        }
        return stored
    }
}
