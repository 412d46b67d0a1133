package import Models
package import Postgres

/// One recipient of a broadcast, as it was uploaded.
package struct BroadcastRecipient: Sendable {
    package var written: String
    /// E.164; nil with a problem.
    package var recipient: String?
    package var country: String?
    package var variables: JSONText?
    package var reference: String?
    /// Why it can never be sent to: `{"code":…,"field":…,"detail":…}`.
    package var problem: JSONText?

    package init(
        written: String, recipient: String?, country: String?, variables: JSONText?, reference: String?, problem: JSONText?
    ) {
        self.written = written
        self.recipient = recipient
        self.country = country
        self.variables = variables
        self.reference = reference
        self.problem = problem
    }
}

/// What became of one recipient.
package struct BroadcastResult: Sendable {
    package let position: Int
    package let written: String
    package let reference: String?
    package let problem: JSONText?
    package let messageID: MessageID?
    package let state: MessageState?
    package let errorCode: Int?
}

/// The next recipients of a broadcast whose turn it is.
package struct BroadcastPortion: Sendable {
    package let broadcast: Broadcast
    package let recipients: [(position: Int, recipient: BroadcastRecipient)]
}

extension BroadcastStore {
    private static let insertedMax = 2_000

    package enum Upload: Sendable, Equatable {
        case done(recipients: Int, unusable: Int)
        case notADraft
        case tooMany(max: Int)
    }

    /// Adds recipients to a draft, all or none. Who is in it already is kept once, and the second entry says so.
    ///
    /// - Parameter twice: the problem of such an entry.
    package func add(
        _ recipients: [BroadcastRecipient], to id: BroadcastID, of tenantID: TenantID, twice: JSONText
    ) async throws(DatabaseError) -> Upload {
        try await database.transaction { connection in
            try connection.execute(.actFor(tenantID))
            guard
                let row = try connection.rows(
                    """
                    SELECT b.recipients, least(\(Self.recipientsMax), p.broadcast_recipients_max) AS most
                    FROM broadcasts b JOIN tenants t ON t.id = b.tenant_id JOIN plans p ON p.name = t.plan
                    WHERE b.tenant_id = \(tenantID) AND b.id = \(id) AND b.status = 'draft' FOR UPDATE OF b
                    """
                ).first
            else { return .notADraft }
            let (there, most): (Int, Int) = (try row.value("recipients"), try row.value("most"))
            guard there + recipients.count <= most else { return .tooMany(max: most) }
            var first = 0
            while first < recipients.count {
                let portion = Array(recipients[first..<min(first + Self.insertedMax, recipients.count)])
                try Self.insert(portion, after: there + first, id, tenantID, twice, on: connection)
                first += portion.count
            }
            _ = try connection.execute(
                """
                UPDATE broadcasts
                SET recipients = \(there + recipients.count), updated_at = now(),
                    unusable = (SELECT count(*) FROM broadcast_recipients r
                                WHERE r.tenant_id = \(tenantID) AND r.broadcast_id = \(id) AND r.problem IS NOT NULL)
                WHERE tenant_id = \(tenantID) AND id = \(id)
                """)
            let unusable = try connection.rows(
                "SELECT unusable FROM broadcasts WHERE tenant_id = \(tenantID) AND id = \(id)"
            ).first?.value("unusable", as: Int.self)
            return .done(recipients: there + recipients.count, unusable: unusable ?? 0)
        }
    }

    private static func insert(
        _ recipients: [BroadcastRecipient], after position: Int, _ id: BroadcastID, _ tenantID: TenantID,
        _ twice: JSONText, on connection: Connection
    ) throws {
        let positions = (0..<recipients.count).map { Int32(position + $0 + 1) }
        _ = try connection.execute(
            """
            WITH given AS (
                SELECT * FROM unnest(
                    \(positions), \(recipients.map(\.written)), \(recipients.map(\.recipient)), \(recipients.map(\.country)),
                    \(recipients.map(\.variables)), \(recipients.map(\.reference)), \(recipients.map(\.problem))
                ) AS g (position, written, recipient, country, variables, reference, problem)
            ), known AS (
                SELECT g.*, g.problem IS NULL AND (
                    row_number() OVER (PARTITION BY g.recipient, g.problem IS NULL ORDER BY g.position) > 1
                    OR EXISTS (SELECT FROM broadcast_recipients r
                               WHERE r.tenant_id = \(tenantID) AND r.broadcast_id = \(id) AND r.recipient = g.recipient
                                 AND (r.problem IS NULL OR r.message_id IS NOT NULL))) AS is_second
                FROM given g
            )
            INSERT INTO broadcast_recipients (tenant_id, broadcast_id, position, written, recipient, country, variables,
                                              reference, problem)
            SELECT \(tenantID), \(id), position, written, recipient, country, variables, reference,
                   CASE WHEN is_second THEN \(twice) ELSE problem END
            FROM known
            """)
    }

