import Crypto
import Models
import Runtime
import Storage
import TestSupport
import Testing

@Suite struct SecretStoreTests {
    @Test func aTokenOpensForItsOwnSenderAndTenantOnly() throws {
        let store = try TestTenant.secrets()
        let ids = IDSource()
        let (tenantID, senderID) = (TenantID(ids.uuid()), SenderID(ids.uuid()))
        let dataKey = store.makeSealedDataKey(for: tenantID)
        let sealed = try store.seal(
            Secret("token"),
            for: .accessToken(senderID),
            tenantID: tenantID,
            sealedDataKey: dataKey
        )
        let opened = try store.open(
            sealed,
            for: .accessToken(senderID),
            tenantID: tenantID,
            sealedDataKey: dataKey
        )
        #expect(opened == Secret("token"))
        #expect(throws: SealError.self) {
            try store.open(
                sealed,
                for: .accessToken(SenderID(ids.uuid())),
                tenantID: tenantID,
                sealedDataKey: dataKey
            )
        }
        #expect(throws: SealError.self) {
            try store.open(
                sealed,
                for: .accessToken(senderID),
                tenantID: TenantID(ids.uuid()),
                sealedDataKey: dataKey
            )
        }
        #expect(throws: SealError.self) {
            try store.open(
                sealed,
                for: .accessToken(senderID),
                tenantID: tenantID,
                sealedDataKey: store.makeSealedDataKey(for: tenantID)
            )
        }
    }

    @Test func aSecretOpensForItsOwnColumnOnly() throws {
        let store = try TestTenant.secrets()
        let ids = IDSource()
        let tenantID = TenantID(ids.uuid())
        let id = ids.uuid()
        let dataKey = store.makeSealedDataKey(for: tenantID)
        let purposes: [SecretPurpose] = [
            .accessToken(SenderID(id)), .appSecret(SenderID(id)), .verifyToken(SenderID(id)),
            .callbackSecret(CallbackID(id)), .slackWebhook(AlertDestinationID(id)),
            .rawReceipt(tenantID, MessageID(id), id), .rawReceipt(tenantID, MessageID(IDSource().uuid()), id),
        ]
        for purpose in purposes {
            let sealed = try store.seal(Secret("s"), for: purpose, tenantID: tenantID, sealedDataKey: dataKey)
            for other in purposes {
                let opened = try? store.open(sealed, for: other, tenantID: tenantID, sealedDataKey: dataKey)
                #expect(opened == (other == purpose ? Secret("s") : nil))
            }
        }
    }

    @Test func aDataKeyGoesUnderTheNewestMasterKeyAndOpensWhatItSealed() throws {
        let old = "old:" + Base64.encode([UInt8](repeating: 1, count: 32))
        let new = "new:" + Base64.encode([UInt8](repeating: 2, count: 32))
        let ids = IDSource()
        let (tenantID, purpose) = (TenantID(ids.uuid()), SecretPurpose.accessToken(SenderID(ids.uuid())))
        let before = SecretStore(try MasterKeys(parsing: old))
        let dataKey = before.makeSealedDataKey(for: tenantID)
        let sealed = try before.seal(Secret("token"), for: purpose, tenantID: tenantID, sealedDataKey: dataKey)
        #expect(try before.resealedDataKey(dataKey, of: tenantID) == nil)

        let during = SecretStore(try MasterKeys(parsing: new + "," + old))
        let resealed = try #require(try during.resealedDataKey(dataKey, of: tenantID))
        #expect(resealed.starts(with: during.currentDataKeyHead))
        #expect(!dataKey.starts(with: during.currentDataKeyHead))

        let after = SecretStore(try MasterKeys(parsing: new))
        #expect(try after.open(sealed, for: purpose, tenantID: tenantID, sealedDataKey: resealed) == Secret("token"))
        #expect(throws: SealError.wrongKey(needed: "old")) {
            try after.open(sealed, for: purpose, tenantID: tenantID, sealedDataKey: dataKey)
        }
    }

    @Test func aTokenIsReadFromItsRowAndOpened() async throws {
        let tenants = try await TwoTenants.make()
        let token = try await TestTenant.secrets().accessToken(
            of: tenants.first.senderID,
            tenantID: tenants.first.id,
            in: tenants.database
        )
        #expect(token == Secret(TestTenant.accessToken + "first"))
        await tenants.stop()
    }

    @Test func aKeyReadsBackAndShowsOnlyItsBeginning() throws {
        let key = APIKey.make()
        let text = key.secret.reveal()
        let read = try #require(APIKey(text))
        #expect(read.hash == key.hash)
        #expect(read.prefix == key.prefix)
        #expect(text.utf8.count == 56)
        #expect(text.hasPrefix(key.prefix + "_"))
        for wrong in [
            "", "tdg_", text + "x", String(text.dropLast()), "abc" + text.dropFirst(3),
            text.replacing("_", with: " "),
        ] {
            #expect(APIKey(wrong) == nil)
        }
    }
}
