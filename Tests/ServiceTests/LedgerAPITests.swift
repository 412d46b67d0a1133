import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import ingest_api

/// Figures a tenant can add up.
@Suite struct LedgerAPITests {
    private static let hello = #"{"to":"+393401234567","type":"text","text":{"body":"Hello"}}"#

    @Test func theLedgerOfTodayAddsUp() async throws {
        let api = try await RunningAPI.start()
        var ids: [String] = []
        for _ in 0..<4 { ids.append(try #require(try await api.post("/v1/messages", Self.hello).json["id"]?.string)) }
        _ = try await api.post("/v1/messages/\(ids[0])/cancel")
        _ = try await CountStore(api.tenants.platform).fold(max: 3)
        let ledger = try await api.get("/v1/ledger")
        #expect(ledger.status == 200)
        #expect(ledger.json["opening"]?.integer == 0)
        #expect(ledger.json["accepted"]?.integer == 4)
        #expect(ledger.json["closing"]?.integer == 4)
        #expect(ledger.json["balanced"]?.boolean == true)
        #expect(ledger.json["identity"]?.string == "opening 0 + accepted 4 = closing 4")
        #expect(ledger.json["states"]?["queued"]?["entered"]?.integer == 4)
        #expect(ledger.json["states"]?["queued"]?["left"]?.integer == 1)
        #expect(ledger.json["states"]?["cancelled"]?["closing"]?.integer == 1)
        #expect(ledger.json["last_check"]?.isNull == true)
        _ = try await api.tenants.platform.execute(
            """
            INSERT INTO ledger_checks (tenant_id, checked_at, messages, differences)
            VALUES (\(api.tenants.first.id), now(), 4, '{"sent": {"counted": 1, "rows": 0}}')
            """
        )
        let checked = try await api.get("/v1/ledger?from=2026-01-01T00:00:00Z")
        #expect(checked.json["last_check"]?["balanced"]?.boolean == false)
        #expect(checked.json["last_check"]?["differences"]?["sent"]?["counted"]?.integer == 1)
        #expect(checked.json["accepted"]?.integer == 4)
        let foreign = try await api.get("/v1/ledger", as: api.tenants.second)
        #expect(foreign.json["accepted"]?.integer == 0)
        for (query, code) in [
            ("from=x", "from_invalid"), ("to=x", "to_invalid"), ("since=1", "parameter_unknown"),
            ("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "to_too_early"),
        ] {
            #expect(try await api.get("/v1/ledger?\(query)").json["code"]?.string == code)
        }
        await api.stop()
    }

    @Test func limitsAreShownWithWhatIsUsedOfThem() async throws {
        let api = try await RunningAPI.start()
        let tenant = api.tenants.first
        for statement: SQL in [
            """
            UPDATE tenants SET daily_quota = 100, message_delay_seconds = 2, quiet_from = '22:00', quiet_to = '07:30'
            WHERE id = \(tenant.id)
            """,
            """
            INSERT INTO tenant_days (tenant_id, day, sends)
            VALUES (\(tenant.id), (now() AT TIME ZONE 'UTC')::date, 42)
            """,
            """
            INSERT INTO sender_leases (tenant_id, sender_id, holder, taken_at, lease_until, paid_until, rate,
                                       rate_changed_at, pending_marketing)
            VALUES (\(tenant.id), \(tenant.senderID), \(tenant.id.value), now(), now() + interval '1 minute', now(), 40,
                    now(), 7)
            """,
            "INSERT INTO portfolios (id, recipients_max) VALUES ('account-first', 250)",
            """
            INSERT INTO portfolio_minutes (portfolio_id, minute, recipients)
            VALUES ('account-first', date_trunc('minute', now()), 10),
                   ('account-first', date_trunc('minute', now()) - interval '2 days', 90)
            """,
            """
            INSERT INTO limit_hits (tenant_id, minute, limit_name, subject, by_provider, sender_id, hits, first_at, last_at)
            VALUES (\(tenant.id), now(), 'sender_rate', 's', true, \(tenant.senderID), 3, now(), now()),
                   (\(tenant.id), now() - interval '2 days', 'sender_rate', 's', true, \(tenant.senderID), 9, now(), now())
            """,
        ] {
            _ = try await api.tenants.platform.execute(statement)
        }
        let limits = try await api.get("/v1/limits")
        #expect(limits.status == 200)
        #expect(limits.json["daily_quota"]?["max"]?.integer == 100)
        #expect(limits.json["daily_quota"]?["used_today"]?.integer == 42)
        #expect(limits.json["quiet_hours"]?["from"]?.string == "22:00")
        #expect(limits.json["quiet_hours"]?["to"]?.string == "07:30")
        #expect(limits.json["message_delay_seconds"]?.integer == 2)
        let sender = limits.json["senders"]?.elements?.first
        #expect(sender?["messages_per_second"]?.integer == 80)
        #expect(sender?["messages_per_second_now"]?.double == 40)
        #expect(sender?["has_dispatcher"]?.boolean == true)
        #expect(sender?["waiting_in_dispatcher"]?["marketing"]?.integer == 7)
        let portfolio = limits.json["portfolios"]?.elements?.first
        #expect(portfolio?["recipients_max"]?.integer == 250)
        #expect(portfolio?["recipients_used"]?.integer == 10)
        #expect(portfolio?["recipients_free"]?.integer == 240)
        #expect(limits.json["hits_today"]?.elements?.map { $0["hits"]?.integer } == [3])
        let second = try await api.get("/v1/limits", as: api.tenants.second)
        #expect(second.json["daily_quota"]?["max"]?.isNull == true)
        #expect(second.json["quiet_hours"]?.isNull == true)
        #expect(second.json["portfolios"]?.elements?.map { $0["id"]?.string } == ["account-second"])
        #expect(second.json["hits_today"]?.elements?.isEmpty == true)
        await api.stop()
    }
}
