import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import ingest_api

/// Messages end before they are sent, or not at all.
@Suite struct CancelTests {
    private static let hello = #"{"to":"+393401234567","type":"text","text":{"body":"Hello"}}"#

    @Test func aQueuedMessageIsCancelledOnceAndStaysCancelled() async throws {
        let api = try await RunningAPI.start()
        let id = try #require(try await api.post("/v1/messages", Self.hello).json["id"]?.string)
        for _ in 0..<2 {
            let answer = try await api.post("/v1/messages/\(id)/cancel")
            #expect(answer.status == 200)
            #expect(answer.json["status"]?.string == "cancelled")
            #expect(answer.json["timeline"]?.elements?.map { $0["type"]?.string } == ["accepted", "cancelled"])
        }
        let due = try await api.tenants.platform.rows("SELECT 1 FROM due_messages")
        #expect(due.isEmpty)
        let counts = try await CountStore(api.tenants.database).messagesInStates(of: api.tenants.first.id)
        #expect(counts.filter { $0.value != 0 } == [.cancelled: 1])
        await api.stop()
    }

    @Test(arguments: [
        (2, "message_in_flight"), (3, "message_in_flight"), (6, "message_sent"), (7, "message_sent"),
        (8, "message_ended"), (9, "message_ended"), (10, "message_ended"), (11, "message_ended"),
    ])
    func whatMayHaveLeftUsIsNotCancelled(state: Int, code: String) async throws {
        let api = try await RunningAPI.start()
        let id = try #require(try await api.post("/v1/messages", Self.hello).json["id"]?.string)
        try await api.force(id, into: state == 11 ? [11] : [2, Int16(state)])
        let answer = try await api.post("/v1/messages/\(id)/cancel")
        #expect(answer.status == 409)
        #expect(answer.json["code"]?.string == code)
        #expect(answer.json["message_status"]?.string == MessageState(rawValue: Int16(state))?.name)
        await api.stop()
    }

    @Test func nobodyCancelsTheMessagesOfOthers() async throws {
        let api = try await RunningAPI.start()
        let id = try #require(try await api.post("/v1/messages", Self.hello).json["id"]?.string)
        let answer = try await api.post("/v1/messages/\(id)/cancel", as: api.tenants.second)
        #expect(answer.status == 404)
        #expect(try await api.get("/v1/messages/\(id)").json["status"]?.string == "queued")
        #expect(try await api.post("/v1/messages/x/cancel").status == 404)
        #expect(try await api.post("/v1/messages/\(id)/cancel?now=1").json["code"]?.string == "parameter_unknown")
        await api.stop()
    }

    @Test func aBatchIsCancelledAsFarAsItHasNotLeft() async throws {
        let api = try await RunningAPI.start()
        let many = Array(repeating: Self.hello, count: 600).joined(separator: ",")
        let accepted = try await api.post("/v1/messages/batch", #"{"messages":[\#(many),{"to":"1"}]}"#)
        let batchID = try #require(accepted.json["batch_id"]?.string)
        let ids = try #require(accepted.json["data"]?.elements).compactMap { $0["id"]?.string }
        try await api.force(ids[0], into: [2])
        try await api.force(ids[1], into: [2, 6])
        let other = try #require(try await api.post("/v1/messages", Self.hello).json["id"]?.string)

        let before = try await api.get("/v1/batches/\(batchID)")
        #expect(before.status == 200)
        #expect(before.json["accepted"]?.integer == 600)
        #expect(before.json["refused"]?.integer == 1)
        #expect(before.json["pending"]?.integer == 599)
        #expect(before.json["messages"]?["queued"]?.integer == 598)

        for address in ["/v1/batches/\(batchID)/cancel", "/v1/batches/x/cancel"] {
            #expect(try await api.post(address, as: api.tenants.second).json["code"]?.string == "batch_not_found")
        }
        #expect(try await api.get("/v1/batches/\(batchID)", as: api.tenants.second).status == 404)

        let answer = try await api.post("/v1/batches/\(batchID)/cancel")
        #expect(answer.status == 200)
        #expect(answer.json["cancelled_now"]?.integer == 598)
        #expect(answer.json["messages"]?["cancelled"]?.integer == 598)
        #expect(answer.json["messages"]?["sending"]?.integer == 1)
        #expect(answer.json["messages"]?["sent"]?.integer == 1)
        #expect(answer.json["messages"]?["queued"] == nil)
        #expect(try await api.get("/v1/messages/\(other)").json["status"]?.string == "queued")
        #expect(try await api.post("/v1/batches/\(batchID)/cancel").json["cancelled_now"]?.integer == 0)
        await api.stop()
    }
}

extension RunningAPI {
    /// Takes a message through states as other services would, without what they write beside.
    func force(_ id: String, into states: [Int16]) async throws {
        let id = try #require(MessageID(id))
        for state in states {
            _ = try await tenants.platform.execute(
                "UPDATE message_states SET state = \(state), changed_at = now() WHERE id = \(id)"
            )
        }
    }
}
