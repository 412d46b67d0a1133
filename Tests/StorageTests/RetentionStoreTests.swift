import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

/// Data whose time is over, and people who are to be forgotten, over real Postgres.
@Suite struct RetentionStoreTests {
    @Test func anOldDayOfOneTenantGoesAndItsFiguresStillAddUp() async throws {
        try await OldData.with { old in
            let day = try await old.day(40)
            try await old.accept(3, on: day, of: old.first)
            try await old.accept(2, on: day, of: old.second)
            try await old.accept(1, on: try await old.day(5), of: old.first)
            try await old.settle()
            try await old.set("retention_days = 30", of: old.first)
            let due = try await old.store.daysToRemove(daysMax: nil, after: nil, max: 100)
            #expect(due.allSatisfy { $0.of.tenantID == old.first.id && !$0.needsArchive })
            let one = try #require(due.first { $0.of.day == day })
            #expect(try await old.store.remove(one.of) == .done(messages: 3))
            for table in ["messages", "message_states", "message_events"] {
                #expect(try await old.rows(table, of: old.first) == 1, "\(table)")
                #expect(try await old.rows(table, of: old.second) == 2, "\(table)")
            }
            #expect(try await old.store.daysToRemove(daysMax: nil, after: nil, max: 100).allSatisfy { $0.of.day != day })
            let finding = try await old.ledger(of: old.first)
            #expect(finding.differences == [])
            #expect(finding.messages == 4)
            #expect(try await old.count("audit_log WHERE action = 'retention.removed' AND detail ->> 'messages' = '3'") == 1)
        }
    }

    @Test func whatIsStillToBeSentStaysHoweverOldItIs() async throws {
        try await OldData.with { old in
            let day = try await old.day(40)
            try await old.accept(2, on: day, of: old.first)
            try await old.set("retention_days = 1, redact_after_days = 1", of: old.first)
            let of = TenantDay(tenantID: old.first.id, day: day)
            #expect(try await old.store.redact(of) == 0)
            #expect(try await old.store.remove(of) == .unsettled)
            #expect(try await old.rows("messages", of: old.first) == 2)
            #expect(try await old.count("messages WHERE recipient = 'redacted'") == 0)
            #expect(try await old.count("retention_days WHERE removed_at IS NOT NULL OR redacted_at IS NOT NULL") == 0)
        }
    }

    @Test func theShortestOfTenantPlanAndPlatformCounts() async throws {
        try await OldData.with { old in
            let day = try await old.day(40)
            func isDue(_ daysMax: Int?) async throws -> Bool {
                try await old.store.daysToRemove(daysMax: daysMax, after: nil, max: 1_000)
                    .contains { $0.of == TenantDay(tenantID: old.first.id, day: day) }
            }
            #expect(try await !isDue(nil))
            #expect(try await isDue(30))
            #expect(try await !isDue(60))
            _ = try await old.tenants.platform.execute("UPDATE plans SET retention_days_max = 20")
            #expect(try await isDue(nil))
            _ = try await old.tenants.platform.execute("UPDATE plans SET retention_days_max = 50")
            #expect(try await !isDue(60))
        }
    }

    @Test func redactionLeavesRowsThatCanStillBeRead() async throws {
        try await OldData.with { old in
            let day = try await old.day(10)
            let ids = try await old.accept(2, on: day, of: old.first)
            try await old.settle()
            try await old.inbound(on: day, from: "393401234567", of: old.first)
            try await old.set("redact_after_days = 7", of: old.first)
            let due = try await old.store.daysToRedact(after: nil, max: 1_000)
            let one = try #require(due.first { $0.of.day == day })
            #expect(try await old.store.redact(one.of) == 3)
            #expect(try await old.store.redact(one.of) == 0)
            #expect(try await !old.store.daysToRedact(after: nil, max: 1_000).contains { $0.of.day == day })
            let queries = MessageQueryStore(old.tenants.database)
            let detail = try #require(try await queries.detail(of: ids[0], tenantID: old.first.id))
            #expect(detail.summary.recipient == "redacted")
            let content = try JSONDocument(parsing: detail.summary.content.bytes).root
            #expect(MessageContent(json: content) == .text(body: "", previewURL: false))
            #expect(try await old.count("inbound_messages WHERE content = '{}' AND from_number IS NULL") == 1)
            let finding = try await old.ledger(of: old.first)
            #expect(finding.differences == [])
        }
    }

