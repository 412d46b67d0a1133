internal import Crypto
internal import Models
package import Postgres

/// Seals what was recorded about messages, portion after portion. Platform role; any number may run, one at a time works.
package struct SealStore: Sendable {
    /// Messages under one seal: a proof reads the leaves of its seals.
    package static let leavesMax = 4_096
    /// Messages of one turn, of all tenants: more and the turn takes a shorter span.
    package static let portionMax = 20_000
    /// 16 bytes of id, 32 of hash.
    static let leafBytes = 48
    private static let spanLeast = Duration.milliseconds(1)

    package enum Turn: Hashable, Sendable {
        /// Everything that is safe to seal is sealed, or another monitor is at it.
        case nothingToDo
        /// Too many messages were touched in the span: try a shorter one.
        case tooMuch
        case sealed(messages: Int)
    }

    private let database: Database
    private let signer: ProofSigner

    /// - Parameter database: with `LedgerCheckStore.settings`.
    package init(_ database: Database, signer: ProofSigner) {
        self.database = database
        self.signer = signer
    }

    /// Finds out up to when nothing can join the log any more: all transactions that might have are over. The first look
    /// notes which those are, the next one sees them gone.
    package func advanceHorizon() async throws(DatabaseError) {
        _ = try await database.execute(
            """
            UPDATE proof_progress p
            SET safe_until = CASE WHEN p.pending_xid <= s.oldest
                                  THEN greatest(p.safe_until, p.pending_at - proof_lateness()) ELSE p.safe_until END,
                pending_at = CASE WHEN p.pending_xid > s.oldest THEN p.pending_at ELSE now() END,
                pending_xid = CASE WHEN p.pending_xid > s.oldest THEN p.pending_xid ELSE s.next END
            FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest,
                         pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next) AS s
            """)
    }

    /// Seals the next span.
    ///
    /// - Parameter span: at most so long.
    package func sealNext(_ span: Duration) async throws(DatabaseError) -> Turn {
        let signer = signer
        let salt = randomBytes(32)
        return try await database.transaction { connection in
            guard let (from, to) = try Self.next(span, on: connection) else { return .nothingToDo }
            let leaves = try Self.leaves(from, to, salt: salt, on: connection)
            if leaves.count > Self.portionMax, to - from > Self.spanLeast { return .tooMuch }
            try Self.write(leaves, Span(from: from, to: to, salt: salt), signer, on: connection)
            _ = try connection.execute("UPDATE proof_progress SET sealed_until = \(to)")
            return .sealed(messages: leaves.count)
        }
    }

    private struct Span {
        let from: Timestamp
        let to: Timestamp
        let salt: [UInt8]
    }

    private struct Leaf {
        let tenantID: TenantID
        let messageID: UUIDValue
        let hash: [UInt8]
    }

    private static func next(_ span: Duration, on connection: Connection) throws -> (Timestamp, Timestamp)? {
        let lock = try connection.rows("SELECT pg_try_advisory_xact_lock(hashtext('seal the log')) AS is_ours")
        guard try lock.first?.value("is_ours", as: Bool.self) == true else { return nil }
        let rows = try connection.rows(
            "SELECT sealed_until, safe_until FROM proof_progress WHERE sealed_until < safe_until")
        guard let row = rows.first else { return nil }
        let from: Timestamp = try row.value("sealed_until")
        return (from, min(from + span, try row.value("safe_until")))
    }

    /// One row a message, in the order in which they are sealed.
    private static func leaves(
        _ from: Timestamp, _ to: Timestamp, salt: [UInt8], on connection: Connection
    ) throws -> [Leaf] {
        // Ids are not made ahead of their time by more than a burst within one millisecond.
        let ceiling = UUIDValue.floor(of: to + .seconds(60))
        let most = to - from > spanLeast ? portionMax + 1 : nil
        let range: SQL = "recorded_at >= \(from) AND recorded_at < \(to) AND message_id < \(ceiling)"
        let rows = try connection.rows(
            """
            WITH happened AS MATERIALIZED (
                SELECT e.tenant_id, e.message_id, e.recorded_at, e.type, proof_line(e) AS line
                FROM message_events e WHERE \(range)
            ), lines AS (
                SELECT tenant_id, message_id, line FROM happened
                UNION ALL
                SELECT m.tenant_id, m.id, proof_line(m, h.recorded_at, \(salt))
                FROM happened h JOIN messages m ON m.tenant_id = h.tenant_id AND m.id = h.message_id
                WHERE h.type = 'accepted'
                UNION ALL
                SELECT r.tenant_id, r.message_id, proof_line(r) FROM raw_receipts r WHERE \(range)
            )
            SELECT tenant_id, message_id,
                   sha256(convert_to('tidings-proof-leaf-1' || E'\\n' || message_id || E'\\n'
                                     || string_agg(line, E'\\n' ORDER BY line COLLATE "C"), 'UTF8')) AS leaf
            FROM lines GROUP BY tenant_id, message_id ORDER BY tenant_id, message_id LIMIT \(most as Int?)
            """)
        return try rows.map {
            Leaf(
                tenantID: try $0.value("tenant_id"), messageID: try $0.value("message_id"), hash: try $0.value("leaf"))
        }
    }

    private static func write(
        _ leaves: [Leaf], _ span: Span, _ signer: ProofSigner, on connection: Connection
    ) throws {
        guard let first = leaves.first else { return }
        _ = try connection.execute(
            """
            INSERT INTO proof_keys (id, public_key) VALUES (\(signer.keyID), \(signer.publicKey)) ON CONFLICT DO NOTHING
            """)
        var tenantID = first.tenantID
        var start = 0
        for index in 0...leaves.count {
            let isEnd = index == leaves.count
            guard isEnd || leaves[index].tenantID != tenantID || index - start == leavesMax else { continue }
            try write(leaves[start..<index], of: tenantID, span, signer, on: connection)
            if !isEnd { (start, tenantID) = (index, leaves[index].tenantID) }
        }
    }

    private static func write(
        _ leaves: ArraySlice<Leaf>, of tenantID: TenantID, _ span: Span, _ signer: ProofSigner, on connection: Connection
    ) throws {
        guard let root = MerkleTree.root(of: leaves.map(\.hash)) else { return }
        let last = try connection.rows(
            """
            SELECT number, text, proof_time(\(span.from)) AS from_time, proof_time(\(span.to)) AS to_time
            FROM (SELECT 1) AS one LEFT JOIN LATERAL (
                SELECT number, text FROM proof_seals WHERE tenant_id = \(tenantID) ORDER BY number DESC LIMIT 1) AS s ON true
            """)
        guard let row = last.first else { throw DatabaseError.decoding("a seal that is not there") }
        let text: String? = try row.value("text")
        let seal = ProofSeal(
            tenantID: tenantID.description, number: (try row.value("number", as: Int64?.self) ?? 0) + 1,
            from: try row.value("from_time"), to: try row.value("to_time"), leaves: leaves.count,
            root: Hexadecimal.encode(root), previous: text.map { SHA256.hex($0) } ?? ProofSeal.nothingBefore,
            keyID: signer.keyID)
        let kept = leaves.flatMap { $0.messageID.bytes + $0.hash }
        _ = try connection.execute(
            """
            INSERT INTO proof_seals (tenant_id, number, from_at, to_at, text, signature, salt, leaves)
            VALUES (\(tenantID), \(seal.number), \(span.from), \(span.to), \(seal.text), \(signer.sign(seal.text)),
                    \(span.salt), \(kept))
            """)
    }
}

extension UUIDValue {
    /// The 16 bytes, the most significant first.
    var bytes: [UInt8] {
        [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) } }
    }
}
