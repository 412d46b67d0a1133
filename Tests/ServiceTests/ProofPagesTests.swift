import Crypto
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import monitor
@testable import tidings

/// Proofs as people and programs get them.
@Suite struct ProofPagesTests {
    @Test func aProofIsHandedOutToItsBusinessAndChecksAgainstThePublishedKey() async throws {
        let site = try await Site.start()
        let id = try await site.accept(site.tenants.first.message(reference: "r-1"))
        let store = SealStore(site.tenants.platform, signer: try site.signer())
        _ = try await site.tenants.platform.execute("UPDATE proof_progress SET safe_until = clock_timestamp()")
        #expect(try await store.sealNext(.seconds(86_400)) == .sealed(messages: 1))
        let cookie = try await site.signIn(site.tenants.first)
        let published = try await site.get("/.well-known/tidings-proof-key.json", nil)
        let key = try #require(try published.json()["keys"]?.elements?.first?["public_key"]?.string)
        let hidden = try await site.get("/v1/messages/\(id)/proof", cookie)
        #expect(hidden.status == 200 && !hidden.text.contains("+393401234567"))
        let shown = try await site.get("/v1/messages/\(id)/proof?show=all", nil, key: site.tenants.first.key)
        #expect(shown.text.contains("+393401234567") && shown.text.contains("Hello"))
        for proof in [hidden, shown] {
            let script = try await Sealer.script(proof.response.body, key: key)
            #expect(script.isValid, "\(script.said)")
        }
        let page = try await site.get("/dashboard/whatsapp-logs/\(id)/proof?show=recipient", cookie)
        #expect(page.status == 200 && page.text.contains("event accepted") && page.text.contains("+393401234567"))
        #expect(!page.text.contains(" style=") && !page.text.contains("Hello"))
        let seals = try await site.get("/v1/proofs/seals", cookie).rows()
        #expect(seals.compactMap { $0["text"]?.string.flatMap { ProofSeal(text: $0) }?.number } == [1])
        // What has just happened has no seal yet, and says so.
        let late = try await site.accept(site.tenants.first.message())
        let unsealed = try await site.get("/v1/messages/\(late)/proof", cookie).json()
        #expect(unsealed["parts"]?.elements?.isEmpty == true && unsealed["unsealed"]?.elements?.isEmpty == false)
        #expect(throws: ProofVerifier.Refused.self) {
            try ProofVerifier(keys: [try site.signer().publicKey]).verify(unsealed.serialized())
        }
        let other = try await site.signIn(site.tenants.second)
        for path in ["/v1/messages/\(id)/proof", "/dashboard/whatsapp-logs/\(id)/proof"] {
            #expect(try await site.get(path, other).status == 404)
        }
        #expect(try await site.get("/v1/messages/\(id)/proof", nil).status == 401)
        await site.stop()
    }
}

extension Site {
    /// As monitor makes it where no key is set.
    fileprivate func signer() throws -> ProofSigner {
        ProofSigner(derivedFrom: try MasterKeys(parsing: TestTenant.masterKeysText))
    }
}