    /// Forgets the recipients of a draft.
    ///
    /// - Returns: false when there is no such draft.
    package func clear(_ id: BroadcastID, of tenantID: TenantID, by actor: Actor) async throws(DatabaseError) -> Bool {
        let entry = audit(id, tenantID, actor, "cleared")
        return try await database.transaction { connection in
            try connection.execute(.actFor(tenantID))
            let changed = try connection.execute(
                """
                UPDATE broadcasts SET recipients = 0, unusable = 0, updated_at = now()
                WHERE tenant_id = \(tenantID) AND id = \(id) AND status = 'draft'
                """)
            guard changed > 0 else { return false }
            _ = try connection.execute(
                "DELETE FROM broadcast_recipients WHERE tenant_id = \(tenantID) AND broadcast_id = \(id)")
            _ = try connection.execute(entry.insert)
            return true
        }
    }

    /// In their order; those that can never be sent to are left out unless asked for.
    package func recipients(
        of id: BroadcastID, _ tenantID: TenantID, after position: Int, limit: Int
    ) async throws(DatabaseError) -> [(position: Int, recipient: BroadcastRecipient)] {
        let answers = try await database.pipeline([.actFor(tenantID), Self.usable(id, tenantID, after: position, limit)])
        let rows = answers.last ?? []
        return try Connection.decoded { try rows.map(Self.recipient) }
    }

    private static func usable(_ id: BroadcastID, _ tenantID: TenantID, after position: Int, _ limit: Int) -> SQL {
        """
        SELECT position, written, recipient, country, variables, reference FROM broadcast_recipients
        WHERE tenant_id = \(tenantID) AND broadcast_id = \(id) AND position > \(Int32(clamping: position)) AND problem IS NULL
        ORDER BY position LIMIT \(limit)
        """
    }

    private static func recipient(_ row: Row) throws(DatabaseError) -> (position: Int, recipient: BroadcastRecipient) {
        (
            try row.value("position", as: Int.self),
            BroadcastRecipient(
                written: try row.value("written"), recipient: try row.value("recipient"), country: try row.value("country"),
                variables: try row.value("variables"), reference: try row.value("reference"), problem: nil)
        )
    }

    /// Why recipients can never be sent to, and how many of each.
    package func problems(of id: BroadcastID, _ tenantID: TenantID) async throws(DatabaseError) -> [(code: String, count: Int)] {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT problem ->> 'code' AS code, count(*) AS recipients FROM broadcast_recipients
            WHERE tenant_id = \(tenantID) AND broadcast_id = \(id) AND problem IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1
            """,
        ])
        let rows = answers.last ?? []
        return try Connection.decoded {
            try rows.map { (try $0.value("code"), try $0.value("recipients", as: Int.self)) }
        }
    }

    package func results(
        of id: BroadcastID, _ tenantID: TenantID, after position: Int, limit: Int
    ) async throws(DatabaseError) -> [BroadcastResult] {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT r.position, r.written, r.reference, r.problem, r.message_id, s.state, s.error_code
            FROM broadcast_recipients r
            LEFT JOIN message_states s ON s.tenant_id = r.tenant_id AND s.id = r.message_id
            WHERE r.tenant_id = \(tenantID) AND r.broadcast_id = \(id) AND r.position > \(Int32(clamping: position))
            ORDER BY r.position LIMIT \(limit)
            """,
        ])
        let rows = answers.last ?? []
        return try Connection.decoded {
            try rows.map { row in
                BroadcastResult(
                    position: try row.value("position", as: Int.self), written: try row.value("written"),
                    reference: try row.value("reference"), problem: try row.value("problem"),
                    messageID: try row.value("message_id"),
                    state: try row.value("state", as: Int16?.self).flatMap { MessageState(rawValue: $0) },
                    errorCode: try row.value("error_code", as: Int32?.self).map { Int($0) })
            }
        }
    }
}
