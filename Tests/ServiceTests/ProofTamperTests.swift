import Crypto
import Foundation
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import tidings

/// A proof convinces whoever has the key, and nothing in it can be changed: `tidings verify-proof` and the script that
/// third parties run agree.
@Suite struct ProofTamperTests {
    /// Parts of a parsed document.
    private typealias Document = [String: Any]

    /// A message with two seals of its own and one between them, with everything shown.
    private struct World {
        let document: [UInt8]
        let other: Document
        let signer: ProofSigner
        var key: String { Base64.encode(signer.publicKey) }

        static func make() async throws -> World {
            let tenants = try await TwoTenants.make()
            let sealer = try Sealer(tenants)
            let ids = try await tenants.messagesInFlight(5, of: tenants.first)
            _ = try await sealer.sealAll()
            try await Self.record("delivered", ids[1], tenants)
            _ = try await sealer.sealAll()
            try await Self.record("delivered", ids[2], tenants)
            try await Self.receive(ids[2], tenants)
            _ = try await sealer.sealAll()
            let proof = try #require(try await sealer.proof(of: ids[2], tenants.first))
            let other = try #require(try await sealer.proof(of: ids[1], tenants.first))
            #expect(proof.parts.map(\.seal) == [1, 3] && proof.seals.count == 3)
            await tenants.stop()
            return World(document: bytes(proof), other: try parsed(bytes(other)), signer: sealer.signer)
        }

        private static func record(_ type: String, _ id: MessageID, _ tenants: TwoTenants) async throws {
            _ = try await tenants.platform.execute(
                """
                INSERT INTO message_events (tenant_id, message_id, at, recorded_at, type, attempt, detail)
                VALUES (\(tenants.first.id), \(id), now(), now(), \(type), 1, '{"pricing": {"billable": true}}')
                """)
        }

        private static func receive(_ id: MessageID, _ tenants: TwoTenants) async throws {
            let said = Array(#"{"id":"wamid.1","status":"delivered","recipient_id":"393401234567"}"#.utf8)
            let receiptID = IDSource().uuid()
            let sealed = try await tenants.first.dataKey(in: tenants.platform)
                .seal(said, for: .rawReceipt(tenants.first.id, id, receiptID))
            _ = try await tenants.platform.execute(
                """
                INSERT INTO raw_receipts (tenant_id, message_id, id, provider, provider_message_id, word, at, bytes_sealed, bytes_hash,
                                          delivery_hash, signature, verified_at)
                VALUES (\(tenants.first.id), \(id), \(receiptID), 'meta', 'wamid.1', 'delivered', now(), \(sealed),
                        \(SHA256.hash(said)), \(SHA256.hash("all of it")), 'sha256=00', now())
                """)
        }

        static func bytes(_ proof: DeliveryProof) -> [UInt8] {
            var writer = JSONWriter()
            writer.object { proof.write(into: &$0) }
            return writer.bytes
        }
    }

    private static func parsed(_ bytes: [UInt8]) throws -> Document {
        try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? Document)
    }

    @Test func aProofConvincesWhoeverHasTheKey() async throws {
        let world = try await World.make()
        let verified = try ProofVerifier(keys: [world.signer.publicKey]).verify(world.document)
        #expect(verified.lines.count == 5)
        for key in [world.key, Ed25519.pem(ofPublicKey: world.signer.publicKey), nil] {
            let path = key.flatMap { $0.hasPrefix("-----") ? NSTemporaryDirectory() + "key-\(UUID().uuidString).pem" : nil }
            if let path, let key { try key.write(toFile: path, atomically: true, encoding: .utf8) }
            let script = try await Sealer.script(world.document, key: path ?? key)
            #expect(script.isValid, "\(script.said)")
            #expect(script.said.contains("event delivered"))
            #expect(script.said.contains("taken from the proof itself") == (key == nil))
        }
    }

