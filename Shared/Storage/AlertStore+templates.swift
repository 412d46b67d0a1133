package import Models
package import Postgres

/// A template whose category changed or will change, nobody told of it yet.
package struct MovedTemplate: Sendable {
    package let tenantID: TenantID
    package let tenantName: String
    package let templateID: TemplateID
    package let name: String
    package let language: String
    /// As Meta writes it: `MARKETING`.
    package let category: String
    package let nextCategory: String?
    package let nextAt: Timestamp?
}

extension AlertStore {
    package static let movedTemplatesMax = 100

    package func alertMovedTemplates(
        draft: @escaping @Sendable (MovedTemplate) -> AlertDraft
    ) async throws(DatabaseError) -> [AlertNews] {
        let ids = ids
        return try await database.transaction { connection in
            let moved = try connection.rows(
                """
                WITH owed AS MATERIALIZED (
                    SELECT tenant_id, id FROM templates WHERE category_news_at IS NOT NULL
                    ORDER BY category_news_at LIMIT \(Self.movedTemplatesMax) FOR UPDATE SKIP LOCKED
                )
                UPDATE templates t SET category_news_at = NULL
                FROM owed o JOIN tenants n ON n.id = o.tenant_id
                WHERE t.tenant_id = o.tenant_id AND t.id = o.id
                RETURNING t.tenant_id, n.name AS tenant_name, t.id, t.name, t.language, t.category, t.next_category,
                          t.next_category_at
                """
            ).map { row in
                MovedTemplate(
                    tenantID: try row.value("tenant_id"), tenantName: try row.value("tenant_name"),
                    templateID: try row.value("id"), name: try row.value("name"), language: try row.value("language"),
                    category: try row.value("category"), nextCategory: try row.value("next_category"),
                    nextAt: try row.value("next_category_at"))
            }
            return try moved.map { try Self.open(draft($0), ids: ids, on: connection) }
        }
    }
}