    @Test(arguments: [
        #"{"type":"template","name":"x","language":"en","components":[{"type":"body","parameters":[{"type":"text","text":"Ada"}]}]}"#,
        #"{"type":"text","body":"Ada","preview_url":true}"#,
        #"{"type":"image","link":"https://example.com/ada.png","caption":"Ada"}"#,
    ])
    func everyKindOfContentIsOneOfOursAfterRedaction(content: String) async throws {
        let tenants = try await TwoTenants.make()
        let rows = try await tenants.platform.rows("SELECT redacted_content(\(JSONText(content)))")
        let redacted = try #require(try rows.first?.value(0, as: JSONText.self))
        let document = try JSONDocument(parsing: redacted.bytes)
        #expect(MessageContent(json: document.root) != nil)
        #expect(!redacted.text.contains("Ada") && !redacted.text.contains("ada"))
        await tenants.stop()
    }

    @Test func aDayThatNobodyKeepsIsDroppedAsAWhole() async throws {
        try await OldData.with { old in
            let day = try await old.day(60)
            try await old.accept(3, on: day, of: old.first)
            try await old.accept(2, on: day, of: old.second)
            #expect(try await !old.store.mayDrop(day, owners: [old.first.id, old.second.id]), "something is to be sent")
            try await old.settle()
            #expect(try await !old.store.mayDrop(day, owners: [old.first.id]), "the second keeps it")
            #expect(try await old.store.mayDrop(day, owners: [old.first.id, old.second.id]))
            #expect(try await old.store.drop(day, owners: [old.first.id, old.second.id]) == 5)
            #expect(try await !old.store.oldDays().contains(day))
            #expect(try await old.count("messages") == 0)
            for tenant in [old.first, old.second] {
                let finding = try await old.ledger(of: tenant)
                #expect(finding.differences == [])
            }
            let young = try await old.day(10)
            #expect(try await !old.store.mayDrop(young, owners: []))
        }
    }

    @Test func aPersonIsForgottenEverywhereAndCountsStay() async throws {
        try await OldData.with { old in
            let day = try await old.day(3)
            let number = "+393401234567"
            let ids = try await old.accept(2, on: day, of: old.first)
            try await old.settle()
            let unsent = try await old.accept(1, on: day, of: old.first)
            let others = try await old.accept(1, on: day, of: old.first, to: "+393409999999")
            try await old.accept(1, on: day, of: old.second)
            try await old.inbound(on: day, from: "393401234567", of: old.first)
            try await old.contact(number, of: old.first)
            try await old.broadcast(to: number, of: old.first)
            let requests = ErasureStore(old.tenants.database, ids: IDSource())
            let subject = ErasureSubject(phone: number)
            let erasure = try #require(
                try await requests.request(subject, of: old.first.id, keepsOptOut: true, by: .system("test")))
            let eraser = ErasingStore(old.tenants.platform, ids: IDSource())
            let done = try await eraser.eraseNext()
            #expect(done.outcome == .done(erasure.id))
            #expect(done.events.map(\.messageID) == unsent)
            #expect(try await eraser.eraseNext().outcome == .nothingDue)

            let found = try #require(try await requests.erasure(erasure.id, of: old.first.id))
            #expect(found.isDone)
            #expect(found.subjectHash == erasure.subjectHash)
            let result = try JSONDocument(parsing: #require(found.result).bytes).root
            #expect(result["messages"]?.integer == 3)
            #expect(result["inbound_messages"]?.integer == 1)
            #expect(result["contacts"]?.integer == 1)
            #expect(result["cancelled_messages"]?.integer == 1)
            #expect(result["broadcast_recipients"]?.integer == 1)
            #expect(try await old.tablesHolding("393401234567", of: old.first) == ["suppressions"])
            #expect(try await old.count("messages WHERE tenant_id = '\(old.second.id)' AND recipient = '\(number)'") == 1)
            #expect(try await old.count("messages WHERE id = '\(others[0])' AND recipient = '+393409999999'") == 1)
            #expect(try await old.rows("message_states", of: old.first) == 4)
            #expect(try await old.count("messages WHERE id = '\(ids[0])' AND recipient = 'redacted'") == 1)
            #expect(try await old.ledger(of: old.first).differences == [])
            let actions = try await old.tenants.platform.rows(
                "SELECT action FROM audit_log WHERE target = \("erasure \(erasure.id)") ORDER BY at, action DESC")
            #expect(try actions.map { try $0.value(0, as: String.self) } == ["erasure.requested", "erasure.done"])
        }
    }

    @Test func anOptOutIsForgottenTooWhereThatIsAskedFor() async throws {
        try await OldData.with { old in
            try await old.contact("+393401234567", of: old.first)
            let requests = ErasureStore(old.tenants.database, ids: IDSource())
            _ = try await requests.request(
                ErasureSubject(phone: "+393401234567"), of: old.first.id, keepsOptOut: false, by: .system("test"))
            _ = try await ErasingStore(old.tenants.platform, ids: IDSource()).eraseNext()
            #expect(try await old.tablesHolding("393401234567", of: old.first) == [])
        }
    }