    @Test func whateverIsChangedIsRefused() async throws {
        let world = try await World.make()
        for (name, change) in Self.changes(world) {
            var document = try Self.parsed(world.document)
            try change(&document)
            let bytes = Array(try JSONSerialization.data(withJSONObject: document))
            #expect(bytes != world.document)
            #expect(throws: ProofVerifier.Refused.self, "\(name)") {
                try ProofVerifier(keys: [world.signer.publicKey]).verify(bytes)
            }
            let script = try await Sealer.script(bytes, key: world.key)
            #expect(!script.isValid && script.said.contains("REFUSED"), "\(name): \(script.said)")
        }
    }

    /// A forger who has no key, one by one.
    private static func changes(_ world: World) -> [(String, (inout Document) throws -> Void)] {
        [
            ("a changed event", { $0.part(0) { $0.lines { $0[0] = $0[0].replacing("event", with: "event_") } } }),
            ("a changed attempt", { $0.part(0) { $0.lines { $0 = $0.map { $0.replacing(" attempt 1", with: " attempt 2") } } } }),
            ("a missing event", { $0.part(0) { $0.lines { $0.removeLast() } } }),
            ("a missing part", { $0.list("parts") { $0.removeLast() } }),
            ("the wrong order", { $0.part(0) { $0.lines { $0.reverse() } } }),
            ("an event too many", { $0.part(1) { $0.lines { $0.append($0[0].replacing("delivered", with: "read")) } } }),
            ("a forged seal", { $0.seal(0) { $0["text"] = ($0["text"] as? String ?? "").replacing("leaves 5", with: "leaves 4") } }),
            ("a missing seal", { $0.list("seals") { $0.remove(at: 0) } }),
            ("seals in another order", { $0.list("seals") { $0.swapAt(0, 1) } }),
            ("another's signature", { $0.seal(0) { $0["signature"] = Base64.encode([UInt8](repeating: 7, count: 64)) } }),
            (
                "another key",
                { document in
                    let forger = try #require(ProofSigner(seed: SHA256.hash("forger")))
                    let text = ((document["statement"] as? Document)?["text"] as? String ?? "")
                        .replacing(world.signer.keyID, with: forger.keyID)
                    document["statement"] = ["text": text, "signature": Base64.encode(forger.sign(text))]
                    document["keys"] = [["id": forger.keyID, "public_key": Base64.encode(forger.publicKey)]]
                }
            ),
            ("a swapped receipt", { $0.disclosed("receipt") { $0["value"] = ($0["value"] as? String ?? "").replacing("delivered", with: "read") } }),
            ("another number", { $0.disclosed("recipient") { $0["value"] = "+393409999999" } }),
            ("another text", { $0.disclosed("content") { $0["value"] = #"{"body": "Goodbye"}"# } }),
            ("a changed detail", { $0.disclosed("detail") { $0["value"] = #"{"pricing": {"billable": false}}"# } }),
            ("a wrong path", { $0.part(0) { $0["path"] = [[String: String]]() } }),
            ("another message", { $0["message_id"] = world.other["message_id"] }),
            ("another's parts", { $0["parts"] = world.other["parts"] }),
            ("another's statement", { $0["statement"] = world.other["statement"] }),
            ("no statement", { $0["statement"] = nil }),
        ]
    }
}

extension [String: Any] {
    fileprivate mutating func list(_ name: String, _ change: (inout [Any]) -> Void) {
        var list = self[name] as? [Any] ?? []
        change(&list)
        self[name] = list
    }

    fileprivate mutating func part(_ index: Int, _ change: (inout [String: Any]) -> Void) {
        list("parts") { Self.change(&$0, index, change) }
    }

    fileprivate mutating func seal(_ index: Int, _ change: (inout [String: Any]) -> Void) {
        list("seals") { Self.change(&$0, index, change) }
    }

    fileprivate mutating func disclosed(_ what: String, _ change: (inout [String: Any]) -> Void) {
        list("disclosed") { list in
            let index = list.firstIndex { ($0 as? [String: Any])?["what"] as? String == what } ?? 0
            Self.change(&list, index, change)
        }
    }

    fileprivate mutating func lines(_ change: (inout [String]) -> Void) {
        var lines = self["lines"] as? [String] ?? []
        change(&lines)
        self["lines"] = lines
    }

    private static func change(_ list: inout [Any], _ index: Int, _ change: (inout [String: Any]) -> Void) {
        var one = list[index] as? [String: Any] ?? [:]
        change(&one)
        list[index] = one
    }
}
