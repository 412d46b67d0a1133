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
            accessToken: Secret("token"),
            of: senderID,
            tenantID: tenantID,
            sealedDataKey: dataKey
        )
        let opened = try store.openAccessToken(
            sealed,
            of: senderID,
            tenantID: tenantID,
            sealedDataKey: dataKey
        )
        #expect(opened == Secret("token"))
        #expect(throws: SealError.self) {
            try store.openAccessToken(
                sealed,
                of: SenderID(ids.uuid()),
                tenantID: tenantID,
                sealedDataKey: dataKey
            )
        }
        #expect(throws: SealError.self) {
            try store.openAccessToken(
                sealed,
                of: senderID,
                tenantID: TenantID(ids.uuid()),
                sealedDataKey: dataKey
            )
        }
        #expect(throws: SealError.self) {
            try store.openAccessToken(
                sealed,
                of: senderID,
                tenantID: tenantID,
                sealedDataKey: store.makeSealedDataKey(for: tenantID)
            )
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
