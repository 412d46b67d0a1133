internal import Crypto
package import Models
package import Postgres
package import Runtime

/// Puts a whole tenant in place in one transaction, again and again with the same result. Platform role.
package struct TenantSetupStore: Sendable {
    private let database: Database
    private let secrets: SecretStore

    package init(_ database: Database, _ secrets: SecretStore) {
        self.database = database
        self.secrets = secrets
    }

    /// What exists is brought to what is asked for; the tenant's data key and other API keys stay.
    ///
    /// - Returns: the tenant's id, which is another than asked for when the slug was taken before.
    package func apply(_ setup: TenantSetup) async throws(DatabaseError) -> TenantID {
        let secrets = secrets
        return try await database.transaction { connection in
            let tenantID = try Self.tenant(setup, secrets, on: connection)
            try Self.sender(setup.sender, of: tenantID, secrets, on: connection)
            for template in setup.templates {
                try Self.template(template, of: tenantID, in: setup.sender, on: connection)
            }
            _ = try connection.execute(
                """
                INSERT INTO api_keys (tenant_id, id, name, prefix, hash, scopes)
                VALUES (\(tenantID), \(setup.keyID), \(setup.keyName), \(setup.key.prefix), \(Bytes(setup.key.hash)),
                        \(Area.allCases.map(\.rawValue)))
                ON CONFLICT (tenant_id, id) DO UPDATE SET scopes = excluded.scopes
                """
            )
            return tenantID
        }
    }

    /// One more sender of a tenant that exists, or an existing one brought to what is asked for.
    ///
    /// - Parameter templates: of the account that it sends through.
    package func apply(
        _ sender: SenderSetup, of tenantID: TenantID, templates: [TemplateSetup] = []
    ) async throws(DatabaseError) {
        let secrets = secrets
        try await database.transaction { connection in
            try Self.sender(sender, of: tenantID, secrets, on: connection)
            for template in templates { try Self.template(template, of: tenantID, in: sender, on: connection) }
        }
    }

    private static func tenant(
        _ setup: TenantSetup,
        _ secrets: SecretStore,
        on connection: Connection
    ) throws -> TenantID {
        _ = try connection.execute(
            """
            INSERT INTO tenants (id, slug, name, default_region, time_zone, data_key_sealed)
            VALUES (\(setup.id), \(setup.slug), \(setup.name), \(setup.defaultRegion as String?), \(setup.timeZone),
                    \(Bytes(secrets.makeSealedDataKey(for: setup.id))))
            ON CONFLICT (slug) DO NOTHING
            """
        )
        let rows = try connection.rows("SELECT id FROM tenants WHERE slug = \(setup.slug)")
        guard let row = rows.first else {
            throw DatabaseError.decoding("the tenant vanished while it was made")
        }
        return try row.value(0)
    }

    private static func sender(
        _ sender: SenderSetup,
        of tenantID: TenantID,
        _ secrets: SecretStore,
        on connection: Connection
    ) throws {
        let rows = try connection.rows("SELECT data_key_sealed FROM tenants WHERE id = \(tenantID)")
        guard let row = rows.first else {
            throw DatabaseError.decoding("the tenant vanished while it was made")
        }
        let token = try secrets.seal(
            sender.accessToken,
            for: .accessToken(sender.id),
            tenantID: tenantID,
            sealedDataKey: try row.value(0)
        )
        _ = try connection.execute(
            """
            INSERT INTO senders (tenant_id, id, name, provider, is_default, display_phone_number, phone_number_id, waba_id,
                                 access_token_sealed, messaging_service_id)
            VALUES (\(tenantID), \(sender.id), \(sender.name), \(sender.provider.rawValue), \(sender.isDefault),
                    \(sender.displayPhoneNumber), \(sender.phoneNumberID), \(sender.accountID), \(Bytes(token)),
                    \(sender.messagingServiceID as String?))
            ON CONFLICT (tenant_id, id) DO UPDATE SET
                name = excluded.name, display_phone_number = excluded.display_phone_number,
                phone_number_id = excluded.phone_number_id, waba_id = excluded.waba_id,
                access_token_sealed = excluded.access_token_sealed,
                messaging_service_id = excluded.messaging_service_id
            """
        )
    }

    private static func template(
        _ template: TemplateSetup,
        of tenantID: TenantID,
        in sender: SenderSetup,
        on connection: Connection
    ) throws {
        _ = try connection.execute(
            """
            INSERT INTO templates
                (tenant_id, id, provider, account_id, name, language, category, status, parameter_format, components,
                 variable_defaults, provider_template_id)
            VALUES (\(tenantID), \(template.id), \(sender.provider.rawValue), \(sender.accountID), \(template.name), \(template.language), \(template.category),
                    \(template.status), \(template.parameterFormat), \(template.components),
                    \(template.defaults), \(template.providerTemplateID as String?))
            ON CONFLICT (tenant_id, account_id, name, language) WHERE status <> 'DELETED' DO UPDATE SET
                category = excluded.category, status = excluded.status,
                parameter_format = excluded.parameter_format, components = excluded.components,
                variable_defaults = excluded.variable_defaults,
                provider_template_id = excluded.provider_template_id, updated_at = now()
            """
        )
    }
}

