package import Crypto
package import Models
package import Postgres
package import Runtime

/// Secrets at rest: each tenant has a data key, sealed by a master key; each secret is sealed by its tenant's data
/// key and bound to the row it belongs to, so that it opens nowhere else.
package struct SecretStore: Sendable {
    /// The id under which a tenant's first data key seals.
    private static let dataKeyID = "t1"
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

    /// For `senders.access_token_sealed`.
    package func seal(
        accessToken: Secret,
        of senderID: SenderID,
        tenantID: TenantID,
        sealedDataKey: [UInt8]
    ) throws(SealError) -> [UInt8] {
        AESGCM.seal(
            Self.bytes(accessToken.reveal()),
            key: try openDataKey(sealedDataKey, of: tenantID),
            keyID: Self.dataKeyID,
            associatedData: Self.bytes(senderID.description)
        )
    }

    package func openAccessToken(
        _ sealed: [UInt8],
        of senderID: SenderID,
        tenantID: TenantID,
        sealedDataKey: [UInt8]
    ) throws(SealError) -> Secret {
        let opened = try AESGCM.open(
            sealed,
            key: try openDataKey(sealedDataKey, of: tenantID),
            keyID: Self.dataKeyID,
            associatedData: Self.bytes(senderID.description)
        )
        return Secret(String(decoding: opened, as: UTF8.self))
    }

    /// Reads and opens the token of one sender. Nil when the tenant has no such sender.
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
                WHERE s.tenant_id = \(tenantID) AND s.id = \(senderID)
                """,
            ])
        }
        guard let row = answers.last?.first else { return nil }
        return try openAccessToken(
            try row.value(0),
            of: senderID,
            tenantID: tenantID,
            sealedDataKey: try row.value(1)
        )
    }

    private func openDataKey(_ sealed: [UInt8], of tenantID: TenantID) throws(SealError) -> [UInt8] {
        try AESGCM.open(sealed, keys: masterKeys, associatedData: Self.bytes(tenantID.description))
    }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
}
