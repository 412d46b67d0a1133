import APIKit
import JSON
import Models
import Storage

/// Alerts and rules as programs read them.
enum AlertJSON {
    static func write(_ alert: StoredAlert, for caller: AlertCaller, into writer: inout JSONWriter) {
        writer.field("id", alert.id.description)
        writer.field("code", alert.code)
        writer.field("severity", alert.severity.rawValue)
        writer.field("status", alert.isOpen ? "open" : "resolved")
        writer.field("tenant_id", orNull: alert.tenantID?.description)
        writer.field("business", orNull: alert.business)
        writer.field("subject", alert.subject)
        writer.field("title", alert.title)
        writer.field("detail", AlertWords.detail(alert, isFounder: caller.tenantID == nil))
        writer.field("occurrences", alert.occurrences)
        writer.field("metric", orNull: alert.metric?.rawValue)
        number("value", alert.value, &writer)
        number("threshold", alert.threshold, &writer)
        writer.field("root_cause", orNull: alert.rootCause)
        writer.field("parent_id", orNull: alert.parentID?.description)
        writer.field("opened_at", alert.openedAt.rfc3339)
        writer.field("updated_at", alert.updatedAt.rfc3339)
        writer.field("acknowledged_at", orNull: alert.acknowledged?.at.rfc3339)
        writer.field("acknowledged_by", orNull: alert.acknowledged?.who)
        writer.field("silenced_until", orNull: alert.silencedUntil?.rfc3339)
        writer.field("silenced_by", orNull: alert.silencedBy)
        writer.field("resolved_at", orNull: alert.resolvedAt?.rfc3339)
        writer.field("resolved_by", orNull: alert.resolvedBy)
        writer.field("note", orNull: alert.note)
    }

    static func write(_ events: [AlertEvent], into list: inout JSONWriter) {
        for event in events {
            list.object { writer in
                writer.field("at", event.at.rfc3339)
                writer.field("what", event.what.rawValue)
                writer.field("who", event.who)
                writer.field("note", orNull: event.note)
            }
        }
    }

    static func write(_ shown: ShownRule, into writer: inout JSONWriter) {
        let rule = shown.rule
        writer.field("metric", rule.metric.rawValue)
        writer.field("subject", shown.subject)
        writer.field("name", rule.metric.words.name)
        writer.field("comparison", rule.comparison.rawValue)
        writer.field("raise_at", rule.raiseAt)
        writer.field("clear_at", rule.clearAt)
        writer.field("cycles", rule.cycles)
        writer.field("lasting_seconds", rule.lasting.components.seconds)
        writer.field("sample_min", rule.sampleMin)
        writer.field("severity", rule.severity.rawValue)
        writer.field("enabled", rule.isEnabled)
        writer.field("source", shown.source.rawValue)
        writer.field("version", orNull: shown.stored?.version)
        writer.field("updated_at", orNull: shown.stored?.updatedAt.rfc3339)
        writer.field("updated_by", orNull: shown.stored?.updatedBy)
    }

    static func write(_ outcome: AlertRehearsalStore.Outcome, into writer: inout JSONWriter) {
        let rehearsal = outcome.rehearsal
        writer.field("from", outcome.from.rfc3339)
        writer.field("measurements", rehearsal.measurements)
        writer.field("truncated", outcome.isCut)
        writer.field("fired", rehearsal.fired)
        writer.field("longest_seconds", rehearsal.longest.components.seconds)
        writer.field(
            "firings",
            array: { list in
                for firing in rehearsal.firings {
                    list.object { writer in
                        writer.field("tenant_id", orNull: firing.scope.tenantID?.description)
                        writer.field("business", orNull: firing.scope.tenantID.flatMap { outcome.businesses[$0] })
                        writer.field("subject", firing.scope.subject)
                        writer.field("from", firing.from.rfc3339)
                        writer.field("to", orNull: firing.to?.rfc3339)
                        writer.field("worst", firing.worst)
                    }
                }
            })
    }

    private static func number(_ name: StaticString, _ value: Double?, _ writer: inout JSONWriter) {
        if let value {
            writer.field(name, value)
        } else {
            writer.key(name.description)
            writer.null()
        }
    }
}

/// A rule that holds, with where it comes from.
struct ShownRule: Sendable {
    let rule: AlertRule
    /// Empty: of all.
    let subject: String
    let source: AlertRuleSource
    /// Nil where the caller has written none.
    let stored: StoredAlertRule?
}

extension AlertParts {
    /// One for each metric, and those that were written for one thing.
    func shownRules(_ caller: AlertCaller) async throws -> [ShownRule] {
        let written = try await rules(caller).rules()
        let book = try await book(caller)
        let metrics = Metric.allCases.filter { caller.tenantID == nil || $0.isOfBusinesses }
        return metrics.flatMap { metric in
            [shown(metric, "", book, written, caller)]
                + written.filter { $0.rule.metric == metric && !$0.scope.subject.isEmpty }
                .map { shown(metric, $0.scope.subject, book, written, caller) }
        }
    }

    func shownRule(_ metric: Metric, _ subject: String, _ caller: AlertCaller) async throws -> ShownRule {
        shown(metric, subject, try await book(caller), try await rules(caller).rules(), caller)
    }

    private func shown(
        _ metric: Metric, _ subject: String, _ book: AlertRuleBook, _ written: [StoredAlertRule], _ caller: AlertCaller
    ) -> ShownRule {
        let (rule, source) = book.rule(for: metric, of: MetricScope(tenantID: caller.tenantID, subject: subject))
        let own = written.first { $0.rule.metric == metric && $0.scope.subject == subject }
        return ShownRule(rule: rule, subject: subject, source: source, stored: own)
    }
}
