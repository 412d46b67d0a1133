import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import monitor

/// What holds a message is shown with its reason and its end, to its owner and to founders.
@Suite struct MonitorDeliveryTests {
    @Test func aHeldMessageSaysWhatHoldsItUntilWhenAndWhoActs() async throws {
        let site = try await Site.start()
        let id = try await site.accept(site.tenants.first.message())
        try await site.hold(id, cause: .templatePaused, opensIn: 7_200)
        let cookie = try await site.signIn(site.tenants.first)
        for path in ["", "/\(id)"] {
            let page = try await site.get("/dashboard/whatsapp-logs" + path, cookie)
            #expect(page.text.contains("On hold: Template paused"), "\(path)")
            #expect(page.text.contains("<b>Who acts:</b> you"), "\(path)")
            #expect(page.text.contains("opens by itself"), "\(path)")
        }
        #expect(
            try await site.get("/dashboard/whatsapp-logs/\(id)", cookie).text.contains("What it waits for")
        )
        let row = try #require(try await site.get("/api/whatsapp/logs", cookie).rows().first)
        #expect(row["held_by"]?["cause"]?.string == "template_paused")
        #expect(row["held_by"]?["who"]?.string == "tenant")
        #expect(row["held_by"]?["opens_at"]?.string != nil)
        // An open gate holds nothing.
        _ = try await site.tenants.platform.execute("UPDATE gates SET opened_at = now()")
        let page = try await site.get("/dashboard/whatsapp-logs/\(id)", cookie)
        #expect(page.text.contains("What held it is over"))
        await site.stop()
    }

    @Test func aRetryIsShownWithItsTimeAndARepetitionWithItsKin() async throws {
        let site = try await Site.start()
        let parent = try await site.accept(site.tenants.first.message())
        let child = try await site.accept(site.tenants.first.message())
        let platform = site.tenants.platform
        for state in [MessageState.sending, .waiting] {
            _ = try await platform.execute(
                "UPDATE message_states SET state = \(state.rawValue), error_code = 131000 WHERE id = \(parent)"
            )
        }
        _ = try await platform.execute(
            "UPDATE due_messages SET due_at = '2031-02-03 04:05:06+00' WHERE message_id = \(parent)"
        )
        _ = try await platform.execute(
            """
            INSERT INTO message_retries (tenant_id, parent_message_id, child_message_id, origin, created_at)
            VALUES (\(site.tenants.first.id), \(parent), \(child), 'api', now())
            """
        )
        let cookie = try await site.signIn(site.tenants.first)
        let page = try await site.get("/dashboard/whatsapp-logs/\(parent)", cookie)
        #expect(page.text.contains("next try"))
        #expect(page.text.contains("2031-02-03 04:05:06 UTC"))
        #expect(page.text.contains("Repeated by"))
        #expect(page.text.contains("/dashboard/whatsapp-logs/\(child)"))
        await site.stop()
    }

    @Test func aMessageThatALimitPutOffSaysWhenItsTurnIs() async throws {
        let site = try await Site.start()
        _ = try await site.accept(site.tenants.first.message())
        let cookie = try await site.signIn(site.tenants.first)
        #expect(try await !site.get("/dashboard/whatsapp-logs", cookie).text.contains("In line"))
        for (isPaced, waitsForTurn) in [(true, false), (false, true)] {
            _ = try await site.tenants.platform.execute(
                """
                UPDATE due_messages SET due_at = '2031-02-03 04:05:06+00', paced = \(isPaced), to_pace = \(waitsForTurn)
                """
            )
            let list = try await site.get("/dashboard/whatsapp-logs", cookie)
            #expect(list.text.contains("In line"))
            #expect(list.text.contains("2031-02-03 04:05:06 UTC"))
        }
        await site.stop()
    }

    @Test func foundersSeeGatesLimitsDuplicatesUnansweredAndTheLedger() async throws {
        let site = try await Site.start()
        let id = try await site.accept(site.tenants.first.message(reference: "own-reference"))
        try await site.hold(id, cause: .tokenInvalid, scope: .sender, opensIn: nil)
        try await site.makeFigures(duplicate: id)
        let ledger = LedgerCheckStore(site.tenants.platform, ids: IDSource())
        for _ in 0..<2 {
            _ = try await ledger.checkNext(every: .seconds(60)) {
                LedgerWatch.draft($0, publicURL: "http://x")
            }
        }
        let cookie = try await site.signInFounder()
        let page = try await site.get("/admin/delivery", cookie)
        #expect(page.status == 200)
        for words in [
            "sender Main", "Access refused", "sender_rate", id.description, "balanced", "does not add up",
            "queued: counted", "by test",
        ] {
            #expect(page.text.contains(words), "\(words)")
        }
        #expect(!page.text.contains("+393401234567"))
        #expect(!page.text.contains("own-reference"))
        let json = try await site.get("/api/admin/delivery", cookie).json()
        #expect(json["gates"]?.elements?.first?["held"]?.integer == 1)
        #expect(json["limit_hits_today"]?.elements?.first?["hits"]?.integer == 7)
        #expect(json["limit_hits_today"]?.elements?.first?["by_provider"]?.integer == 2)
        #expect(json["unanswered"]?.elements?.first?["resent"]?.integer == 4)
        #expect(json["ledgers"]?.elements?.compactMap { $0["balanced"]?.boolean } == [false, true])
        let looks = try await site.tenants.platform.rows(
            "SELECT count(*) FROM audit_log WHERE action LIKE 'delivery.%'"
        )
        #expect(try looks.first?.value(0, as: Int.self) == 2)
        await site.stop()
    }

    @Test func whatEndedWithoutDeliveryIsCountedByReason() async throws {
        let site = try await Site.start()
        for tenant in [site.tenants.first, site.tenants.second] {
            for code in [131_026, 131_026, nil] as [Int32?] {
                let id = try await site.accept(tenant.message())
                _ = try await site.tenants.platform.execute(
                    "UPDATE message_states SET state = 9, error_code = \(code as Int32?) WHERE id = \(id)"
                )
            }
        }
        let ledger = LedgerCheckStore(site.tenants.platform, ids: IDSource())
        for _ in 0..<2 {
            _ = try await ledger.checkNext(every: .seconds(60)) {
                LedgerWatch.draft($0, publicURL: "http://x")
            }
        }
        let ended =
            try await site.get("/api/admin/delivery", site.signInFounder()).json()["ended"]?.elements ?? []
        #expect(ended.map { $0["error_code"]?.integer } == [131_026, nil])
        #expect(ended.map { $0["messages"]?.integer } == [4, 2])
        #expect(ended.map { $0["businesses"]?.integer } == [2, 2])
        await site.stop()
    }

    @Test func nobodyButFoundersSeesTheDeliveryPage() async throws {
        let site = try await Site.start()
        let cookie = try await site.signIn(site.tenants.first)
        #expect(try await site.get("/admin/delivery", cookie).status == 404)
        #expect(try await site.get("/admin/delivery", nil).status == 303)
        #expect(try await site.get("/api/admin/delivery", cookie).status == 401)
        #expect(try await site.get("/api/admin/delivery", nil).status == 401)
        await site.stop()
    }

    @Test func whatASendCostsIsReadAsEachProviderSaysIt() throws {
        func text(_ pricing: String) throws -> String? {
            try Price(JSONDocument(parsing: Array(pricing.utf8)).root)?.text
        }
        #expect(
            try text(#"{"price":"-0.00420","price_unit":"USD","segments":2}"#) == "0.00420 USD · 2 segments"
        )
        #expect(try text(#"{"segments":1}"#) == "1 segment")
        #expect(try text(#"{"billable":true,"category":"marketing_lite"}"#) == "billed as marketing lite")
        #expect(try text(#"{"billable":false,"category":"utility"}"#) == "not billed")
        #expect(try text("{}") == nil)
    }

    @Test func theAlertOfAGateNamesWhoActsWhatToDoAndHowManyWait() async throws {
        let site = try await Site.start()
        let id = try await site.accept(site.tenants.first.message())
        try await site.hold(id, cause: .tokenInvalid, scope: .sender, opensIn: nil)
        let alerts = AlertStore(site.tenants.platform, ids: IDSource())
        _ = try await alerts.alertClosedGates {
            GateWatch.drafts(for: $0, now: $1, publicURL: "http://pages.example")
        }
        let alert = try #require(try await alerts.openAlerts(max: 10).first)
        #expect(alert.code == "ACCESS_TOKEN_INVALID")
        #expect(alert.severity == .critical)
        #expect(alert.title == "first: Access refused, sender Main (+39 02 0000 0000)")
        #expect(
            alert.key
                == "ACCESS_TOKEN_INVALID/\(site.tenants.first.id)/gate:sender:\(site.tenants.first.senderID)"
        )
        for words in [
            "1 message is held", "Who acts: the business", "Store a token that is valid", "?business=",
        ] {
            #expect(alert.detail.contains(words), "\(words)")
        }
        await site.stop()
    }

    @Test func outagesOfSeveralDispatchersAreOneAlertAndShortOnesNone() throws {
        let now = Timestamp(microseconds: 1_790_000_000_000_000)
        func key(_ subject: String, closedFor seconds: Int) -> AlertKey? {
            GateWatch.key(
                of: ClosedGate(
                    id: GateID(IDSource().uuid()),
                    tenantID: nil,
                    scope: .provider,
                    subject: subject,
                    cause: .outage,
                    closedAt: Timestamp(microseconds: now.microseconds - Int64(seconds) * 1_000_000)
                ),
                now: now
            )
        }
        #expect(key("meta@1", closedFor: 14) == nil)
        #expect(key("meta@1", closedFor: 16)?.description == "API_ENDPOINT_DOWN/platform/gate:provider:meta")
        #expect(key("meta@1", closedFor: 16) == key("meta@2", closedFor: 60))
    }
}

