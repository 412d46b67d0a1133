internal import Crypto
package import Models
package import Postgres

/// Makes the proof of one message out of its rows and the seals over them.
package struct ProofStore: Sendable {
    /// Seals that one proof names, those between its own included; with more between them only its own are in it.
    package static let sealsMax = 3_000
    private static let linesMax = 1_000

    /// What a proof tells beside what happened.
    package struct Wish: Sendable {
        package var showsRecipient: Bool
        package var showsContent: Bool

        package init(showsRecipient: Bool, showsContent: Bool) {
            self.showsRecipient = showsRecipient
            self.showsContent = showsContent
        }
    }

    private let database: Database
    private let secrets: SecretStore
    private let signer: ProofSigner

    /// - Parameters:
    ///   - database: of the service role.
    ///   - secrets: opens what providers said.
    package init(_ database: Database, _ secrets: SecretStore, signer: ProofSigner) {
        self.database = database
        self.secrets = secrets
        self.signer = signer
    }

    /// Nil for a message that the tenant does not have.
    package func proof(
        of messageID: MessageID, tenantID: TenantID, _ wish: Wish
    ) async throws(DatabaseError) -> DeliveryProof? {
        let (signer, secrets) = (signer, secrets)
        return try await database.transaction { connection in
            _ = try connection.rows(.actFor(tenantID))
            guard let rows = try ProofRows(messageID, tenantID, secrets, on: connection) else { return nil }
            var draft = ProofDraft(rows)
            for seal in rows.seals { try draft.take(seal) }
            draft.disclose(wish)
            let seals = try Self.chain(draft.parts.map(\.seal), tenantID, &draft, on: connection)
            let lines = draft.parts.flatMap(\.lines)
            let statement = ProofStatement(
                messageID: messageID.description, issued: rows.now, sealedUntil: rows.sealedUntil, lines: lines.count,
                linesHash: SHA256.hex(lines.joined(separator: "\n")), seals: draft.parts.map(\.seal), keyID: signer.keyID)
            let wanted = Set(seals.compactMap { ProofSeal(text: $0.text)?.keyID })
            var keys = rows.keys.filter { wanted.contains($0.id) && $0.id != signer.keyID }
            keys.append(DeliveryProof.Key(id: signer.keyID, publicKey: Base64.encode(signer.publicKey)))
            return DeliveryProof(
                messageID: messageID, statement: statement,
                statementSignature: Base64.encode(signer.sign(statement.text)), parts: draft.parts, seals: seals,
                disclosed: draft.disclosed, keys: keys.sorted { $0.id < $1.id }, unsealed: draft.unsealed,
                notes: draft.notes)
        }
    }

    /// Keys that signed seals, for everybody; the one that signs now is among them.
    package func keys() async throws(DatabaseError) -> [(key: DeliveryProof.Key, firstUsedAt: Timestamp?)] {
        let rows = try await database.rows("SELECT id, public_key, first_used_at FROM proof_keys ORDER BY first_used_at")
        var keys: [(key: DeliveryProof.Key, firstUsedAt: Timestamp?)] = try Connection.decoded {
            try rows.map {
                (
                    DeliveryProof.Key(
                        id: try $0.value("id"), publicKey: Base64.encode(try $0.value("public_key", as: [UInt8].self))),
                    try $0.value("first_used_at")
                )
            }
        }
        if !keys.contains(where: { $0.key.id == signer.keyID }) {
            keys.append((DeliveryProof.Key(id: signer.keyID, publicKey: Base64.encode(signer.publicKey)), nil))
        }
        return keys
    }

    /// A tenant's seals, for whoever keeps them: then even we cannot change any of them unnoticed.
    package func seals(of tenantID: TenantID, after number: Int64, max: Int) async throws(DatabaseError) -> [DeliveryProof.Seal]
    {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT text, signature FROM proof_seals WHERE tenant_id = \(tenantID) AND number > \(number)
            ORDER BY number LIMIT \(max)
            """,
        ])
        return try Connection.decoded { try (answers.last ?? []).map(Self.seal) }
    }

    private static func chain(
        _ numbers: [Int64], _ tenantID: TenantID, _ draft: inout ProofDraft, on connection: Connection
    ) throws -> [DeliveryProof.Seal] {
        guard let first = numbers.min(), let last = numbers.max() else { return [] }
        let isWhole = last - first < sealsMax
        if !isWhole { draft.notes.append("More than \(sealsMax) seals lie between the first and the last: only those that hold something of the message are here.") }
        return try connection.rows(
            """
            SELECT text, signature FROM proof_seals
            WHERE tenant_id = \(tenantID) AND number BETWEEN \(first) AND \(last) AND (\(isWhole) OR number = ANY (\(numbers)))
            ORDER BY number
            """
        ).map(seal)
    }

    private static func seal(_ row: Row) throws -> DeliveryProof.Seal {
        DeliveryProof.Seal(
            text: try row.value("text"), signature: Base64.encode(try row.value("signature", as: [UInt8].self)))
    }

    static func rows(
        of messageID: MessageID, _ tenantID: TenantID, on connection: Connection
    ) throws -> (lines: [Row], seals: [Row]) {
        let mine: SQL = "tenant_id = \(tenantID) AND message_id = \(messageID)"
        let lines = try connection.rows(
            """
            SELECT * FROM (
                SELECT e.recorded_at, proof_line(e) AS line, e.type = 'accepted' AS is_first, e.detail::text AS detail,
                       NULL::uuid AS receipt_id, NULL::bytea AS bytes_sealed
                FROM message_events e WHERE \(mine)
                UNION ALL
                SELECT r.recorded_at, proof_line(r), false, NULL, r.id, r.bytes_sealed FROM raw_receipts r WHERE \(mine)
            ) AS all_lines ORDER BY line COLLATE "C" LIMIT \(linesMax)
            """)
        let moments: [Timestamp] = try lines.map { try $0.value("recorded_at") }
        let seals = try connection.rows(
            """
            SELECT s.number, s.from_at, s.to_at, s.leaves, encode(proof_salt(s.salt, m.id, 'recipient'), 'hex') AS recipient_salt,
                   encode(proof_salt(s.salt, m.id, 'content'), 'hex') AS content_salt,
                   proof_line(m, (SELECT min(t) FROM unnest(\(moments)) AS t WHERE t >= s.from_at AND t < s.to_at), s.salt)
                       AS message_line
            FROM proof_seals s JOIN messages m ON m.tenant_id = s.tenant_id AND m.id = \(messageID)
            WHERE s.tenant_id = \(tenantID)
              AND EXISTS (SELECT FROM unnest(\(moments)) AS t WHERE t >= s.from_at AND t < s.to_at)
            ORDER BY s.number
            """)
        return (lines, seals)
    }
}
