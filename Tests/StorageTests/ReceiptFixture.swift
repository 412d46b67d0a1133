import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

/// Two tenants, and messages of theirs in whatever state a test begins with.
struct ReceiptFixture: Sendable {
    static let epoch = Timestamp(microseconds: 1_790_000_000_000_000)

    let tenants: TwoTenants
    let store: ReceiptStore
    let dispatch: DispatchStore

    static func with(_ body: (ReceiptFixture) async throws -> Void) async throws {
        let tenants = try await TwoTenants.make()
        let dispatch = DispatchStore(database: tenants.database, settings: tenants.settings)
        try await dispatch.start()
        do {
            try await body(
                ReceiptFixture(
                    tenants: tenants, store: ReceiptStore(tenants.database, TestTenant.secrets()), dispatch: dispatch)
            )
            await dispatch.stop()
            await tenants.stop()
        } catch {
            await dispatch.stop()
            await tenants.stop()
            throw error
        }
    }

    /// Accepted, and with an attempt in flight.
    func messagesInFlight(_ count: Int, of tenant: TestTenant) async throws -> [MessageID] {
        try await tenants.messagesInFlight(count, of: tenant)
    }

    func claim(_ messages: [MessageID], of tenant: TestTenant) async throws {
        let claim = try await dispatch.claim(messages.map { (tenant.id, $0) }, lease: .seconds(60))
        #expect(claim.claimed.count == messages.count)
    }

    /// What the dispatcher writes when the provider has taken it.
    func answerAccepted(_ message: MessageID, of tenant: TestTenant, attempt: Int = 1) async throws {
        let move = Move(
            tenantID: tenant.id,
            messageID: message,
            senderID: tenant.senderID,
            templateID: nil,
            from: .sending,
            attempts: attempt,
            to: .sent
        )
        var end = AttemptEnd(tenantID: tenant.id, messageID: message, number: attempt, outcome: .accepted)
        end.providerMessageID = Self.providerID(message, attempt)
        _ = try await dispatch.record(RecordedOutcome(move: move, end: end, answer: .accepted))
    }

    /// The call of the first attempt brought no answer.
    func loseAnswer(_ message: MessageID) async throws {
        _ = try await tenants.platform.execute("UPDATE message_states SET state = 3 WHERE id = \(message)")
        _ = try await tenants.platform.execute(
            "UPDATE attempts SET outcome = 4 WHERE message_id = \(message)"
        )
    }

    /// A retry's time has come: told and claimed once more.
    func claimAgain(_ message: MessageID, of tenant: TestTenant) async throws {
        _ = try await tenants.platform.execute("UPDATE message_states SET state = 1 WHERE id = \(message)")
        try await claim([message], of: tenant)
    }

    static func providerID(_ message: MessageID, _ attempt: Int = 1) -> ProviderMessageID {
        ProviderMessageID("wamid.\(message).\(attempt)")
    }

    func receipt(
        _ status: ReceiptStatus,
        of message: MessageID,
        _ tenant: TestTenant,
        attempt: Int = 1,
        after seconds: Int = 0,
        code: Int? = nil,
        named: Bool = true,
        tag: Int = 0
    ) -> IncomingReceipt {
        IncomingReceipt(
            tenantID: tenant.id,
            providerMessageID: Self.providerID(message, attempt),
            messageID: named ? message : nil,
            attempt: named ? attempt : nil,
            status: status,
            word: status.rawValue,
            at: Self.epoch + .seconds(seconds),
            error: code.map { ProviderError(code: $0, details: "as said") },
            pricing: Array(#"{"billable":true}"#.utf8),
            tag: tag
        )
    }

    @discardableResult
    func apply(_ receipts: [IncomingReceipt], rules: ReceiptRules = ReceiptRules()) async throws
        -> AppliedReceipts
    {
        try await store.apply(receipts, rules: rules)
    }

    struct Seen: Hashable {
        let state: MessageState?
        let retries: Int
        let errorCode: Int?
        let isCritical: Bool
        let sentAt: Timestamp?
        let deliveredAt: Timestamp?
        let readAt: Timestamp?
        let hasEnded: Bool
        let isDue: Bool
        /// outcome and whether an error stands beside it, by number
        let attempts: [String]
    }

    func seen(_ message: MessageID) async throws -> Seen {
        let rows = try await tenants.platform.rows(
            """
            SELECT s.state, s.retries, s.error_code, s.is_critical, s.sent_at, s.delivered_at, s.read_at,
                   s.ended_at IS NOT NULL AS has_ended,
                   EXISTS (SELECT FROM due_messages d WHERE d.message_id = s.id) AS is_due,
                   ARRAY (SELECT outcome || coalesce(':' || error_code, '') || coalesce(' ' || left(provider_message_id, 5), '')
                          FROM attempts a WHERE a.message_id = s.id ORDER BY number) AS attempts
            FROM message_states s WHERE s.id = \(message)
            """
        )
        let row = try #require(rows.first)
        return Seen(
            state: MessageState(rawValue: try row.value("state")),
            retries: try row.value("retries"),
            errorCode: try row.value("error_code"),
            isCritical: try row.value("is_critical"),
            sentAt: try row.value("sent_at"),
            deliveredAt: try row.value("delivered_at"),
            readAt: try row.value("read_at"),
            hasEnded: try row.value("has_ended"),
            isDue: try row.value("is_due"),
            attempts: try row.value("attempts")
        )
    }

    /// Messages by state, as the appended changes have it.
    func counts(of tenant: TestTenant) async throws -> [MessageState: Int] {
        var counts: [MessageState: Int] = [:]
        for row in try await tenants.platform.rows(
            """
            SELECT state, sum(n)::bigint AS n FROM (
                SELECT to_state AS state, messages AS n FROM message_count_changes WHERE tenant_id = \(tenant.id)
                UNION ALL
                SELECT from_state, -messages FROM message_count_changes
                WHERE tenant_id = \(tenant.id) AND from_state >= 0
            ) AS c GROUP BY state HAVING sum(n) <> 0
            """
        ) {
            let state = try #require(MessageState(rawValue: try row.value("state")))
            counts[state] = try row.value("n")
        }
        return counts
    }

    /// Types of the message's events after the one of its claim.
    func events(of message: MessageID) async throws -> [String] {
        try await tenants.platform.rows(
            """
            SELECT type || coalesce(':' || (detail ->> 'ignored'), '') AS type FROM message_events
            WHERE message_id = \(message) AND type NOT IN ('accepted', 'queued', 'sending') ORDER BY at, type
            """
        ).map { try $0.value("type") }
    }
}