package struct TenantSetup: Sendable {
    package var id: TenantID
    package var slug: String
    package var name: String
    package var defaultRegion: String?
    package var timeZone: String
    package var sender: SenderSetup
    package var templates: [TemplateSetup]
    package var key: APIKey
    package var keyID: APIKeyID
    package var keyName: String

    package init(
        id: TenantID,
        slug: String,
        name: String,
        defaultRegion: String? = nil,
        timeZone: String = "UTC",
        sender: SenderSetup,
        templates: [TemplateSetup],
        key: APIKey,
        keyID: APIKeyID,
        keyName: String
    ) {
        self.id = id
        self.slug = slug
        self.name = name
        self.defaultRegion = defaultRegion
        self.timeZone = timeZone
        self.sender = sender
        self.templates = templates
        self.key = key
        self.keyID = keyID
        self.keyName = keyName
    }
}

package struct SenderSetup: Sendable {
    package var id: SenderID
    package var name: String
    package var displayPhoneNumber: String
    /// Meta's id of the sending number; Twilio's From address.
    package var phoneNumberID: String
    /// Meta's id of the WhatsApp Business Account; Twilio's AccountSid.
    package var accountID: String
    /// Meta's access token; Twilio's auth token.
    package var accessToken: Secret
    package var provider = Provider.meta
    package var isDefault = true
    /// Twilio's `MG…`, when the sender is a pool.
    package var messagingServiceID: String?

    package init(
        id: SenderID,
        name: String,
        displayPhoneNumber: String,
        phoneNumberID: String,
        accountID: String,
        accessToken: Secret
    ) {
        self.id = id
        self.name = name
        self.displayPhoneNumber = displayPhoneNumber
        self.phoneNumberID = phoneNumberID
        self.accountID = accountID
        self.accessToken = accessToken
    }
}

package struct TemplateSetup: Sendable {
    package var id: TemplateID
    package var name: String
    package var language: String
    /// As Meta writes it: `UTILITY`.
    package var category: String
    package var status: String
    /// `NAMED` or `POSITIONAL`.
    package var parameterFormat: String
    package var components: JSONText
    /// Texts for body variables that a message may leave out.
    package var defaults: JSONText
    /// Twilio's ContentSid.
    package var providerTemplateID: String?

    package init(
        id: TemplateID,
        name: String,
        language: String = "en",
        category: String,
        status: String = "APPROVED",
        parameterFormat: String = "NAMED",
        components: JSONText,
        defaults: JSONText = JSONText("{}"),
        providerTemplateID: String? = nil
    ) {
        self.id = id
        self.name = name
        self.language = language
        self.category = category
        self.status = status
        self.parameterFormat = parameterFormat
        self.components = components
        self.defaults = defaults
        self.providerTemplateID = providerTemplateID
    }
}
