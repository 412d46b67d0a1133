import Models
import Runtime
import Storage

/// Alerts in words for people.
enum AlertWords {
    /// A business is not sent to the founders' pages.
    static func detail(_ alert: StoredAlert, isFounder: Bool) -> String {
        if isFounder { return alert.detail }
        return alert.detail.split(separator: "\n").filter { !($0.hasPrefix("http") && $0.contains("/admin/")) }
            .joined(separator: "\n")
    }

    static func severity(_ severity: AlertSeverity) -> String {
        switch severity {
        case .critical: "Critical"
        case .warning: "Warning"
        case .info: "Notice"
        }
    }

    static func colour(_ severity: AlertSeverity) -> String {
        switch severity {
        case .critical: "red"
        case .warning: "amber"
        case .info: "blue"
        }
    }

    static func words(_ event: AlertEvent.Kind) -> (title: String, colour: String) {
        switch event {
        case .raised: ("Raised", "red")
        case .reopened: ("Opened again", "red")
        case .grouped: ("Explained by another alert", "blue")
        case .acknowledged: ("Acknowledged", "blue")
        case .silenced: ("Silenced", "grey")
        case .unsilenced: ("Silence ended", "grey")
        case .escalated: ("Escalated", "amber")
        case .resolved: ("Resolved", "green")
        case .noted: ("Note", "grey")
        }
    }

    static func source(_ source: AlertRuleSource) -> String {
        switch source {
        case .own: "Your own"
        case .thresholds: "From the settings"
        case .platform: "The platform's"
        case .standard: "Standard"
        }
    }

    /// `2 h 5 min`, `40 min`, `12 s`.
    static func span(_ span: Duration) -> String {
        let seconds = span.components.seconds
        switch seconds {
        case ..<60: return "\(seconds) s"
        case ..<3_600: return "\(seconds / 60) min"
        case ..<86_400: return "\(seconds / 3_600) h" + (seconds / 60 % 60 == 0 ? "" : " \(seconds / 60 % 60) min")
        default: return "\(seconds / 86_400) d" + (seconds / 3_600 % 24 == 0 ? "" : " \(seconds / 3_600 % 24) h")
        }
    }

    /// When a rule raises: "below 95 %, 2 times in a row".
    static func condition(_ rule: AlertRule) -> String {
        let side =
            switch rule.comparison {
            case .above: "above"
            case .below: "below"
            }
        var text = "\(side) \(rule.metric.text(rule.raiseAt))"
        if rule.cycles > 1 { text += ", \(rule.cycles) times in a row" }
        if rule.lasting > .zero { text += ", for \(span(rule.lasting))" }
        return text
    }

    /// "Would have fired 3 times in the last 30 days; the longest for 40 min."
    static func rehearsal(_ outcome: AlertRehearsalStore.Outcome) -> String {
        let rehearsal = outcome.rehearsal
        if rehearsal.measurements == 0 { return "Nothing was measured in the last 30 days." }
        switch rehearsal.fired {
        case 0: return "Would not have fired in the last 30 days."
        case 1: return "Would have fired once in the last 30 days, for \(span(rehearsal.longest))."
        default:
            return """
                Would have fired \(Piece.number(rehearsal.fired)) times in the last 30 days; the longest for \
                \(span(rehearsal.longest)).
                """
        }
    }
}