    @Test func filesOfListsGoWithThePerson() async throws {
        let tenants = try await TwoTenants.make()
        let exports = ExportStore(tenants.platform, ids: IDSource())
        func order(_ tenant: TestTenant, _ filter: String = "") async throws -> ExportID {
            try #require(
                try await exports.create(
                    .contacts, as: "csv", filter, of: tenant.id, by: AuditSource(.system("test"), address: nil)))
        }
        let ready = try await order(tenants.first)
        try await exports.end(#require(try await exports.claim()), as: .ready)
        let others = try await order(tenants.second)
        try await exports.end(#require(try await exports.claim()), as: .ready)
        let begun = try await order(tenants.first)
        let job = try #require(try await exports.claim())
        let ofThePerson = try await order(tenants.first, "q=%2B393401234567")
        _ = try await ErasureStore(tenants.database, ids: IDSource()).request(
            ErasureSubject(phone: "+393401234567"), of: tenants.first.id, keepsOptOut: true, by: .system("test"))
        _ = try await ErasingStore(tenants.platform, ids: IDSource()).eraseNext()
        #expect(try await exports.export(ready, of: tenants.first.id) == nil)
        #expect(try await exports.export(ofThePerson, of: tenants.first.id) == nil)
        #expect(try await exports.export(others, of: tenants.second.id)?.state == .ready)
        // Whoever was making it writes nothing more of what it had read.
        #expect(try await !exports.progress(of: job, rows: 1, percent: 50, part: (0, [1])))
        #expect(try await exports.claim()?.id == begun)
        await tenants.stop()
    }

    @Test func whoIsBeingWrittenToIsErasedWhenTheMessageHasGone() async throws {
        let tenants = try await TwoTenants.make()
        let message = try #require(try await tenants.messagesInFlight(1, of: tenants.first).first)
        let requests = ErasureStore(tenants.database, ids: IDSource())
        let subject = ErasureSubject(phone: "+393401234567")
        let erasure = try #require(
            try await requests.request(subject, of: tenants.first.id, keepsOptOut: true, by: .system("test")))
        let eraser = ErasingStore(tenants.platform, ids: IDSource())
        #expect(try await eraser.eraseNext().outcome == .waiting(erasure.id))
        #expect(try await eraser.eraseNext().outcome == .nothingDue)
        _ = try await tenants.platform.execute("UPDATE message_states SET state = 6 WHERE id = \(message)")
        _ = try await tenants.platform.execute("DELETE FROM due_messages")
        _ = try await tenants.platform.execute("UPDATE erasures SET due_at = now()")
        #expect(try await eraser.eraseNext().outcome == .done(erasure.id))
        await tenants.stop()
    }
}

/// Two tenants with data of days gone by.
struct OldData: Sendable {
    let tenants: TwoTenants
    let store: RetentionStore
    private let accepting: AcceptStore

    var first: TestTenant { tenants.first }
    var second: TestTenant { tenants.second }

    static func with(_ body: (OldData) async throws -> Void) async throws {
        let tenants = try await TwoTenants.make()
        let accepting = AcceptStore(settings: tenants.settings, afterCommit: { _ in })
        try await accepting.start()
        do {
            try await body(
                OldData(
                    tenants: tenants, store: RetentionStore(tenants.platform, ids: IDSource()), accepting: accepting))
        } catch {
            await accepting.stop()
            await tenants.stop()
            throw error
        }
        await accepting.stop()
        await tenants.stop()
    }

    /// The beginning of a day some days ago, with its partitions.
    func day(_ ago: Int) async throws -> Timestamp {
        let length = TenantDay.length.microseconds
        let now = SystemClock.now().microseconds
        let day = Timestamp(microseconds: (now / length - Int64(ago)) * length)
        _ = try await tenants.platform.rows("SELECT create_day_partitions((\(day) AT TIME ZONE 'UTC')::date, 1)")
        return day
    }

    @discardableResult
    func accept(
        _ count: Int, on day: Timestamp, of tenant: TestTenant, to recipient: String = "+393401234567"
    ) async throws -> [MessageID] {
        let ids = IDSource()
        let messages = (0..<count).map { _ in
            tenant.message(to: recipient, id: MessageID(ids.uuid(at: day + .seconds(3_600))))
        }
        _ = try await accepting.accept(AcceptRequest(tenantID: tenant.id, messages: messages))
        return messages.map(\.id)
    }

    /// Nothing is to be sent any more.
    func settle() async throws { _ = try await tenants.platform.execute("DELETE FROM due_messages") }

