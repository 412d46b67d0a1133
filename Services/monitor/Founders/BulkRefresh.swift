import JSON
import Models

/// Asking the provider what became of the messages of one business, through its API: of those that it has and has not
/// settled.
struct BulkRefresh: Sendable {
    static let path = "/v1/messages/refresh"

    /// When they were accepted; everything given must hold.
    struct Filter: Sendable {
        var from: Timestamp?
        /// Not included.
        var to: Timestamp?
    }

    struct Wishes: Sendable {
        let requested: Int
        /// Their provider offers no such question.
        let notOffered: Int
        /// The provider has not taken them yet.
        let notSent: Int
        /// There are more than are taken at once.
        let isCapped: Bool
    }

    /// Asks `POST /v1/messages/refresh` in the name of whoever wants this.
    let ask: @Sendable (_ body: [UInt8]) async throws -> TenantAPI.Answer

    func answer(_ filter: Filter = Filter(), isDry: Bool) async throws -> TenantAPI.Answer {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field(
                "filter",
                object: { writer in
                    writer.field("created_from", filter.from?.rfc3339)
                    writer.field("created_to", filter.to?.rfc3339)
                })
            writer.field("dry_run", isDry)
        }
        return try await ask(writer.bytes)
    }

    func wishes(_ filter: Filter, isDry: Bool) async throws -> Wishes {
        let answer = try await answer(filter, isDry: isDry)
        return Wishes(
            requested: Int(answer["requested"]?.integer ?? 0), notOffered: Int(answer["not_offered"]?.integer ?? 0),
            notSent: Int(answer["not_sent"]?.integer ?? 0), isCapped: answer["is_capped"]?.boolean ?? false)
    }
}
