package import Models
package import Postgres

/// One person of one business.
package struct Contact: Sendable {
    package let id: ContactID
    /// E.164, "+" included.
    package let phone: String?
    /// WhatsApp's business-scoped user id.
    package let userID: String?
    /// The tenant's own id.
    package let externalID: String?
    package let name: String
    package let profileName: String?
    package let username: String?
    package let language: String?
    /// A JSON object of the tenant's own.
    package let attributes: JSONText
    package let tags: [String]
    package let origin: String
    package let lastInboundAt: Timestamp?
    package let createdAt: Timestamp
    package let updatedAt: Timestamp
    /// By category; what was never said is missing.
    package fileprivate(set) var consents: [StandingConsent] = []

    /// Where messages to this person go; nil: nobody has told us.
    package var recipient: String? { phone ?? userID }

    package var addresses: [String] { [phone, userID].compactMap { $0 } }

    static let columns: SQL = """
        c.id, c.phone, c.user_id, c.external_id, c.name, c.profile_name, c.username, c.language, c.attributes, c.tags,
        c.origin, c.last_inbound_at, c.created_at, c.updated_at
        """

    init(_ row: Row) throws(DatabaseError) {
        id = try row.value("id")
        phone = try row.value("phone")
        userID = try row.value("user_id")
        externalID = try row.value("external_id")
        name = try row.value("name")
        profileName = try row.value("profile_name")
        username = try row.value("username")
        language = try row.value("language")
        attributes = try row.value("attributes")
        tags = try row.value("tags")
        origin = try row.value("origin")
        lastInboundAt = try row.value("last_inbound_at")
        createdAt = try row.value("created_at")
        updatedAt = try row.value("updated_at")
    }

    /// Rows of contacts, each repeated for each of its consents.
    static func read(_ rows: [Row]) throws(DatabaseError) -> [Contact] {
        var contacts: [Contact] = []
        for row in rows {
            let id: ContactID = try row.value("id")
            if contacts.last?.id != id { contacts.append(try Contact(row)) }
            if let consent = try StandingConsent(row) { contacts[contacts.count - 1].consents.append(consent) }
        }
        return contacts
    }
}

/// What holds for one category.
package struct StandingConsent: Sendable, Hashable {
    package let category: TemplateCategory
    package let status: ConsentStatus
    package let source: String
    package let at: Timestamp

    static let columns: SQL = """
        k.category AS consent_category, k.status AS consent_status, k.source AS consent_source, k.at AS consent_at
        """

    /// Nil where a contact has said nothing.
    fileprivate init?(_ row: Row) throws(DatabaseError) {
        guard let category: String = try row.value("consent_category") else { return nil }
        self.category = try TemplateCategory(stored: category)
        status = try ConsentStatus(stored: try row.value("consent_status"))
        source = try row.value("consent_source")
        at = try row.value("consent_at")
    }
}

/// What a tenant says about a person: absent fields say nothing.
package struct ContactDraft: Sendable {
    package var phone: String?
    package var userID: String?
    package var externalID: String?
    package var name: String?
    package var language: String?
    /// A JSON object; a null takes a member away.
    package var attributes: JSONText?
    package var tags: [String]?
    package var consents: [ConsentDraft] = []

    package init() {}
}

/// One thing a person said, as a tenant or a webhook tells it.
package struct ConsentDraft: Sendable {
    package var category: TemplateCategory
    package var status: ConsentStatus
    package var source: String
    package var at: Timestamp
    package var evidence: String?

    package init(
        category: TemplateCategory, status: ConsentStatus, source: String, at: Timestamp, evidence: String? = nil
    ) {
        self.category = category
        self.status = status
        self.source = source
        self.at = at
        self.evidence = evidence
    }
}

extension TemplateCategory {
    /// As tables have it.
    package var stored: String { rawValue.uppercased() }

    init(stored word: String) throws(DatabaseError) {
        guard let category = TemplateCategory(rawValue: word.lowercased()) else {
            throw .decoding("a category that this program does not know")
        }
        self = category
    }
}

extension ConsentStatus {
    init(stored word: String) throws(DatabaseError) {
        guard let status = ConsentStatus(rawValue: word) else {
            throw .decoding("a consent that this program does not know")
        }
        self = status
    }
}
