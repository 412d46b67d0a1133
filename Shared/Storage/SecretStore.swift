package import Crypto
package import Models
package import Postgres
package import Runtime

/// What a secret is for and the row it belongs to: sealed for one purpose, it opens for no other.
package enum SecretPurpose: Hashable, Sendable {
    /// `senders.access_token_sealed`: Meta's access token, Twilio's auth token.
    case accessToken(SenderID)
    /// `senders.app_secret_sealed`: signs the webhooks of the tenant's own Meta app.
    case appSecret(SenderID)
    /// `senders.verify_token_sealed`: the word with which that app's webhook address is registered.
    case verifyToken(SenderID)
    /// Signs what is delivered to an endpoint of the tenant's.
    case callbackSecret(CallbackID)
    /// `alert_destinations.url_sealed`: whoever knows it may write into the tenant's channel.
    case slackWebhook(AlertDestinationID)
    /// `raw_receipts.bytes_sealed` of the receipt with that id: what a provider said about a message.
    case rawReceipt(TenantID, MessageID, UUIDValue)

    /// Authenticated with the secret. No two purposes share one.
    var binding: [UInt8] {
        let text =
            switch self {
            case .accessToken(let id): id.description
            case .appSecret(let id): "senders.app_secret \(id)"
            case .verifyToken(let id): "senders.verify_token \(id)"
            case .callbackSecret(let id): "callbacks.secret \(id)"
            case .slackWebhook(let id): "alert_destinations.url \(id)"
            case .rawReceipt(let tenantID, let messageID, let id): "raw_receipts.bytes \(tenantID) \(messageID) \(id)"
            }
        return Array(text.utf8)
    }
}

/// Secrets at rest: each tenant has a data key, sealed by a master key; each secret is sealed by its tenant's data
/// key and bound to the row and column it belongs to, so that it opens nowhere else.
package struct SecretStore: Sendable {
    private let masterKeys: MasterKeys

    package init(_ masterKeys: MasterKeys) {
        self.masterKeys = masterKeys
    }

    /// A new data key for `tenants.data_key_sealed`.
    package func makeSealedDataKey(for tenantID: TenantID) -> [UInt8] {
        AESGCM.seal(
            randomBytes(AESGCM.keyBytesCount),
            key: masterKeys.current,
            associatedData: Self.bytes(tenantID.description)
        )
    }

    /// - Parameter sealedDataKey: `tenants.data_key_sealed` of this tenant.
    package func seal(
        _ secret: Secret,
        for purpose: SecretPurpose,
        tenantID: TenantID,
        sealedDataKey: [UInt8]
    ) throws(SealError) -> [UInt8] {
        try dataKey(sealedDataKey, of: tenantID).seal(Self.bytes(secret.reveal()), for: purpose)
    }

    package func open(
        _ sealed: [UInt8],
        for purpose: SecretPurpose,
        tenantID: TenantID,
        sealedDataKey: [UInt8]
    ) throws(SealError) -> Secret {
        let opened = try dataKey(sealedDataKey, of: tenantID).open(sealed, for: purpose)
        return Secret(String(decoding: opened, as: UTF8.self))
    }

    /// The same data key under the newest master key; nil when it is under that one already.
    package func resealedDataKey(_ sealed: [UInt8], of tenantID: TenantID) throws(SealError) -> [UInt8]? {
        if try AESGCM.keyID(of: sealed) == masterKeys.current.id { return nil }
        return AESGCM.seal(
            try dataKey(sealed, of: tenantID).bytes,
            key: masterKeys.current,
            associatedData: Self.bytes(tenantID.description)
        )
    }

    /// How every data key under the newest master key begins, for finding those that are under another.
    package var currentDataKeyHead: [UInt8] { AESGCM.head(keyID: masterKeys.current.id) }

    /// Reads and opens the token of one sender. Nil when the tenant has no such sender, or was deleted.
    package func accessToken(
        of senderID: SenderID,
        tenantID: TenantID,
        in database: Database
    ) async throws -> Secret? {
        let answers = try await database.run { connection in
            try connection.pipeline([
                .actFor(tenantID),
                """
                SELECT s.access_token_sealed, t.data_key_sealed
                FROM senders s JOIN tenants t ON t.id = s.tenant_id
                WHERE s.tenant_id = \(tenantID) AND s.id = \(senderID) AND t.data_key_sealed IS NOT NULL
                """,
            ])
        }
        guard let row = answers.last?.first else { return nil }
        return try open(
            try row.value(0),
            for: .accessToken(senderID),
            tenantID: tenantID,
            sealedDataKey: try row.value(1)
        )
    }

    /// What new secrets of this tenant are sealed with. Nil when there is no such tenant, or it was deleted.
    package func sealedDataKey(of tenantID: TenantID, in database: Database) async throws(DatabaseError) -> [UInt8]? {
        let answers = try await database.pipeline([
            .actFor(tenantID), "SELECT data_key_sealed FROM tenants WHERE id = \(tenantID)",
        ])
        return try answers.last?.first?.value(0, as: Bytes?.self)?.bytes
    }

    /// For what is sealed or opened many times in one go.
    ///
    /// - Parameter sealed: `tenants.data_key_sealed` of this tenant.
    package func dataKey(_ sealed: [UInt8], of tenantID: TenantID) throws(SealError) -> DataKey {
        DataKey(bytes: try AESGCM.open(sealed, keys: masterKeys, associatedData: Self.bytes(tenantID.description)))
    }

    /// Of acting tenants, inside the caller's transaction. Who was deleted has none, nor has whose key no master key opens.
    func dataKeys(of tenantIDs: Set<TenantID>, on connection: Connection) throws -> [TenantID: DataKey] {
        var keys: [TenantID: DataKey] = [:]
        for row in try connection.rows(
            """
            SELECT id, data_key_sealed FROM tenants
            WHERE id = ANY (\(tenantIDs.sorted())) AND data_key_sealed IS NOT NULL
            """)
        {
            let (id, sealed): (TenantID, Bytes) = (try row.value("id"), try row.value("data_key_sealed"))
            do { keys[id] = try dataKey(sealed.bytes, of: id) } catch { continue }
        }
        return keys
    }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
}
