internal import JSON
package import Models
package import Postgres

/// Who calls, and what a tenant owns before it sends: senders and templates.
package struct CatalogStore: Sendable {
    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// - Parameter keyHash: `APIKey.hash` of the key presented.
    /// - Returns: nil for a key that is unknown, revoked or over.
    package func caller(withKeyHash keyHash: [UInt8]) async throws(DatabaseError) -> Caller? {
        let rows = try await database.rows(
            """
            SELECT tenant_id, key_id, scopes, tenant_status, requests_per_second, allowed_origins
            FROM authenticate_api_key(\(Bytes(keyHash)))
            """
        )
        guard let row = rows.first else { return nil }
        return Caller(
            tenantID: try row.value(0),
            actor: .key(try row.value(1)),
            access: Access(words: try row.value(2, as: [String].self)),
            isSuspended: try row.value(3, as: String.self) != "active",
            requestsPerSecond: try row.value(4),
            allowedOrigins: try row.value(5)
        )
    }

    /// The origins of pages that any business lets call.
    package func allowedOrigins() async throws(DatabaseError) -> Set<String> {
        var origins: Set<String> = []
        for row in try await database.rows("SELECT origin FROM allowed_origins_of_all()") {
            origins.insert(try row.value(0))
        }
        return origins
    }

    /// Everything the checks before acceptance need, as of now. Nil when there is no such tenant.
    package func catalog(of tenantID: TenantID) async throws(DatabaseError) -> TenantCatalog? {
        let answers = try await database.run { connection in
            try connection.pipeline([
                .actFor(tenantID),
                """
                SELECT t.default_region, t.expiry_seconds, t.message_kinds, \(ConsentRules.columns)
                FROM tenants t LEFT JOIN consent_settings g ON g.tenant_id = t.id WHERE t.id = \(tenantID)
                """,
                """
                SELECT id, name, status, is_default, display_phone_number, waba_id, provider FROM senders
                WHERE tenant_id = \(tenantID) ORDER BY created_at, id
                """,
                """
                SELECT id, name, language, category, status, parameter_format, components, variable_defaults,
                       provider, account_id
                FROM templates
                WHERE tenant_id = \(tenantID) AND status <> 'DELETED' ORDER BY name, language
                """,
            ])
        }
        guard answers.count == 4, let tenant = answers[1].first else { return nil }
        var senders: [CatalogSender] = []
        for row in answers[2] { senders.append(try CatalogSender(row)) }
        var templates: [CatalogTemplate] = []
        for row in answers[3] { templates.append(try CatalogTemplate(row)) }
        var catalog = TenantCatalog(
            tenantID: tenantID,
            defaultRegion: try tenant.value(0),
            expiry: ExpiryPolicy(tenantJSON: try tenant.value(1)),
            messageKinds: try tenant.value(2),
            senders: senders,
            templates: templates
        )
        catalog.consent = try ConsentRules(tenant)
        return catalog
    }
}

/// Who calls a tenant's API: the holder of a key, or a person for whom a page of ours asks.
package struct Caller: Sendable, Equatable {
    package let tenantID: TenantID
    package let actor: Actor
    package let access: Access
    package let isSuspended: Bool
    /// Of this key, by the plan; nil: the plan does not say.
    package let requestsPerSecond: Int?
    /// Web pages that may call with it: `https://app.example.com`.
    package let allowedOrigins: [String]
    /// Where the person sits, as the page saw it; nil: the request itself tells.
    package let address: String?

    package init(
        tenantID: TenantID, actor: Actor, access: Access, isSuspended: Bool = false, requestsPerSecond: Int? = nil,
        allowedOrigins: [String] = [], address: String? = nil
    ) {
        self.tenantID = tenantID
        self.actor = actor
        self.access = access
        self.isSuspended = isSuspended
        self.requestsPerSecond = requestsPerSecond
        self.allowedOrigins = allowedOrigins
        self.address = address
    }

    package var keyID: APIKeyID? {
        if case .key(let id) = actor { id } else { nil }
    }
}

package struct TenantCatalog: Sendable {
    package let tenantID: TenantID
    package let defaultRegion: String?
    package let expiry: ExpiryPolicy
    /// What messages may be about; nil: anything.
    package let messageKinds: [String]?
    package let senders: [CatalogSender]
    package let templates: [CatalogTemplate]
    package var consent = ConsentRules()
    private let templatesByName: [String: [CatalogTemplate]]

    package init(
        tenantID: TenantID,
        defaultRegion: String?,
        expiry: ExpiryPolicy = .standard,
        messageKinds: [String]? = nil,
        senders: [CatalogSender],
        templates: [CatalogTemplate]
    ) {
        self.tenantID = tenantID
        self.defaultRegion = defaultRegion
        self.expiry = expiry
        self.messageKinds = messageKinds
        self.senders = senders
        self.templates = templates
        templatesByName = Dictionary(grouping: templates, by: \.definition.name)
    }

    /// One for each language and account.
    package func templates(named name: String) -> [CatalogTemplate] { templatesByName[name] ?? [] }

    /// One for each language: what a sender of that account can send.
    package func templates(named name: String, inAccount accountID: String) -> [CatalogTemplate] {
        templates(named: name).filter { $0.accountID == accountID }
    }

    package func sender(_ id: SenderID) -> CatalogSender? { senders.first { $0.id == id } }

    package var defaultSender: CatalogSender? { senders.first(where: \.isDefault) }
}

package struct CatalogSender: Sendable {
    package let id: SenderID
    package let name: String
    package let status: String
    package let isDefault: Bool
    package let displayPhoneNumber: String
    /// Meta's WhatsApp Business Account, or Twilio's account: its templates are the ones this sender can send.
    package let accountID: String
    package let provider: Provider

    package init(
        id: SenderID, name: String, status: String, isDefault: Bool, displayPhoneNumber: String, accountID: String,
        provider: Provider = .meta
    ) {
        self.id = id
        self.name = name
        self.status = status
        self.isDefault = isDefault
        self.displayPhoneNumber = displayPhoneNumber
        self.accountID = accountID
        self.provider = provider
    }

    fileprivate init(_ row: Row) throws(DatabaseError) {
        guard let provider = Provider(rawValue: try row.value(6)) else {
            throw .decoding("a provider that this program does not know")
        }
        self.init(
            id: try row.value(0),
            name: try row.value(1),
            status: try row.value(2),
            isDefault: try row.value(3),
            displayPhoneNumber: try row.value(4),
            accountID: try row.value(5),
            provider: provider
        )
    }
}

package struct CatalogTemplate: Sendable {
    package let id: TemplateID
    package let accountID: String
    package let definition: TemplateDefinition

    package init(id: TemplateID, accountID: String, definition: TemplateDefinition) {
        self.id = id
        self.accountID = accountID
        self.definition = definition
    }

    fileprivate init(_ row: Row) throws(DatabaseError) {
        let components: JSONText = try row.value(6)
        let defaults: JSONText = try row.value(7)
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: components.bytes)
        } catch {
            throw .decoding("templates.components is not JSON")
        }
        self.init(
            id: try row.value(0),
            accountID: try row.value(9),
            definition: TemplateDefinition(
                name: try row.value(1),
                language: try row.value(2),
                category: try row.value(3),
                status: try row.value(4),
                parameterFormat: try row.value(5),
                provider: Provider(rawValue: try row.value(8)) ?? .meta,
                components: document.root,
                defaults: (try? JSONDocument(parsing: defaults.bytes))?.root
            )
        )
    }
}
