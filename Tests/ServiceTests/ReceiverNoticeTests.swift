import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import webhook_receiver

/// Notices of Meta's that change something of ours.
@Suite struct ReceiverNoticeTests {
    private static let account = "account-first"

    private func notice(_ field: String, _ value: String, at seconds: Int64? = nil) -> String {
        let time = seconds ?? SystemClock.now().microseconds / 1_000_000
        return """
            {"entry":[{"id":"\(Self.account)","time":\(time),"changes":[{"field":"\(field)","value":\(value)}]}]}
            """
    }

    private func template(_ event: String, title: String? = nil, at seconds: Int64? = nil) -> String {
        let info = title.map { #","other_info":{"title":"\#($0)","description":"d"}"# } ?? ""
        return notice(
            "message_template_status_update",
            """
            {"event":"\(event)","message_template_id":5,"message_template_name":"order_shipped",
             "message_template_language":"EN","reason":"NONE"\(info)}
            """, at: seconds)
    }

    private func status(_ fixture: ApplyFixture) async throws -> String {
        let rows = try await fixture.tenants.platform.rows(
            "SELECT status FROM templates WHERE id = \(fixture.tenants.first.templateID)")
        return try #require(rows.first).value("status")
    }

    private func gates(_ fixture: ApplyFixture) async throws -> [ClosedGate] {
        try await GateStore(fixture.tenants.platform).closedGates()
    }

    @Test func aPausedTemplateIsHeldForItsPauseAndRunsAgainWhenApproved() async throws {
        try await ApplyFixture.with { fixture in
            try await fixture.apply([template("PAUSED", title: "SECOND_PAUSE")])
            #expect(try await status(fixture) == "PAUSED")
            let gate = try #require(try await gates(fixture).first)
            #expect(gate.scope == .template && gate.subject == "\(fixture.tenants.first.templateID)")
            #expect(gate.tenantID == fixture.tenants.first.id && gate.cause == .templatePaused)
            let opensIn = try #require(gate.opensAt) - SystemClock.now()
            #expect(opensIn > .seconds(21_500) && opensIn <= .seconds(21_600))
            try await fixture.apply([template("APPROVED")])
            #expect(try await status(fixture) == "APPROVED")
            #expect(try await gates(fixture).isEmpty)
        }
    }

    @Test func aDisabledTemplateIsHeldUntilItIsReinstated() async throws {
        try await ApplyFixture.with { fixture in
            try await fixture.apply([template("DISABLED")])
            #expect(try await gates(fixture).map(\.cause) == [.templateDisabled])
            try await fixture.apply([template("REINSTATED")])
            #expect(try await gates(fixture).isEmpty)
            #expect(try await status(fixture) == "APPROVED")
        }
    }

    @Test func newsThatComeLateChangeNothing() async throws {
        try await ApplyFixture.with { fixture in
            let now = SystemClock.now().microseconds / 1_000_000
            try await fixture.apply([template("APPROVED", at: now - 10)])
            try await fixture.apply([template("PAUSED", title: "FIRST_PAUSE", at: now - 60)])
            #expect(try await status(fixture) == "APPROVED")
            #expect(try await gates(fixture).isEmpty)
            // A pause that is over by now changes the status alone.
            _ = try await fixture.tenants.platform.execute("UPDATE templates SET status_at = NULL")
            try await fixture.apply([template("PAUSED", title: "FIRST_PAUSE", at: now - 20_000)])
            #expect(try await gates(fixture).isEmpty)
        }
    }

    @Test func qualityCategoryAndTheReasonOfARejectionReachTheTemplate() async throws {
        try await ApplyFixture.with { fixture in
            let named = #""message_template_id":5,"message_template_name":"order_shipped","message_template_language":"en""#
            try await fixture.apply([
                notice("message_template_quality_update", #"{\#(named),"new_quality_score":"YELLOW"}"#),
                notice("template_category_update", #"{\#(named),"new_category":"UTILITY","correct_category":"MARKETING"}"#),
                notice(
                    "message_template_status_update",
                    #"{\#(named),"event":"REJECTED","reason":"TAG_CONTENT_MISMATCH"}"#),
            ])
            let whole = "templates WHERE quality = 'YELLOW' AND next_category = 'MARKETING' AND category_news_at IS NOT NULL"
            #expect(try await fixture.count(whole + " AND rejection_reason = 'TAG_CONTENT_MISMATCH'") == 1)
            try await fixture.apply([
                notice("template_category_update", #"{\#(named),"previous_category":"UTILITY","new_category":"MARKETING"}"#)
            ])
            #expect(try await fixture.count("templates WHERE category = 'MARKETING' AND next_category IS NULL AND name = 'order_shipped'") == 1)
            let kinds = "template_events WHERE template_id = '\(fixture.tenants.first.templateID)'"
            #expect(try await fixture.count(kinds) == 3)
        }
    }

    @Test func peopleAreToldOnceThatATemplateChangesItsCategory() async throws {
        try await ApplyFixture.with { fixture in
            let value = #"""
                {"message_template_id":5,"message_template_name":"order_shipped","message_template_language":"en",
                 "new_category":"UTILITY","correct_category":"MARKETING","category_update_timestamp":1795190700}
                """#
            try await fixture.apply([notice("template_category_update", value)])
            let store = AlertStore(fixture.tenants.platform, ids: IDSource())
            for expected in [1, 0] {
                let news = try await store.alertMovedTemplates { moved in
                    #expect(moved.name == "order_shipped" && moved.nextCategory == "MARKETING" && moved.nextAt != nil)
                    return AlertDraft(
                        key: AlertKey(.templateCategoryChanged, tenantID: moved.tenantID, cause: "\(moved.templateID)"),
                        title: "t", detail: "d", occurrences: 1)
                }
                #expect(news.count == expected)
            }
        }
    }

    @Test func aRestrictedAccountIsHeldUntilTheRestrictionEnds() async throws {
        try await ApplyFixture.with { fixture in
            let end = SystemClock.now().microseconds / 1_000_000 + 86_400
            let value = """
                {"event":"ACCOUNT_RESTRICTION","restriction_info":[
                 {"restriction_type":"RESTRICTED_ADD_PHONE_NUMBER_ACTION","expiration":1},
                 {"restriction_type":"RESTRICTED_BIZ_INITIATED_MESSAGING","expiration":\(end)}]}
                """
            try await fixture.apply([notice("account_update", value)])
            let gate = try #require(try await gates(fixture).first)
            #expect(gate.scope == .account && gate.subject == Self.account && gate.cause == .accountRestricted)
            #expect(gate.opensAt == Timestamp(microseconds: end * 1_000_000))
        }
    }

    @Test func aBannedAccountIsHeldUntilItIsReinstated() async throws {
        try await ApplyFixture.with { fixture in
            func ban(_ state: String) -> String {
                notice(
                    "account_update",
                    #"{"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":"\#(state)","waba_ban_date":"x"}}"#)
            }
            try await fixture.apply([ban("SCHEDULE_FOR_DISABLE")])
            #expect(try await gates(fixture).isEmpty)
            try await fixture.apply([ban("DISABLE")])
            #expect(try await gates(fixture).map(\.cause) == [.accountRestricted])
            try await fixture.apply([ban("REINSTATE")])
            #expect(try await gates(fixture).isEmpty)
        }
    }

    @Test func aRaisedNumberMaySendFaster() async throws {
        try await ApplyFixture.with { fixture in
            let value = """
                {"display_phone_number":"390200000000","event":"THROUGHPUT_UPGRADE",
                 "max_daily_conversations_per_business":"TIER_UNLIMITED"}
                """
            try await fixture.apply([notice("phone_number_quality_update", value)])
            let rows = try await fixture.tenants.platform.rows(
                "SELECT tenant_id, messages_per_second FROM senders WHERE messages_per_second = 1000")
            #expect(try rows.map { try $0.value("tenant_id", as: TenantID.self) } == [fixture.tenants.first.id])
            #expect(
                try await fixture.count("portfolios WHERE id = '\(Self.account)' AND recipients_max IS NULL") == 1)
        }
    }

    @Test(arguments: [(#""TIER_2K""#, "= 2000"), ("10000", "= 10000"), ("-1", "IS NULL"), (#""TIER_UNLIMITED""#, "IS NULL")])
    func aMessagingLimitBelongsToThePortfolio(_ written: String, _ limit: String) async throws {
        try await ApplyFixture.with { fixture in
            _ = try await fixture.tenants.platform.execute("UPDATE senders SET portfolio_id = 'portfolio-1'")
            let value = #"{"max_daily_conversations_per_business":\#(written)}"#
            try await fixture.apply([notice("business_capability_update", value)])
            #expect(
                try await fixture.count("portfolios WHERE id = 'portfolio-1' AND recipients_max \(limit)") == 1)
        }
    }

    @Test(arguments: [
        ("business_capability_update", #"{"max_daily_conversations_per_business":"TIER_NOT_SET"}"#),
        ("business_capability_update", "7"), ("account_update", #"{"event":"SOMETHING_NEW"}"#),
        ("account_update", #"{"event":"ACCOUNT_RESTRICTION","restriction_info":"none"}"#),
        ("message_template_status_update", #"{"event":"LOCKED"}"#), ("brand_new_field", "[]"),
    ])
    func whatWeDoNotKnowIsKeptAndStopsNothing(_ field: String, _ value: String) async throws {
        try await ApplyFixture.with { fixture in
            let message = try await fixture.tenants.messagesInFlight(1, of: fixture.tenants.first)[0]
            try await fixture.apply([
                notice(field, value), fixture.body([("phone-first", [fixture.status("sent", message)])]),
            ])
            #expect(try await fixture.count("provider_notices WHERE field = '\(field)'") == 1)
            #expect(try await fixture.states([message]) == [.sent])
            #expect(try await gates(fixture).isEmpty)
        }
    }

    @Test func aCustomersMessageOpensTheServiceWindowForADay() async throws {
        try await ApplyFixture.with { fixture in
            try await fixture.tenants.closeWindows()
            func inbound(_ id: String, _ seconds: Int64) -> String {
                #"{"id":"\#(id)","from":"393401234567","type":"text","timestamp":"\#(seconds)","text":{"body":"x"}}"#
            }
            try await fixture.apply([
                fixture.body([("phone-first", [])], inbound: inbound("w1", fixture.seconds)),
                fixture.body([("phone-first", [])], inbound: inbound("w0", fixture.seconds - 50_000)),
            ])
            try await fixture.apply([
                fixture.body([("phone-first", [])], inbound: inbound("w2", fixture.seconds - 100))
            ])
            let rows = try await fixture.tenants.platform.rows("SELECT recipient, open_until FROM service_windows")
            #expect(rows.count == 1)
            #expect(try rows[0].value("recipient", as: String.self) == "+393401234567")
            #expect(
                try rows[0].value("open_until", as: Timestamp.self)
                    == Timestamp(microseconds: (fixture.seconds + 86_400) * 1_000_000))
        }
    }
}
