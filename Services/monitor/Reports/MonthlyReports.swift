import Models
import Runtime
import Storage

/// Makes the report of each business, and of all together, when a month is over; what was missed is made up for.
struct MonthlyReports: Sendable {
    let facts: ComplianceStore
    let reports: ReportStore
    /// Nil: the database's clock.
    var now: Timestamp?

    /// - Returns: whether another one may be due.
    func run() async throws -> Bool {
        guard let due = try await reports.nextDue(now: now) else { return false }
        let report = ComplianceReport.make(
            try await facts.facts(of: due.tenantID, due.period),
            business: due.tenantID == nil ? nil : due.business ?? "", period: due.period, at: now ?? SystemClock.now())
        try await reports.store(report, for: due)
        Log.info(
            "a monthly report was made",
            [
                "month": due.period.month ?? due.period.firstDay, "tenant": due.tenantID?.description ?? "all",
                "settled": "\(due.isSettled)",
            ])
        return true
    }
}
