import Models
import Postgres
import TestSupport
import Testing

extension Site {
    /// A message whose only send ended like this, and which waits for nobody any more.
    func failed(
        of tenant: TestTenant? = nil, code: Int32? = 131_000, state: MessageState = .failed, sid: String? = nil,
        outcome: Int16 = 2
    ) async throws -> MessageID {
        let tenant = tenant ?? tenants.first
        let id = try await accept(tenant.message())
        try await move(id, .sending, state, code: code)
        _ = try await tenants.platform.execute(
            """
            INSERT INTO attempts (tenant_id, message_id, number, outcome, started_at, ended_at, lease_until, error_code,
                                  provider_message_id, error_details)
            VALUES (\(tenant.id), \(id), 1, \(outcome), now(), now(), now(), \(code as Int32?), \(sid as String?), 'Their words')
            """)
        _ = try await tenants.platform.execute("DELETE FROM due_messages WHERE message_id = \(id)")
        return id
    }

    /// Through these states one after the other.
    func move(_ id: MessageID, _ states: MessageState..., code: Int32? = nil) async throws {
        for state in states {
            _ = try await tenants.platform.execute(
                """
                UPDATE message_states SET state = \(state.rawValue), changed_at = now(), attempts = 1,
                       error_code = \(code as Int32?) WHERE id = \(id)
                """)
        }
    }

    /// What the audit log says was done, the newest first.
    func audited(_ action: String) async throws -> [String] {
        try await tenants.platform.rows(
            "SELECT detail::text FROM audit_log WHERE action = \(action) ORDER BY id DESC"
        ).map { try $0.value(0, as: String.self) }
    }
}
