import JSON
import Models

/// Sending many messages of one business again through its API: counted first, then done as counted.
struct BulkRetry: Sendable {
    static let path = "/v1/messages/retry"

    /// What is looked for; everything given must hold.
    struct Filter: Sendable {
        var states: Set<MessageState> = [.failed, .undelivered]
        var errorCode: Int?
        var from: Timestamp?
        var to: Timestamp?
        /// Leave out what another try would not help.
        var sparesPermanent = true
    }

    /// What would happen, kept by the API for a quarter of an hour.
    struct Plan: Sendable {
        let id: String
        let found: Int
        /// There is more than one plan may hold.
        let isCapped: Bool
        let wouldRepeat: Int
        /// By reason.
        let skipped: [String: Int]
    }

    struct Result: Sendable {
        let repeated: Int
        /// Of what the plan would have repeated.
        let skipped: [String: Int]
    }

    /// Asks `POST /v1/messages/retry` in the name of whoever wants this.
    let ask: @Sendable (_ body: [UInt8]) async throws -> TenantAPI.Answer

    func plan(_ filter: Filter) async throws -> Plan {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field(
                "filter",
                object: { writer in
                    writer.field("status", filter.states.map(\.name).sorted().joined(separator: ","))
                    writer.field("error_code", filter.errorCode)
                    writer.field("created_from", filter.from?.rfc3339)
                    writer.field("created_to", filter.to?.rfc3339)
                })
            writer.field("dry_run", true)
            writer.field("skip_permanent", filter.sparesPermanent)
        }
        let answer = try await ask(writer.bytes)
        return Plan(
            id: answer["plan_id"]?.string ?? "", found: Int(answer["found"]?.integer ?? 0),
            isCapped: answer["is_capped"]?.boolean ?? false, wouldRepeat: Int(answer["would_repeat"]?.integer ?? 0),
            skipped: Self.counts(answer["would_skip"]))
    }

    /// Repeating a plan that was executed gives its first result again.
    func execute(plan id: String) async throws -> Result {
        var writer = JSONWriter()
        writer.object { $0.field("plan_id", id) }
        let answer = try await ask(writer.bytes)
        return Result(repeated: Int(answer["repeated"]?.integer ?? 0), skipped: Self.counts(answer["skipped"]))
    }

    func execute(_ plan: Plan) async throws -> Result {
        if plan.wouldRepeat == 0 { return Result(repeated: 0, skipped: [:]) }
        return try await execute(plan: plan.id)
    }

    private static func counts(_ value: JSONValue?) -> [String: Int] {
        Dictionary(
            (value?.members ?? []).map { ($0.key, Int($0.value.integer ?? 0)) }, uniquingKeysWith: { first, _ in first })
    }
}
