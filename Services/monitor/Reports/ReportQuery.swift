import APIKit
import HTTPServer
import Models
import Runtime

/// Which report is asked for: a month that is kept, or any days.
struct ReportQuery: Sendable {
    enum Format: String, CaseIterable {
        case json
        case csv
    }

    let period: ReportPeriod
    /// Asked for by its month: what is kept of it counts, where something is.
    let isMonth: Bool
    let format: Format
    /// Of founders: nil: all businesses.
    let tenantID: TenantID?
    /// Nothing was asked for in particular.
    let isEmpty: Bool

    /// - Parameter isAcrossTenants: whether `tenant` may be given.
    init(_ request: Request, isAcrossTenants: Bool, now: Timestamp = SystemClock.now()) throws {
        var query = QueryReader(
            request, known: ["month", "from", "to", "format"] + (isAcrossTenants ? ["tenant"] : []))
        let month = query.value(
            "month", "month_invalid", "`month` must be a month such as 2027-01."
        ) { text in
            Timestamp(rfc3339: text + "-01T00:00:00Z").map { ReportPeriod(monthOf: $0) }
        }
        let lastMonth = ReportPeriod(monthOf: ReportPeriod(monthOf: now).from + .seconds(-86_400))
        let from = query.day("from")
        let to = query.day("to")
        format = query.word("format") ?? .json
        tenantID = query.value("tenant", "tenant_invalid", "`tenant` must be the id of a business.") { TenantID($0) }
        isEmpty = month == nil && from == nil && to == nil
        isMonth = month != nil
        let first = from ?? lastMonth.firstDay
        let last = to ?? (from == nil ? lastMonth.lastDay : String(now.rfc3339.prefix(10)))
        let days = ReportPeriod(from: first, to: last)
        if month == nil, days == nil {
            query.note(
                "period_invalid", "to",
                "`to` must not lie before `from`, and a report is about at most \(ReportPeriod.daysMax) days.")
        }
        try query.requireNoProblems()
        guard let period = month ?? days else { throw Problem.refused(query.problems.all) }
        self.period = period
    }
}
