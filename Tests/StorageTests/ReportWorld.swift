import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

/// Messages of chosen days in chosen states, written as they would stand after their lives.
struct ReportWorld: Sendable {
    let tenants: TwoTenants

    static func with(_ body: (ReportWorld) async throws -> Void) async throws {
        let tenants = try await TwoTenants.make()
        do {
            try await body(ReportWorld(tenants: tenants))
            await tenants.stop()
        } catch {
            await tenants.stop()
            throw error
        }
    }

    static func moment(_ text: String) throws -> Timestamp {
        try #require(Timestamp(rfc3339: text))
    }

    func makeDays(from first: String, _ days: Int) async throws {
        _ = try await tenants.platform.rows("SELECT create_day_partitions(\(first)::text::date, \(Int32(days)))")
    }

    /// One life of a message.
    struct Life {
        var state: MessageState
        var attempts: Int16 = 1
        var retries: Int16 = 0
        var code: Int32?
        /// After acceptance.
        var sentAfter: Duration? = .seconds(1)
        var deliveredAfter: Duration?
        var answerTook: Duration = .milliseconds(80)
        var lives: Duration = .seconds(86_400)
        var type = "text"

        init(_ state: MessageState) {
            self.state = state
        }
    }

    /// - Returns: their ids.
    @discardableResult
    func add(_ count: Int = 1, _ life: Life, of tenant: TestTenant, at moment: Timestamp) async throws -> [MessageID] {
        var ids: [MessageID] = []
        for _ in 0..<count {
            let id = MessageID(UUIDValue.version7(at: moment, random: (.random(in: 0 ... .max), .random(in: 0 ... .max))))
            ids.append(id)
            let sentAt = life.sentAfter.map { moment + $0 }
            _ = try await tenants.platform.pipeline([
                """
                INSERT INTO messages (tenant_id, id, sender_id, type, kind, lane, priority, recipient, content, expires_at,
                                      created_at)
                VALUES (\(tenant.id), \(id), \(tenant.senderID), \(life.type), 'general', 1, 5, '+393401234567',
                        '{"type":"text","body":"Hello","preview_url":false}', \(moment + life.lives), \(moment))
                """,
                """
                INSERT INTO message_states (tenant_id, id, state, attempts, retries, error_code, changed_at, sent_at,
                                            delivered_at)
                VALUES (\(tenant.id), \(id), \(life.state.rawValue), \(life.attempts), \(life.retries),
                        \(life.code as Int32?), \(moment), \(sentAt as Timestamp?),
                        \(life.deliveredAfter.map { moment + $0 } as Timestamp?))
                """,
                """
                INSERT INTO attempts (tenant_id, message_id, number, outcome, started_at, lease_until, ended_at)
                SELECT \(tenant.id), \(id), n, 1, \(moment), \(moment), \(moment + life.answerTook)
                FROM generate_series(1, \(Int32(life.attempts))) AS n
                """,
            ])
        }
        return ids
    }
}
