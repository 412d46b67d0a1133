package import Models
package import Postgres

/// What events may leave out about somebody whom the tenant has told us of before.
package struct EventContact: Sendable {
    package let number: String?
    package let name: String?
    package let language: String?
}

extension BusinessEventStore {
    package func contacts(
        _ ids: [ContactID], of tenantID: TenantID
    ) async throws(DatabaseError) -> [ContactID: EventContact] {
        let answers = try await pipeline([
            .actFor(tenantID),
            """
            SELECT id, phone, nullif(name, '') AS name, language FROM contacts
            WHERE tenant_id = \(tenantID) AND id = ANY (\(Array(Set(ids))))
            """,
        ])
        var contacts: [ContactID: EventContact] = [:]
        for row in answers.last ?? [] {
            contacts[try row.value("id")] = EventContact(
                number: try row.value("phone"), name: try row.value("name"), language: try row.value("language"))
        }
        return contacts
    }
}
