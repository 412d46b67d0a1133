package import Postgres

/// Counts calls at our webhooks that proved no origin; service role.
package struct WebhookRefusalStore: Sendable {
    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// - Parameter refused: by provider, since the last time.
    package func add(_ refused: [String: Int]) async throws(DatabaseError) {
        let counts = refused.filter { $0.value > 0 }.sorted { $0.key < $1.key }
        if counts.isEmpty { return }
        _ = try await database.execute(
            """
            INSERT INTO webhook_refusals AS w (minute, provider, refused)
            SELECT date_trunc('minute', now()), c.provider, c.refused
            FROM unnest(\(counts.map(\.key)), \(counts.map { Int64($0.value) })) AS c (provider, refused)
            ON CONFLICT (minute, provider) DO UPDATE SET refused = w.refused + excluded.refused
            """)
    }
}
