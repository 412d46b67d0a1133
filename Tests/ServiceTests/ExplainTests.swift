import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import ingest_api

/// What the API says about a message that waits, over real rows.
@Suite struct ExplainTests {
    private static let template = #"""
        {"to":"+393401234567","type":"template",
         "template":{"name":"order_shipped","language":"en","variables":{"first_name":"Ada","order":"7"}}}
        """#

    @Test func whatHoldsAQueuedMessageIsNamedInOrder() async throws {
        let api = try await RunningAPI.start()
        let tenant = api.tenants.first
        try await api.tenants.closeWindows()
        for _ in 0..<3 { _ = try await api.post("/v1/messages", Self.template) }
        let id = try #require(try await api.post("/v1/messages", Self.template).json["id"]?.string)
        let free = try await api.get("/v1/messages/\(id)/explain")
        #expect(free.status == 200)
        #expect(free.json["state"]?.string == "queued")
        #expect(free.json["reasons"]?.elements?.map { $0["reason"]?.string } == ["sender_rate", "hand_over"])
        #expect(free.json["position"]?["ahead"]?.integer == 3)
        #expect(free.json["estimated_send_at"]?.string != nil)

        _ = try await api.post("/v1/pause", #"{"scope":"template","id":"\#(tenant.templateID)"}"#)
        _ = try await api.tenants.platform.execute(
            """
            INSERT INTO gates (id, scope, subject, cause, closed_at, closed_by, opens_at)
            VALUES (\(UUIDValue(high: 7, low: 1)), 'account', 'account-first', 'throttled', now(), 'dispatcher',
                    now() + interval '1 minute')
            """
        )
        _ = try await api.tenants.platform.execute(
            """
            UPDATE tenants SET daily_quota = 5, quiet_from = (now() AT TIME ZONE 'UTC' - interval '1 hour')::time(0),
                               quiet_to = (now() AT TIME ZONE 'UTC' + interval '1 hour')::time(0)
            """
        )
        _ = try await api.tenants.platform.execute(
            """
            INSERT INTO tenant_days (tenant_id, day, sends)
            VALUES (\(tenant.id), (now() AT TIME ZONE 'UTC')::date, 5)
            """
        )
        _ = try await api.tenants.platform.execute(
            "INSERT INTO portfolios (id, recipients_max) VALUES ('account-first', 2)"
        )
        _ = try await api.tenants.platform.execute(
            """
            INSERT INTO portfolio_minutes (portfolio_id, minute, recipients)
            VALUES ('account-first', date_trunc('minute', now()), 2)
            """
        )
        _ = try await api.tenants.platform.execute(
            """
            INSERT INTO pair_debts (tenant_id, sender_id, recipient, paid_until)
            VALUES (\(tenant.id), \(tenant.senderID), '+393401234567', now() + interval '3 days')
            """
        )
        _ = try await api.tenants.platform.execute(
            "UPDATE message_states SET changed_at = now() - interval '1 minute'"
        )
        let all = try await api.get("/v1/messages/\(id)/explain")
        let reasons = all.json["reasons"]?.elements ?? []
        #expect(
            reasons.map { $0["reason"]?.string } == [
                "paused_template", "gate_closed", "quiet_hours", "daily_quota", "portfolio_recipients", "sender_rate",
                "pair_rate", "no_dispatcher", "hand_over",
            ]
        )
        #expect(reasons.first?["until"]?.isNull == true)
        #expect(reasons[1]["until"]?.string != nil)
        #expect(all.json["estimated_send_at"]?.isNull == true)
        _ = try await api.tenants.platform.execute(
            """
            INSERT INTO service_windows (tenant_id, sender_id, recipient, open_until)
            VALUES (\(tenant.id), \(tenant.senderID), '+393401234567', now() + interval '1 hour')
            """
        )
        let answered = try await api.get("/v1/messages/\(id)/explain")
        #expect(answered.json["reasons"]?.elements?.contains { $0["reason"]?.string == "portfolio_recipients" } == false)
        await api.stop()
    }

    @Test func aMessageThatOurOwnRulesCancelledSaysWhich() async throws {
        let api = try await RunningAPI.start()
        let tenant = api.tenants.first
        let id = try #require(
            try await api.post("/v1/messages", Self.template).json["id"]?.string.flatMap { MessageID($0) })
        _ = try await api.post("/v1/suppressions", #"{"recipient":"\#(TestTenant.usualRecipient)","reason":"legal"}"#)
        let store = DispatchStore(database: api.tenants.database, settings: api.tenants.settings)
        #expect(try await store.claim([(tenant.id, id)], lease: .seconds(30)).claimed.isEmpty)
        let answer = try await api.get("/v1/messages/\(id)/explain")
        let reason = answer.json["reasons"]?.elements?.first
        #expect(reason?["reason"]?.string == "cancelled")
        #expect(reason?["detail"]?.string?.contains("suppression list") == true)
        await api.stop()
    }

    @Test func aRecipientWhoCountsAlreadyIsNotHeldByTheirPortfolio() async throws {
        let api = try await RunningAPI.start()
        try await api.tenants.closeWindows()
        let tenant = api.tenants.first
        let id = try #require(
            try await api.post("/v1/messages", Self.template).json["id"]?.string.flatMap { MessageID($0) })
        _ = try await api.tenants.platform.execute("INSERT INTO portfolios (id, recipients_max) VALUES ('account-first', 1)")
        let reservations = ReservationStore(api.tenants.database)
        func isHeld() async throws -> Bool {
            try await api.get("/v1/messages/\(id)/explain").json["reasons"]?.elements?
                .contains { $0["reason"]?.string == "portfolio_recipients" } == true
        }
        func reserve(_ recipient: String) async throws -> Int {
            try await reservations.reserve([
                ReservationWish(
                    messageID: id, tenantID: tenant.id, senderID: tenant.senderID, recipient: recipient,
                    portfolioID: "account-first", hasDailyQuota: false)
            ]).count
        }
        #expect(try await !isHeld())
        #expect(try await reserve("+393409999999") == 0)
        #expect(try await isHeld())
        _ = try await api.tenants.platform.execute("DELETE FROM portfolio_recipients")
        _ = try await api.tenants.platform.execute("DELETE FROM portfolio_minutes")
        #expect(try await reserve("+393401234567") == 0)
        #expect(try await !isHeld())
        await api.stop()
    }

    @Test func everyStateHasAnExplanation() async throws {
        let api = try await RunningAPI.start()
        let later = SystemClock.now() + .seconds(600)
        let scheduled = try await api.post(
            "/v1/messages",
            #"{"to":"+393401234567","type":"text","text":{"body":"x"},"scheduled_for":"\#(later.rfc3339)"}"#
        )
        let id = try #require(scheduled.json["id"]?.string)
        let explained = try await api.get("/v1/messages/\(id)/explain")
        #expect(explained.json["reasons"]?.elements?.map { $0["reason"]?.string } == ["scheduled_time"])
        #expect(explained.json["estimated_send_at"]?.string == later.rfc3339)
        for states: [Int16] in [
            [1, 2], [3], [4], [1, 5], [1, 2, 6], [7], [8],
        ] {
            try await api.force(id, into: states)
            let answer = try await api.get("/v1/messages/\(id)/explain")
            #expect(answer.status == 200)
            #expect(answer.json["state"]?.string == MessageState(rawValue: states.last ?? 0)?.name)
            #expect(answer.json["reasons"]?.elements?.isEmpty == false)
        }
        await api.stop()
    }

    @Test func nobodyIsToldAboutTheMessagesOfOthers() async throws {
        let api = try await RunningAPI.start()
        let id = try #require(try await api.post("/v1/messages", Self.template).json["id"]?.string)
        #expect(try await api.get("/v1/messages/\(id)/explain", as: api.tenants.second).status == 404)
        #expect(try await api.get("/v1/messages/1/explain").json["code"]?.string == "message_not_found")
        #expect(try await api.get("/v1/messages/\(id)/explain?why=1").json["code"]?.string == "parameter_unknown")
        await api.stop()
    }

    @Test func aHeldMessageNamesTheGateEvenWhenItHasJustOpened() async throws {
        let api = try await RunningAPI.start()
        let id = try #require(
            try await api.post("/v1/messages", Self.template).json["id"]?.string.flatMap { MessageID($0) })
        let gate = try await api.post("/v1/pause", #"{"scope":"tenant"}"#).json["gate_id"]?.string
        let gateID = try #require(gate.flatMap { GateID($0) })
        try await api.force("\(id)", into: [5])
        _ = try await api.tenants.platform.execute(
            "UPDATE due_messages SET gate_id = \(gateID) WHERE message_id = \(id)"
        )
        let held = try await api.get("/v1/messages/\(id)/explain").json["reasons"]?.elements?.first
        #expect(held?["reason"]?.string == "paused_tenant")
        #expect(held?["gate_id"]?.string == "\(gateID)")
        _ = try await api.post("/v1/resume", #"{"scope":"tenant"}"#)
        let opened = try await api.get("/v1/messages/\(id)/explain").json["reasons"]?.elements?.first
        #expect(opened?["reason"]?.string == "gate_opened")
        await api.stop()
    }
}
