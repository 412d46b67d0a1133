internal import Models
internal import Postgres

/// The statements that find one page of a tenant's messages. However much there is, they look at a bounded number of
/// rows: the nearest of the smallest table that has all that is looked for.
struct LogSearch: Sendable {
    let tenantID: TenantID
    private let filter: LogFilter
    /// Of the name asked for, in all languages.
    private let templates: [TemplateID]
    private let place: LogPlace
    private let driver: LogDriver

    init(tenantID: TenantID, filter: LogFilter, templates: [TemplateID], place: LogPlace) {
        self.tenantID = tenantID
        self.filter = filter
        self.templates = templates
        self.place = place
        driver = filter.driver
    }

    /// Rows that one page looks at, a tenth of a second's work. Whoever wants more asks on from where it stopped, so that no
    /// page takes long however seldom something is.
    private var lookedAtMax: Int {
        switch driver {
        case .number: 2_000
        case .all, .due, .troubled: filter.looksAtStates ? 10_000 : 50_000
        }
    }

    private var direction: SQL { place.isAscending ? "ASC" : "DESC" }

    func page(skipping skipped: Int, max: Int) -> SQL {
        var shown = filter
        // Found by number already; once more it would lead the planner back to the numbers for each of them.
        if driver == .number { shown.phoneDigits = nil }
        var conditions = shown.conditions + ["m.tenant_id = \(tenantID)", "s.tenant_id = \(tenantID)"]
        func keep(_ condition: SQL?) {
            if let condition { conditions.append(condition) }
        }
        keep(place.condition("m.id"))
        keep(place.condition("s.id"))
        keep(template)
        if driver == .due || driver == .troubled {
            keep(place.condition("w.message_id"))
            keep(filter.range("w.message_id"))
        }
        if let bound {
            // In a sub-select as a whole: row-level security trusts no other expression near an index.
            let (compared, end): (SQL, UUIDValue) = place.isAscending ? ("<=", Self.last) : (">=", Self.first)
            let id: SQL = driver == .all ? "m.id" : "w.message_id"
            keep("\(id) \(compared) (SELECT coalesce((\(bound)), \(end)))")
        }
        let (with, from) = among(max: skipped + max)
        return """
            \(with) SELECT \(LogPageStore.columns) FROM \(from) \(LogPageStore.joins)
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY \(order) LIMIT \(max) OFFSET \(skipped)
            """
    }

    private var order: SQL {
        switch driver {
        case .all: "m.id \(direction)"
        case .due, .troubled: "w.message_id \(direction)"
        // Not by id: the planner would rather read all messages in that order than sort these few.
        case .number: "w.position"
        }
    }

    /// The last row that one page may look at; nothing where there are fewer. Nil: every row that is read is shown.
    var bound: SQL? {
        guard filter.isSearch, !isFoundAtOnce else { return nil }
        let (table, id) = source
        return """
            SELECT d.\(id) AS id FROM \(table) d WHERE \(near("d.\(id.text)").joined(separator: " AND "))
            ORDER BY d.\(id) \(direction) OFFSET \(raw: lookedAtMax.description) LIMIT 1
            """
    }

    /// By number, or by a template with one translation, nothing is looked at that is not of it: only what else is asked
    /// for makes it a search.
    private var isFoundAtOnce: Bool {
        var rest = filter
        if driver == .number { rest.phoneDigits = nil } else if templates.count == 1 { rest.template = nil }
        return !rest.isSearch
    }

    private var template: SQL? {
        switch templates.count {
        case 0: nil
        case 1: "m.template_id = \(templates[0])"
        default: "m.template_id = ANY (\(templates))"
        }
    }

    private var source: (table: SQL, id: SQL) {
        switch driver {
        case .all, .number: ("messages", "id")
        case .due: ("due_messages", "message_id")
        case .troubled: ("troubled_messages", "message_id")
        }
    }

    private func among(max: Int) -> (with: SQL, from: SQL) {
        let join: SQL = "JOIN messages m ON m.tenant_id = w.tenant_id AND m.id = w.message_id"
        switch driver {
        case .all: return ("", "messages m")
        case .due, .troubled: return ("", "\(source.table) w \(join) AND w.tenant_id = \(tenantID)")
        case .number:
            // Found by number and sorted then: no order of an index is both.
            let looked = isFoundAtOnce ? max : lookedAtMax + 1
            let found: SQL = """
                WITH w AS MATERIALIZED (
                    SELECT d.tenant_id, d.id AS message_id, row_number() OVER (ORDER BY d.id \(direction)) AS position
                    FROM messages d WHERE \(near("d.id").joined(separator: " AND "))
                    ORDER BY d.id \(direction) LIMIT \(looked))
                """
            return (found, "w \(join)")
        }
    }

    /// Rows of the source that may belong to the list, by what its index knows.
    private func near(_ column: String) -> [SQL] {
        var conditions: [SQL] = []
        func keep(_ condition: SQL?) {
            if let condition { conditions.append(condition) }
        }
        if driver == .number {
            keep(filter.number("d"))
            // Not for the index: with the tenant first the key would look as good as the numbers, and read everything.
            keep("(d.tenant_id = \(tenantID)) IS TRUE")
        } else {
            keep("d.tenant_id = \(tenantID)")
        }
        if driver == .all, templates.count == 1 { keep("d.template_id = \(templates[0])") }
        keep(place.condition(column))
        keep(filter.range(column))
        return conditions
    }

    private static let first = UUIDValue(high: 0, low: 0)
    private static let last = UUIDValue(high: .max, low: .max)
}
