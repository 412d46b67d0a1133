package import Postgres

/// What is due and was not taken up: how old the oldest is, and how much there is. Platform role.
package struct BacklogStore: Sendable {
    /// More than this is not counted.
    package static let countedMax = 10_000

    package struct Backlog: Hashable, Sendable {
        /// Zero when nothing is due.
        package let age: Duration
        /// At most `countedMax`.
        package let messages: Int64

        package init(age: Duration, messages: Int64) {
            self.age = age
            self.messages = messages
        }
    }

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// Without what a closed gate holds, and without messages of batches that wait for their turn.
    package func backlog() async throws(DatabaseError) -> Backlog {
        let rows = try await database.rows(
            """
            SELECT count(*) AS messages,
                   coalesce(extract(epoch FROM now() - min(due_at)), 0)::double precision AS seconds
            FROM (
                SELECT due_at, gate_id FROM due_messages WHERE NOT to_pace AND due_at <= now()
                ORDER BY due_at LIMIT \(Int64(Self.countedMax))) AS due
            WHERE gate_id IS NULL
            """)
        guard let row = rows.first else { return Backlog(age: .zero, messages: 0) }
        return Backlog(
            age: .seconds(max(0, try row.value("seconds", as: Double.self))), messages: try row.value("messages"))
    }
}
