package import Models

/// What the lists of the audit log may be asked for, the tenant's own and the founders' alike.
package struct AuditQuery: Sendable {
    package static let parameters = ["actor", "actor_kind", "action", "target", "from", "to", "limit", "cursor"]

    package let filter: AuditFilter
    /// The last line of the page before.
    package let after: UUIDValue?
    package let limit: Int

    package init(_ query: inout QueryReader) {
        var filter = AuditFilter()
        filter.actor = query.text("actor")
        filter.actorKind = query.word("actor_kind")
        filter.action = query.text("action")
        filter.target = query.text("target")
        filter.from = query.time("from")
        filter.to = query.time("to")
        if let from = filter.from, let to = filter.to, from >= to {
            query.note("from_invalid", "from", "`from` must lie before `to`.")
        }
        self.filter = filter
        after = query.value("cursor", "cursor_invalid", "Use `next_cursor` of the page before, unchanged.") {
            Cursor.decode(text: $0).flatMap { UUIDValue($0) }
        }
        limit = query.limit()
    }
}