    func set(_ assignments: String, of tenant: TestTenant) async throws {
        _ = try await tenants.platform.execute("UPDATE tenants SET \(raw: assignments) WHERE id = \(tenant.id)")
    }

    func inbound(on day: Timestamp, from number: String, of tenant: TestTenant) async throws {
        let at = day + .seconds(3_600)
        var batch = InboundBatch()
        batch.messages = [
            InboundMessage(
                owner: SenderOwner(tenantID: tenant.id, senderID: tenant.senderID), providerMessageID: "wamid.inbound",
                fromNumber: number, fromUserID: nil, type: "text", content: Array(#"{"text":{"body":"hi"}}"#.utf8),
                sentAt: at, receivedAt: at)
        ]
        try await InboundStore(tenants.database).write(batch)
    }

    /// A contact who opted out, with everything that hangs on it.
    func contact(_ phone: String, of tenant: TestTenant) async throws {
        let id = ContactID(IDSource().uuid())
        _ = try await tenants.platform.execute(
            """
            INSERT INTO contacts (tenant_id, id, phone, name, origin)
            VALUES (\(tenant.id), \(id), \(phone), 'Ada', 'api')
            """)
        _ = try await tenants.platform.execute(
            """
            INSERT INTO suppressions (tenant_id, id, recipient, category, reason, source)
            VALUES (\(tenant.id), gen_random_uuid(), \(phone), 'MARKETING', 'opted_out', 'keyword')
            """)
        _ = try await tenants.platform.execute(
            """
            INSERT INTO service_windows (tenant_id, sender_id, recipient, open_until)
            VALUES (\(tenant.id), \(tenant.senderID), \(phone), now()) ON CONFLICT DO NOTHING
            """)
        _ = try await tenants.platform.execute(
            """
            INSERT INTO provider_notices (id, tenant_id, provider, account, field, value, received_at)
            VALUES (gen_random_uuid(), \(tenant.id), 'meta', 'a', 'user_preferences',
                    jsonb_build_object('wa_id', ltrim(\(phone), '+')), now())
            """)
    }

    /// Two recipients of one broadcast: one is still to be written to, to the other it was written.
    func broadcast(to phone: String, of tenant: TestTenant) async throws {
        let id = BroadcastID(IDSource().uuid())
        _ = try await tenants.platform.execute(
            """
            INSERT INTO broadcasts (tenant_id, id, name, status, message, created_by, created_at, updated_at)
            VALUES (\(tenant.id), \(id), 'news', 'running', '{}', 'test', now(), now())
            """)
        _ = try await tenants.platform.execute(
            """
            INSERT INTO broadcast_recipients (tenant_id, broadcast_id, position, written, recipient, message_id)
            VALUES (\(tenant.id), \(id), 1, \(phone), \(phone), gen_random_uuid()),
                   (\(tenant.id), \(id), 2, '+393409999999', '+393409999999', NULL)
            """)
    }

    func rows(_ table: String, of tenant: TestTenant) async throws -> Int {
        try await count("\(table) WHERE tenant_id = '\(tenant.id)'")
    }

    func count(_ rows: String) async throws -> Int {
        try await tenants.platform.rows(SQL(raw: "SELECT count(*) FROM \(rows)")).first?.value(0, as: Int.self) ?? 0
    }

    /// Every table of a tenant whose rows hold a text anywhere.
    func tablesHolding(_ text: String, of tenant: TestTenant) async throws -> [String] {
        let tables: [String] = try await tenants.platform.rows(
            """
            SELECT c.table_name::text FROM information_schema.columns c
            JOIN information_schema.tables t USING (table_schema, table_name)
            WHERE c.table_schema = 'public' AND c.column_name = 'tenant_id' AND t.table_type = 'BASE TABLE'
              AND c.table_name !~ '_[0-9]{8}$' ORDER BY 1
            """
        ).map { try $0.value(0) }
        #expect(tables.count > 20)
        var holding: [String] = []
        for table in tables {
            let found = try await count("\(table) AS r WHERE tenant_id = '\(tenant.id)' AND to_jsonb(r)::text LIKE '%\(text)%'")
            if found > 0 { holding.append(table) }
        }
        return holding
    }

    /// The standing check, of one tenant now.
    func ledger(of tenant: TestTenant) async throws -> LedgerFinding {
        let checks = LedgerCheckStore(tenants.platform, ids: IDSource())
        for _ in 0..<4 {
            let checked = try await checks.checkNext(every: .zero) { finding in
                AlertDraft(key: AlertKey(.ledgerImbalance, tenantID: finding.tenantID), title: "", detail: "", occurrences: 1)
            }
            if let finding = checked?.finding, finding.tenantID == tenant.id { return finding }
        }
        throw LedgerNotChecked()
    }
}

private struct LedgerNotChecked: Error {}
