package import Models
package import Postgres
internal import Runtime

/// What sending through one number needs to know, its token opened.
package struct SenderProfile: Sendable {
    package let tenantID: TenantID
    package let senderID: SenderID
    package let provider: Provider
    /// Meta's id of the number; Twilio's From address.
    package let phoneNumberID: String
    /// The WhatsApp Business Account; Twilio's AccountSid.
    package let accountID: String
    /// Twilio's pool of numbers, if the sender is one.
    package let messagingServiceID: String?
    /// Whose limit on recipients the sender shares.
    package let portfolioID: String
    /// Nil: nobody counts this portfolio's recipients.
    package let portfolioRecipientsMax: Int?
    package let accessToken: String
    /// Paused and disabled senders are not.
    package let isActive: Bool
    package let messagesPerSecond: Int
    package let inFlightMax: Int
    package let pairBurst: Int

    package init(
        tenantID: TenantID, senderID: SenderID, provider: Provider, phoneNumberID: String, accountID: String,
        messagingServiceID: String? = nil, portfolioID: String, portfolioRecipientsMax: Int? = nil,
        accessToken: String, isActive: Bool = true, messagesPerSecond: Int = 80, inFlightMax: Int = 64,
        pairBurst: Int = 45
    ) {
        self.tenantID = tenantID
        self.senderID = senderID
        self.provider = provider
        self.phoneNumberID = phoneNumberID
        self.accountID = accountID
        self.messagingServiceID = messagingServiceID
        self.portfolioID = portfolioID
        self.portfolioRecipientsMax = portfolioRecipientsMax
        self.accessToken = accessToken
        self.isActive = isActive
        self.messagesPerSecond = messagesPerSecond
        self.inFlightMax = inFlightMax
        self.pairBurst = pairBurst
    }
}

package struct SenderStore: Sendable {
    private let database: Database
    private let secrets: SecretStore

    package init(_ database: Database, _ secrets: SecretStore) {
        self.database = database
        self.secrets = secrets
    }

    /// For whoever is told a sender's id by the outside. Nil when nobody has such a sender.
    package func profile(of senderID: SenderID) async throws -> SenderProfile? {
        let rows = try await database.rows("SELECT tenant_of_sender(\(senderID)) AS tenant_id")
        guard let tenantID: TenantID = try rows.first?.value("tenant_id", as: TenantID?.self) else { return nil }
        return try await profile(of: senderID, tenantID: tenantID)
    }

    /// Nil when the tenant has no such sender, or was deleted.
    package func profile(of senderID: SenderID, tenantID: TenantID) async throws -> SenderProfile? {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT s.provider, s.phone_number_id, s.waba_id, s.messaging_service_id, s.access_token_sealed,
                   s.status = 'active' AS is_active, s.messages_per_second, s.in_flight_max, s.pair_burst,
                   portfolio_of(s.portfolio_id, s.waba_id) AS portfolio_id, t.data_key_sealed,
                   (SELECT p.recipients_max FROM portfolios p
                    WHERE p.id = portfolio_of(s.portfolio_id, s.waba_id)) AS recipients_max
            FROM senders s JOIN tenants t ON t.id = s.tenant_id
            WHERE s.tenant_id = \(tenantID) AND s.id = \(senderID) AND t.data_key_sealed IS NOT NULL
            """,
        ])
        guard let row = answers.last?.first else { return nil }
        let token = try secrets.open(
            try row.value("access_token_sealed", as: Bytes.self).bytes, for: .accessToken(senderID), tenantID: tenantID,
            sealedDataKey: try row.value("data_key_sealed", as: Bytes.self).bytes)
        guard let provider = Provider(rawValue: try row.value("provider")) else {
            throw DatabaseError.decoding("a provider that this program does not know")
        }
        return SenderProfile(
            tenantID: tenantID, senderID: senderID, provider: provider, phoneNumberID: try row.value("phone_number_id"),
            accountID: try row.value("waba_id"), messagingServiceID: try row.value("messaging_service_id"),
            portfolioID: try row.value("portfolio_id"),
            portfolioRecipientsMax: try row.value("recipients_max", as: Int32?.self).map { Int($0) },
            accessToken: token.reveal(), isActive: try row.value("is_active"),
            messagesPerSecond: Int(try row.value("messages_per_second", as: Int32.self)),
            inFlightMax: Int(try row.value("in_flight_max", as: Int32.self)),
            pairBurst: Int(try row.value("pair_burst", as: Int16.self)))
    }
}

extension RetryPolicy {
    /// From a tenant's columns `auto_retry_enabled`, `retry_preset`, `max_retries`, `retry_delays_seconds`.
    package init(tenantRow row: Row) throws(DatabaseError) {
        let preset: String = try row.value("retry_preset")
        let delays: [Int32]? = try row.value("retry_delays_seconds")
        self = .of(
            RetryPreset(rawValue: preset) ?? .quick, ownDelays: (delays ?? []).map { .seconds($0) },
            isEnabled: try row.value("auto_retry_enabled"), maxRetries: Int(try row.value("max_retries", as: Int16.self)))
    }
}
