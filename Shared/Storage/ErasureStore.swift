internal import Crypto
package import Models
package import Postgres
package import Runtime

/// A person who is to be forgotten.
package struct ErasureSubject: Sendable, Hashable {
    /// E.164.
    package var phone: String?
    /// WhatsApp's business-scoped user id.
    package var userID: String?
    package var contactID: ContactID?

    package init(phone: String? = nil, userID: String? = nil, contactID: ContactID? = nil) {
        self.phone = phone
        self.userID = userID
        self.contactID = contactID
    }

    /// The same person asked for twice has the same hash.
    func hash(of tenantID: TenantID) -> [UInt8] {
        SHA256.hash("\(tenantID)|\(phone ?? userID ?? contactID?.description ?? "")")
    }
}

package struct Erasure: Sendable {
    package let id: ErasureID
    package let isDone: Bool
    /// SHA-256 of the tenant's id, "|", and the number, user id or contact's id: proves that somebody was erased.
    package let subjectHash: [UInt8]
    package let keepsOptOut: Bool
    package let requestedAt: Timestamp
    package let doneAt: Timestamp?
    /// {"messages": 12, …}: rows made unreadable or removed, by kind.
    package let result: JSONText?

    static let columns: SQL = "id, status = 'done' AS is_done, subject_hash, keeps_opt_out, requested_at, done_at, result"

    init(_ row: Row) throws(DatabaseError) {
        id = try row.value("id")
        isDone = try row.value("is_done")
        subjectHash = try row.value("subject_hash", as: Bytes.self).bytes
        keepsOptOut = try row.value("keeps_opt_out")
        requestedAt = try row.value("requested_at")
        doneAt = try row.value("done_at")
        result = try row.value("result")
    }
}

/// A tenant's wishes that people be forgotten. As the service's role; retry-scheduler does it.
package struct ErasureStore: Sendable {
    private let database: Database
    private let ids: IDSource

    package init(_ database: Database, ids: IDSource) {
        self.database = database
        self.ids = ids
    }

    /// - Returns: nil when the subject is a contact that the tenant does not have.
    package func request(
        _ subject: ErasureSubject, of tenantID: TenantID, keepsOptOut: Bool, by actor: Actor
    ) async throws(DatabaseError) -> Erasure? {
        let id = ErasureID(ids.uuid())
        let audit = AuditEntry(
            id: ids.uuid(), tenantID: tenantID, actor: actor, action: "erasure.requested", target: "erasure \(id)",
            detail: JSONText(#"{"keeps_opt_out":\#(keepsOptOut)}"#))
        return try await database.transaction { connection in
            _ = try connection.rows(.actFor(tenantID))
            if let contactID = subject.contactID,
                try connection.rows("SELECT 1 FROM contacts WHERE tenant_id = \(tenantID) AND id = \(contactID)").isEmpty
            {
                return nil
            }
            let rows = try connection.rows(
                """
                INSERT INTO erasures (tenant_id, id, phone, user_id, contact_id, subject_hash, keeps_opt_out, requested_by)
                VALUES (\(tenantID), \(id), \(subject.phone as String?), \(subject.userID as String?),
                        \(subject.contactID as ContactID?), \(Bytes(subject.hash(of: tenantID))), \(keepsOptOut), \(actor.name))
                RETURNING \(Erasure.columns)
                """)
            _ = try connection.execute(audit.insert)
            return try rows.first.map { row in try Erasure(row) }
        }
    }

    package func erasure(_ id: ErasureID, of tenantID: TenantID) async throws(DatabaseError) -> Erasure? {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            "SELECT \(Erasure.columns) FROM erasures WHERE tenant_id = \(tenantID) AND id = \(id)",
        ])
        guard let row = answers.last?.first else { return nil }
        return try Erasure(row)
    }

    /// Newest first.
    package func list(
        of tenantID: TenantID, before: ErasureID?, limit: Int
    ) async throws(DatabaseError) -> (erasures: [Erasure], hasMore: Bool) {
        var condition: SQL = "tenant_id = \(tenantID)"
        if let before { condition.append(" AND id < \(before)") }
        let answers = try await database.pipeline([
            .actFor(tenantID),
            "SELECT \(Erasure.columns) FROM erasures WHERE \(condition) ORDER BY id DESC LIMIT \(limit + 1)",
        ])
        var erasures: [Erasure] = []
        for row in answers.last ?? [] { erasures.append(try Erasure(row)) }
        return (Array(erasures.prefix(limit)), erasures.count > limit)
    }
}
