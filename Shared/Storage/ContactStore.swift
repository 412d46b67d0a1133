package import Models
package import Postgres

/// A tenant's contacts.
package struct ContactStore: Sendable {
    package static let pageMax = 200

    let database: Database

    /// - Parameter database: the service's role.
    package init(_ database: Database) {
        self.database = database
    }

    /// Newest first.
    package func list(
        of tenantID: TenantID, _ filter: ContactFilter, before: ContactID?, limit: Int
    ) async throws(DatabaseError) -> (contacts: [Contact], hasMore: Bool) {
        try await portion(of: tenantID, filter, before: before, max: max(1, min(limit, Self.pageMax)))
    }

    /// The same without a limit of its own, for files.
    package func portion(
        of tenantID: TenantID, _ filter: ContactFilter, before: ContactID?, max: Int
    ) async throws(DatabaseError) -> (contacts: [Contact], hasMore: Bool) {
        let conditions = filter.conditions(tenantID, before: before)
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT \(Contact.columns), \(StandingConsent.columns)
            FROM (SELECT c.* FROM contacts c WHERE \(conditions.joined(separator: " AND "))
                  ORDER BY c.id DESC LIMIT \(max + 1)) AS c
            LEFT JOIN consents k ON k.tenant_id = c.tenant_id AND k.contact_id = c.id
            ORDER BY c.id DESC, k.category
            """,
        ])
        let contacts = try Contact.read(answers.last ?? [])
        return (Array(contacts.prefix(max)), contacts.count > max)
    }

    /// One contact with what stands in its way and what is open for it.
    package struct Detail: Sendable {
        package let contact: Contact
        package let suppressions: [Suppression]
        /// Senders that may answer this person freely, and until when.
        package let windows: [(senderID: SenderID, openUntil: Timestamp)]
    }

    /// Nil for an id the tenant does not own.
    package func detail(of id: ContactID, tenantID: TenantID) async throws(DatabaseError) -> Detail? {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            Self.contacts([id], tenantID),
            """
            SELECT \(Suppression.columns) FROM contacts c
            CROSS JOIN LATERAL (VALUES (c.phone), (c.user_id)) AS x (address)
            JOIN suppressions s ON s.tenant_id = c.tenant_id AND s.recipient = x.address
            WHERE c.tenant_id = \(tenantID) AND c.id = \(id) AND (s.until IS NULL OR s.until > now())
            ORDER BY s.id
            """,
            """
            SELECT w.sender_id, max(w.open_until) AS open_until FROM contacts c
            CROSS JOIN LATERAL (VALUES (c.phone), (c.user_id)) AS x (address)
            JOIN senders n ON n.tenant_id = c.tenant_id
            JOIN service_windows w ON w.tenant_id = c.tenant_id AND w.sender_id = n.id AND w.recipient = x.address
            WHERE c.tenant_id = \(tenantID) AND c.id = \(id) AND w.open_until > now()
            GROUP BY w.sender_id ORDER BY w.sender_id
            """,
        ])
        guard answers.count == 4, let contact = try Contact.read(answers[1]).first else { return nil }
        return try Connection.decoded {
            Detail(
                contact: contact,
                suppressions: try answers[2].map { try Suppression($0) },
                windows: try answers[3].map {
                    (senderID: try $0.value("sender_id"), openUntil: try $0.value("open_until"))
                })
        }
    }

    /// Those of these ids that the tenant owns.
    package func contacts(
        _ ids: [ContactID], of tenantID: TenantID
    ) async throws(DatabaseError) -> [ContactID: Contact] {
        if ids.isEmpty { return [:] }
        let answers = try await database.pipeline([.actFor(tenantID), Self.contacts(ids, tenantID)])
        var contacts: [ContactID: Contact] = [:]
        for contact in try Contact.read(answers.last ?? []) { contacts[contact.id] = contact }
        return contacts
    }

    /// By the tenant's own ids, for work that names people as the tenant does.
    package func contacts(
        withExternalIDs ids: [String], of tenantID: TenantID
    ) async throws(DatabaseError) -> [String: Contact] {
        if ids.isEmpty { return [:] }
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT \(Contact.columns), \(StandingConsent.columns) FROM contacts c
            LEFT JOIN consents k ON k.tenant_id = c.tenant_id AND k.contact_id = c.id
            WHERE c.tenant_id = \(tenantID) AND c.external_id = ANY (\(ids))
            ORDER BY c.id, k.category
            """,
        ])
        var contacts: [String: Contact] = [:]
        for contact in try Contact.read(answers.last ?? []) {
            if let externalID = contact.externalID { contacts[externalID] = contact }
        }
        return contacts
    }

    /// Its opt-outs stay on the suppression list, and the ledger stays as it is.
    ///
    /// - Returns: false for an id the tenant does not own.
    package func delete(
        _ id: ContactID, of tenantID: TenantID, audit: AuditEntry
    ) async throws(DatabaseError) -> Bool {
        try await database.transaction { connection in
            try connection.execute(.actFor(tenantID))
            let deleted = try connection.execute(
                "DELETE FROM contacts WHERE tenant_id = \(tenantID) AND id = \(id)")
            if deleted > 0 { try connection.execute(audit.insert) }
            return deleted > 0
        }
    }

    static func contacts(_ ids: [ContactID], _ tenantID: TenantID) -> SQL {
        """
        SELECT \(Contact.columns), \(StandingConsent.columns) FROM contacts c
        LEFT JOIN consents k ON k.tenant_id = c.tenant_id AND k.contact_id = c.id
        WHERE c.tenant_id = \(tenantID) AND c.id = ANY (\(ids))
        ORDER BY c.id, k.category
        """
    }
}

extension String {
    /// With the letters that LIKE reads as wildcards taken as they are.
    var likeEscaped: String {
        reduce(into: "") { text, character in
            if character == "%" || character == "_" || character == "\\" { text.append("\\") }
            text.append(character)
        }
    }
}

extension ContactFilter {
    fileprivate func conditions(_ tenantID: TenantID, before: ContactID?) -> [SQL] {
        var conditions: [SQL] = ["c.tenant_id = \(tenantID)"]
        if let before { conditions.append("c.id < \(before)") }
        if let phone { conditions.append("c.phone = \(phone)") }
        if let userID { conditions.append("c.user_id = \(userID)") }
        if let externalID { conditions.append("c.external_id = \(externalID)") }
        if let tag { conditions.append("c.tags @> \([tag])") }
        if let text {
            let pattern = "%" + text.likeEscaped + "%"
            conditions.append(
                "(c.name ILIKE \(pattern) OR c.profile_name ILIKE \(pattern) OR c.username ILIKE \(pattern))")
        }
        if let consent {
            conditions.append(
                """
                EXISTS (SELECT FROM consents f WHERE f.tenant_id = c.tenant_id AND f.contact_id = c.id
                          AND f.category = \(consent.category.stored) AND f.status = \(consent.status.rawValue))
                """)
        }
        return conditions
    }
}
