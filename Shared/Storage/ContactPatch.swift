internal import JSON
package import Models
package import Postgres

/// One field of a change: left as it is, or set, nil taking the value away.
package enum FieldChange<Value: Sendable>: Sendable {
    case keep
    case set(Value?)
}

/// What a PATCH asks for.
package struct ContactPatch: Sendable {
    package var phone = FieldChange<String>.keep
    package var userID = FieldChange<String>.keep
    package var externalID = FieldChange<String>.keep
    package var name = FieldChange<String>.keep
    package var language = FieldChange<String>.keep
    package var tags = FieldChange<[String]>.keep
    /// Laid over those that are there; a null member takes one away.
    package var attributes = FieldChange<JSONText>.keep

    package init() {}

    fileprivate var assignments: [SQL] {
        var assignments: [SQL] = ["updated_at = now()"]
        if case .set(let value) = phone { assignments.append("phone = \(value as String?)") }
        if case .set(let value) = userID { assignments.append("user_id = \(value as String?)") }
        if case .set(let value) = externalID { assignments.append("external_id = \(value as String?)") }
        if case .set(let value) = name { assignments.append("name = \(value ?? "")") }
        if case .set(let value) = language { assignments.append("language = \(value as String?)") }
        if case .set(let value) = tags { assignments.append("tags = \(value ?? [])") }
        switch attributes {
        case .keep: break
        case .set(nil): assignments.append("attributes = '{}'")
        case .set(.some(let value)):
            assignments.append("attributes = jsonb_strip_nulls(c.attributes || \(value))")
        }
        return assignments
    }
}

package enum ContactPatchOutcome: Sendable {
    case changed
    case notFound
    /// Another contact has that phone, user id or external id.
    case taken
    /// Nothing would be left to know the person by.
    case nameless
}

extension ContactStore {
    package func change(
        _ id: ContactID, of tenantID: TenantID, _ patch: ContactPatch, audit: AuditEntry
    ) async throws(DatabaseError) -> ContactPatchOutcome {
        do {
            return try await database.transaction { connection in
                try connection.execute(.actFor(tenantID))
                let changed = try connection.execute(
                    """
                    UPDATE contacts c SET \(patch.assignments.joined(separator: ", "))
                    WHERE c.tenant_id = \(tenantID) AND c.id = \(id)
                    """)
                guard changed > 0 else { return .notFound }
                try connection.execute(ConsentStatements.followAddresses(of: [id], tenantID))
                try connection.execute(audit.insert)
                return .changed
            }
        } catch DatabaseError.unique {
            return .taken
        } catch DatabaseError.check {
            return .nameless
        }
    }
}

extension JSONText {
    init(tags: [String]) {
        var writer = JSONWriter()
        writer.array { list in
            for tag in tags { list.string(tag) }
        }
        self.init(writer.bytes)
    }
}