extension Site {
    func signInFounder() async throws -> String {
        _ = try await post("/sign-in", "email=founder%40example.com")
        let token = try #require(try await lastToken())
        return try #require(try await post("/sign-in/link", "token=\(token)").cookie)
    }

    /// As a dispatcher does, by hand: a closed gate, and the message behind it.
    fileprivate func hold(
        _ id: MessageID,
        cause: GateCause,
        scope: GateScope = .template,
        opensIn seconds: Int?
    ) async throws {
        let gate = IDSource().uuid()
        let subject =
            scope == .sender ? tenants.first.senderID.description : tenants.first.templateID.description
        _ = try await tenants.platform.execute(
            """
            INSERT INTO gates (id, tenant_id, scope, subject, cause, closed_at, closed_by, opens_at)
            VALUES (\(gate), \(tenants.first.id), \(scope.rawValue), \(subject), \(cause.rawValue), now(), 'test',
                    now() + \(seconds.map { Int64($0) } as Int64?) * interval '1 second')
            """
        )
        _ = try await tenants.platform.execute("UPDATE message_states SET state = 5 WHERE id = \(id)")
        _ = try await tenants.platform.execute(
            "UPDATE due_messages SET gate_id = \(gate) WHERE message_id = \(id)"
        )
    }

    fileprivate func makeFigures(duplicate: MessageID) async throws {
        let (tenant, sender) = (tenants.first.id, tenants.first.senderID)
        for (isByProvider, hits) in [(false, 5), (true, 2)] {
            _ = try await tenants.platform.execute(
                """
                INSERT INTO limit_hits (tenant_id, minute, limit_name, subject, by_provider, sender_id, hits, first_at,
                                        last_at)
                VALUES (\(tenant), date_trunc('minute', now()), 'sender_rate', \(sender.description), \(isByProvider),
                        \(sender), \(Int64(hits)), now(), now())
                """
            )
        }
        _ = try await tenants.platform.execute(
            """
            INSERT INTO confirmed_duplicates (tenant_id, message_id, sender_id, found_at)
            VALUES (\(tenant), \(duplicate), \(sender), now())
            """
        )
        _ = try await tenants.platform.execute(
            """
            INSERT INTO unanswered_days (tenant_id, day, resent, proven, ended)
            VALUES (\(tenant), (now() AT TIME ZONE 'UTC')::date, 4, 3, 2)
            """
        )
    }
}
