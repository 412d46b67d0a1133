import Models
import Runtime
import Storage

/// Holds what monitoring measured against the rules, and tells of what is past them.
struct RuleWatch: Sendable {
    let store: AlertJudgeStore
    let outlet: AlertOutlet
    let publicURL: String

    /// - Parameter measurements: of one cycle, after they were kept.
    func judge(_ measurements: [Measurement]) async throws {
        let publicURL = publicURL
        outlet.tell(
            try await store.judge(measurements, now: SystemClock.now()) { Self.draft($0, publicURL: publicURL) })
    }

    static func draft(_ breach: RuleBreach, publicURL: String) -> AlertDraft {
        let (rule, measurement) = (breach.rule, breach.measurement)
        let metric = rule.metric
        let words = metric.words
        let scope = measurement.scope
        let owner = scope.tenantID == nil ? "Platform" : breach.business ?? "A business"
        let thing =
            breach.sender.map { ", sender \($0)" } ?? (scope.subject.isEmpty ? "" : ", \(scope.subject)")
        let side =
            switch rule.comparison {
            case .above: "above"
            case .below: "below"
            }
        let figure = metric.text(measurement.value)
        let sample =
            measurement.sample > 1 ? " It stands on \(Piece.number(measurement.sample)) of them." : ""
        var draft = AlertDraft(
            key: breach.key,
            title: "\(owner)\(thing): the \(words.name) is \(figure), \(side) \(metric.text(rule.raiseAt))",
            detail: """
                \(words.meaning)\(sample) The alert ends at \(metric.text(rule.clearAt)).
                Who acts: \(words.who.words).
                What to do: \(words.remedy)
                \(publicURL)\(scope.tenantID == nil ? "/admin/health" : "/admin/whatsapp-monitor?business=\(scope.tenantID.map { "\($0)" } ?? "")")
                """,
            occurrences: 1)
        draft.severity = rule.severity
        draft.subject = scope.subject
        draft.measured = AlertDraft.Measured(metric, value: measurement.value, threshold: rule.raiseAt)
        return draft
    }
}
