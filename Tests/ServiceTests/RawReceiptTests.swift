import Crypto
import EventBus
import Kafka
import Models
import Postgres
import Storage
import TestSupport
import Testing
import WhatsApp

@testable import webhook_receiver

/// What a provider said is kept byte for byte, for those who want that and for nobody else.
@Suite struct RawReceiptTests {
    @Test func onlyABusinessThatWantsItKeepsWhatTheProviderSaid() async throws {
        try await ApplyFixture.with { fixture in
            let tenants = fixture.tenants
            _ = try await tenants.platform.execute(
                "UPDATE tenants SET keeps_raw_receipts = true WHERE id = \(tenants.first.id)")
            let ours = try await tenants.messagesInFlight(2, of: tenants.first)
            let theirs = try await tenants.messagesInFlight(1, of: tenants.second)[0]
            // White space and escapes that no reader would write again.
            let odd = #"{ "id":"wamid.\#(ours[0])","status":"delivered", "timestamp":"\#(fixture.seconds)","x":"a\/[{\"","biz_opaque_callback_data":"v1.\#(ours[0]).1"}"#
            let body = fixture.body([
                ("phone-first", [odd, fixture.status("sent", ours[1])]),
                ("phone-second", [fixture.status("read", theirs)]),
            ])
            for _ in 0..<2 { try await fixture.apply([body]) }
            let rows = try await tenants.platform.rows(
                "SELECT message_id, id, word, bytes_sealed, bytes_hash, delivery_hash FROM raw_receipts ORDER BY word")
            #expect(try rows.map { try $0.value("message_id", as: MessageID.self) } == ours)
            let sealed: [UInt8] = try rows[0].value("bytes_sealed")
            #expect(!String(decoding: sealed, as: UTF8.self).contains("wamid"))
            let key = try await tenants.first.dataKey(in: tenants.platform)
            let purpose = SecretPurpose.rawReceipt(tenants.first.id, ours[0], try rows[0].value("id"))
            #expect(try key.open(sealed, for: purpose) == Array(odd.utf8))
            #expect(try rows[0].value("bytes_hash", as: [UInt8].self) == SHA256.hash(odd))
            #expect(try rows[0].value("delivery_hash", as: [UInt8].self) == SHA256.hash(body))
            // It is part of the proof, word by word.
            let sealer = try Sealer(tenants)
            _ = try await sealer.sealAll()
            let proof = try #require(try await sealer.proof(of: ours[0], tenants.first))
            #expect(proof.parts.contains { part in part.lines.contains { $0.contains(" receipt delivered at ") } })
            #expect(proof.disclosed.contains { $0.what == .receipt && $0.value == odd })
        }
    }

    /// Who erases a business, or a person, erases what their provider said; that it was said can still be proven.
    @Test func withoutItsKeyNobodyReadsWhatWasKept() async throws {
        try await ApplyFixture.with { fixture in
            let tenants = fixture.tenants
            _ = try await tenants.platform.execute(
                "UPDATE tenants SET keeps_raw_receipts = true WHERE id = \(tenants.first.id)")
            let ours = try await tenants.messagesInFlight(3, of: tenants.first)
            // The last one's person is forgotten before the receipt comes.
            _ = try await tenants.platform.execute("UPDATE messages SET recipient = 'redacted' WHERE id = \(ours[2])")
            try await fixture.apply([fixture.body([("phone-first", ours.map { fixture.status("delivered", $0) })])])
            let kept = try await tenants.platform.rows("SELECT bytes_sealed IS NULL FROM raw_receipts ORDER BY message_id")
            #expect(try kept.map { try $0.value(0, as: Bool.self) } == [false, false, true])
            // What was sealed for one receipt says nothing in the place of another.
            _ = try await tenants.platform.execute(
                """
                UPDATE raw_receipts r SET bytes_sealed = o.bytes_sealed FROM raw_receipts o
                WHERE r.message_id = \(ours[1]) AND o.message_id = \(ours[0])
                """)
            let sealer = try Sealer(tenants)
            _ = try await sealer.sealAll()
            func proof(_ id: MessageID) async throws -> (isShown: Bool, hasNote: Bool) {
                let proof = try #require(try await sealer.proof(of: id, tenants.first))
                #expect(proof.parts.contains { part in part.lines.contains { $0.contains(" receipt delivered at ") } })
                return (proof.disclosed.contains { $0.what == .receipt }, proof.notes.contains { $0.contains("cannot be shown") })
            }
            #expect(try await proof(ours[0]) == (true, false))
            #expect(try await proof(ours[1]) == (false, true))
            #expect(try await proof(ours[2]) == (false, true))
            _ = try await tenants.platform.execute(
                "UPDATE tenants SET status = 'deleted', data_key_sealed = NULL WHERE id = \(tenants.first.id)")
            #expect(try await proof(ours[0]) == (false, true))
            // A receipt that comes later is applied like any other.
            try await fixture.apply([fixture.body([("phone-first", [fixture.status("read", ours[0])])])])
            #expect(try await tenants.platform.rows("SELECT FROM message_events WHERE type = 'read'").count == 1)
            #expect(try await tenants.platform.rows("SELECT FROM raw_receipts WHERE word = 'read' AND bytes_sealed IS NOT NULL").isEmpty)
        }
    }

    @Test func theSignatureTravelsWithTheDelivery() throws {
        let record = WebhookRecord(
            provider: "meta", account: "A", receivedAt: Timestamp(microseconds: 1),
            headers: [WebhookRecord.Header("signature", "sha256=00ff")], body: Array("{}".utf8))
        #expect(ReadDelivery(record).signature == "sha256=00ff")
    }

    @Test func slicesAreFoundWhereverTheyStand() {
        let body = #"{"statuses":"no","a":[{"statuses":[{"x":[1,{"statuses":2}],"s":"]}\\\""} , {}]}],"b":{"statuses":[]}}"#
        let slices = MetaStatusSlices.all(in: Array(body.utf8)).map { String(decoding: $0.slice, as: UTF8.self) }
        #expect(slices == [#"{"x":[1,{"statuses":2}],"s":"]}\\\""}"#, "{}"])
    }
}
