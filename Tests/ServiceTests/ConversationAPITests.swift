import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import ingest_api

/// Conversations, what customers wrote and what agents log, over HTTP.
@Suite struct ConversationAPITests {
    /// As the webhook receiver does it.
    private static func write(_ text: String, _ id: String, _ api: RunningAPI, secondsAgo: Int64 = 0) async throws {
        let tenant = api.tenants.first
        let now = SystemClock.now()
        let message = InboundMessage(
            owner: SenderOwner(tenantID: tenant.id, senderID: tenant.senderID), providerMessageID: id,
            fromNumber: "393401234567", fromUserID: nil, type: "text",
            content: Array(#"{"text":{"body":"\#(text)"}}"#.utf8), sentAt: now + .seconds(-secondsAgo), receivedAt: now)
        var batch = InboundBatch()
        batch.messages = [message]
        try await InboundStore(api.tenants.database).write(batch)
        var news = PeopleNews()
        let person = try #require(NamedPerson(number: "393401234567", userID: nil, profileName: "Ada"))
        news.written = [PeopleNews.Written(message: message, person: person, wish: nil)]
        try await InboundContactStore(api.tenants.database).take(news, stopCategories: [:])
    }

    private static func conversation(_ api: RunningAPI) async throws -> String {
        let list = try await api.get("/v1/conversations?status=open")
        return try #require(list.json["data"]?.elements?.first?["id"]?.string)
    }

    @Test func bothSidesOfAConversationAreReadTogether() async throws {
        try await RunningAPI.with { api in
            try await Self.write("Hello", "w1", api, secondsAgo: 60)
            let sent = try await api.post(
                "/v1/messages", #"{"to":"+393401234567","type":"text","text":{"body":"Hi Ada"}}"#)
            #expect(sent.status == 202)
            try await Self.write("Thanks", "w2", api)
            let id = try await Self.conversation(api)
            let one = try await api.get("/v1/conversations/\(id)")
            #expect(one.json["name"]?.string == "Ada" && one.json["unread"]?.integer == 2)
            #expect(one.json["window_open_until"]?.string != nil)
            let first = try await api.get("/v1/conversations/\(id)/messages?limit=2")
            #expect(first.json["data"]?.elements?.map { $0["direction"]?.string } == ["inbound", "outbound"])
            let cursor = try #require(first.json["next_cursor"]?.string)
            let rest = try await api.get("/v1/conversations/\(id)/messages?cursor=\(cursor)")
            #expect(rest.json["data"]?.elements?.map { $0["inbound"]?["text"]?.string } == ["Hello"])
            let inbound = try await api.get("/v1/inbound-messages?from=%2B393401234567&limit=1")
            #expect(inbound.json["data"]?.elements?.first?["text"]?.string == "Thanks")
            let inboundID = try #require(inbound.json["data"]?.elements?.first?["id"]?.string)
            #expect(try await api.get("/v1/inbound-messages/\(inboundID)").json["conversation_id"]?.string == id)
            for target in [
                "/v1/conversations/\(id)", "/v1/conversations/\(id)/messages", "/v1/conversations/\(id)/interactions",
                "/v1/inbound-messages/\(inboundID)",
            ] { #expect(try await api.get(target, as: api.tenants.second).status == 404, "\(target)") }
        }
    }

    @Test func aConversationIsHandedOnReadAndClosed() async throws {
        try await RunningAPI.with { api in
            try await Self.write("Hello", "w1", api)
            let id = try await Self.conversation(api)
            let later = (SystemClock.now() + .seconds(5)).rfc3339
            let changed = try await api.call(
                .patch, "/v1/conversations/\(id)",
                #"{"status":"closed","assigned_to":"grace","read_until":"\#(later)"}"#)
            #expect(changed.json["status"]?.string == "closed" && changed.json["unread"]?.integer == 0)
            let mine = try await api.get("/v1/conversations?assigned_to=grace")
            #expect(mine.json["data"]?.elements?.count == 1)
            let free = try await api.call(.patch, "/v1/conversations/\(id)", #"{"assigned_to":null}"#)
            #expect(free.json["assigned_to"]?.isNull == true && free.json["status"]?.string == "closed")
            #expect(try await api.get("/v1/conversations?status=open").json["data"]?.elements?.isEmpty == true)
            let wrong = try await api.call(.patch, "/v1/conversations/\(id)", #"{"status":"gone","assigned_to":""}"#)
            #expect(wrong.status == 422 && wrong.json["errors"]?.elements?.count == 2)
            #expect(try await api.call(.patch, "/v1/conversations/\(id)", "{}", as: api.tenants.second).status == 404)
        }
    }

    @Test func whatAgentsDoIsLoggedAndNotChanged() async throws {
        try await RunningAPI.with { api in
            try await Self.write("Hello", "w1", api)
            let id = try await Self.conversation(api)
            let target = "/v1/conversations/\(id)/interactions"
            let made = try await api.post(
                target, #"{"agent":"bot","agent_kind":"ai","type":"classification","text":"greeting","data":{"p":0.9}}"#)
            #expect(made.status == 201 && made.json["agent_kind"]?.string == "ai")
            _ = try await api.post(target, #"{"agent":"ada","type":"note"}"#)
            let log = try await api.get(target + "?limit=1")
            #expect(log.json["data"]?.elements?.map { $0["type"]?.string } == ["classification"])
            let cursor = try #require(log.json["next_cursor"]?.string)
            #expect(
                try await api.get(target + "?cursor=\(cursor)").json["data"]?.elements?.map { $0["agent"]?.string } == ["ada"])
            let wrong = try await api.post(
                target, #"{"agent":"","agent_kind":"dog","type":"No Word","data":[],"message_id":"1"}"#)
            #expect(wrong.status == 422 && wrong.json["errors"]?.elements?.count == 5)
            let foreign = try await api.post(target, #"{"agent":"x","type":"note"}"#, as: api.tenants.second)
            #expect(foreign.status == 404 && foreign.code == "conversation_not_found")
            await #expect(throws: DatabaseError.self) {
                try await api.tenants.database.pipeline([
                    .actFor(api.tenants.first.id), "DELETE FROM conversation_interactions",
                ])
            }
        }
    }
}
