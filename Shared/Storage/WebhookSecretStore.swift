package import Models
package import Postgres
package import Runtime

/// What a tenant's own app signs with at the address of one of its senders.
package struct WebhookSecrets: Sendable {
    package let tenantID: TenantID
    /// Two while one is being replaced.
    package let appSecrets: [Secret]
    package let verifyToken: Secret?
    /// Accounts that nobody but this tenant sends through: the only ones it may speak for.
    package let ownAccounts: [String]
}

package struct WebhookSecretStore: Sendable {
    private let database: Database
    private let secrets: SecretStore

    package init(_ database: Database, _ secrets: SecretStore) {
        self.database = database
        self.secrets = secrets
    }

    /// Nil when nobody has such a sender.
    package func secrets(of senderID: SenderID) async throws -> WebhookSecrets? {
        let rows = try await database.rows(
            """
            SELECT tenant_id, data_key_sealed, app_secret_sealed, previous_app_secret_sealed, verify_token_sealed,
                   own_accounts
            FROM webhook_secrets_of_sender(\(senderID))
            """)
        guard let row = rows.first else { return nil }
        let tenantID: TenantID = try row.value("tenant_id")
        let dataKey = try row.value("data_key_sealed", as: Bytes.self).bytes
        func open(_ column: String, _ purpose: SecretPurpose) throws -> Secret? {
            guard let sealed = try row.value(column, as: Bytes?.self) else { return nil }
            return try secrets.open(sealed.bytes, for: purpose, tenantID: tenantID, sealedDataKey: dataKey)
        }
        let appSecrets = [
            try open("app_secret_sealed", .appSecret(senderID)),
            try open("previous_app_secret_sealed", .appSecret(senderID)),
        ]
        return WebhookSecrets(
            tenantID: tenantID, appSecrets: appSecrets.compactMap { $0 },
            verifyToken: try open("verify_token_sealed", .verifyToken(senderID)),
            ownAccounts: try row.value("own_accounts"))
    }
}
