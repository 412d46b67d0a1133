import Models
import Storage

/// What people read, in words, before any channel's own dressing.
struct AlertText: Sendable {
    static let shownMax = 20

    let title: String
    /// One thing worth knowing a line, by name.
    let facts: [(name: String, value: String)]
    let paragraphs: [String]

    /// One notification as it is.
    static func of(_ claimed: ClaimedNotification) -> AlertText {
        guard let alert = claimed.alert else {
            return AlertText(title: claimed.subject, facts: [], paragraphs: [claimed.body])
        }
        var facts = [
            ("Tenant", tenant(alert)), ("Severity", alert.severity.rawValue), ("Code", alert.code),
            ("Since", shown(alert.openedAt)),
        ]
        if alert.occurrences > 1 { facts.append(("Occurrences", "\(alert.occurrences)")) }
        if claimed.isResolved, let end = alert.resolvedAt { facts.append(("Resolved", shown(end))) }
        return AlertText(
            title: "[\(mark(claimed, alert))] \(alert.title)",
            facts: facts.map { (name: $0.0, value: $0.1) },
            paragraphs: alert.detail.isEmpty ? [] : [alert.detail]
        )
    }

    /// A storm of alerts in one message.
    static func of(storm claimed: [ClaimedNotification]) -> AlertText {
        let critical = claimed.count { $0.alert?.severity == .critical && !$0.isResolved }
        var lines = claimed.prefix(shownMax).compactMap { one in
            one.alert.map { "• [\(mark(one, $0))] \($0.title) (\(tenant($0)), \(shown($0.openedAt)))" }
        }
        if claimed.count > shownMax { lines.append("… and \(claimed.count - shownMax) more") }
        let worst = critical > 0 ? ", \(critical) of them critical" : ""
        return AlertText(
            title: "\(claimed.count) alerts\(worst)",
            facts: [],
            paragraphs: ["Too many at once to be told one by one:", lines.joined(separator: "\n")]
        )
    }

    private static func mark(_ claimed: ClaimedNotification, _ alert: ToldAlert) -> String {
        claimed.isResolved ? "RESOLVED" : alert.severity.rawValue.uppercased()
    }

    private static func tenant(_ alert: ToldAlert) -> String {
        alert.tenantName ?? alert.tenantID?.description ?? "the platform"
    }

    /// To the second: nobody reads microseconds.
    private static func shown(_ instant: Timestamp) -> String {
        let text = instant.rfc3339
        return text.prefix(19).replacing("T", with: " ") + " UTC"
    }
}
