import Models
import Storage

/// What people read, in words, before any channel's own dressing.
struct AlertText: Sendable {
    /// What it looks like at a glance.
    enum Tone: String, Sendable {
        case plain, info, warning, critical, resolved

        init(_ severity: AlertSeverity) {
            switch severity {
            case .info: self = .info
            case .warning: self = .warning
            case .critical: self = .critical
            }
        }
    }

    struct Link: Sendable {
        let label: String
        let url: String
        /// What most people will want to do.
        let isPrimary: Bool
    }

    struct Table: Sendable {
        let title: String
        /// A name and its figures, one row a line.
        let rows: [(name: String, value: String)]
    }

    let title: String
    /// One thing worth knowing a line, by name.
    let facts: [(name: String, value: String)]
    let paragraphs: [String]
    var tables: [Table] = []
    var tone = Tone.plain
    var links: [Link] = []
}

/// Puts what is told into words, for whoever it is told to.
struct TellingWords: Sendable {
    static let shownMax = 20

    /// Where the pages are, without a slash at the end; nil: there is nothing to link to.
    let publicURL: String?
    /// A link that acknowledges an alert, for whom it is sent to.
    let acknowledging: @Sendable (_ alert: AlertID, _ who: String, _ now: Timestamp) -> String?

    init(
        publicURL: String?,
        acknowledging: @escaping @Sendable (AlertID, String, Timestamp) -> String? = { _, _, _ in nil }
    ) {
        self.publicURL = publicURL
        self.acknowledging = acknowledging
    }

    func text(of batch: [ClaimedNotification], as reason: TellingBatch.Reason, now: Timestamp) -> AlertText? {
        guard let first = batch.first else { return nil }
        if batch.count == 1 { return single(first, now: now) }
        return switch reason {
        case .single, .storm: storm(batch, why: "Too many at once to be told one by one:")
        case .held: storm(batch, why: "What happened in the quiet hours:")
        case .oneCause: oneCause(batch, now: now)
        }
    }

    /// What the first message of a thread says once every alert in it is over.
    static func threadEnd(alerts: Int) -> AlertText {
        AlertText(
            title: "[RESOLVED] \(alerts) alerts", facts: [],
            paragraphs: ["All alerts that were told here are over. The thread has what was said."], tone: .resolved)
    }

    // MARK: One alert

    private func single(_ claimed: ClaimedNotification, now: Timestamp) -> AlertText {
        guard let alert = claimed.alert else { return withoutAlert(claimed) }
        var facts: [(name: String, value: String)] = []
        if claimed.tenantID == nil { facts.append(("Business", Self.business(alert))) }
        facts += [("Severity", alert.severity.rawValue), ("Code", alert.code), ("Since", Self.shown(alert.openedAt))]
        if alert.occurrences > 1 { facts.append(("Occurrences", "\(alert.occurrences)")) }
        switch claimed.kind {
        case .reminder, .escalation:
            facts.append(("Not acknowledged for", Self.span(now - alert.openedAt)))
        case .resolved:
            if let end = alert.resolvedAt {
                facts.append(("Resolved", Self.shown(end)))
                facts.append(("Lasted", Self.span(end - alert.openedAt)))
            }
            if let who = alert.resolvedBy { facts.append(("Resolved by", who)) }
            if let note = alert.note, !note.isEmpty { facts.append(("Note", note)) }
        case .raised, .text, .digest, .retryReport: break
        }
        if let who = alert.acknowledgedBy, claimed.kind != .resolved { facts.append(("Acknowledged by", who)) }
        return AlertText(
            title: "[\(Self.mark(claimed, alert))] \(alert.title)",
            facts: facts,
            paragraphs: paragraphs(claimed, alert),
            tone: claimed.isResolved ? .resolved : .init(alert.severity),
            links: links(claimed, alert, now: now))
    }

    private func withoutAlert(_ claimed: ClaimedNotification) -> AlertText {
        switch claimed.kind {
        case .digest, .retryReport:
            let content = DigestWords.decode(claimed.body)
            return AlertText(
                title: claimed.subject, facts: [], paragraphs: content.paragraphs, tables: content.tables, tone: .info,
                links: overview(for: claimed))
        case .text, .raised, .reminder, .escalation, .resolved:
            return AlertText(title: claimed.subject, facts: [], paragraphs: [claimed.body])
        }
    }

    private func paragraphs(_ claimed: ClaimedNotification, _ alert: ToldAlert) -> [String] {
        var paragraphs: [String] = []
        if claimed.isFallback {
            paragraphs.append("You are told here because another channel does not deliver at the moment.")
        }
        if claimed.kind == .escalation {
            paragraphs.append("Nobody has acknowledged this alert in time.")
        }
        if claimed.mayBeRepeat {
            paragraphs.append("You may have been told this before: an earlier try was not answered.")
        }
        let detail = detail(of: alert, for: claimed)
        if !detail.isEmpty { paragraphs.append(detail) }
        if !alert.explained.isEmpty {
            paragraphs.append("With the same cause:\n" + alert.explained.map { "• \($0)" }.joined(separator: "\n"))
        }
        return paragraphs
    }

    /// A business has no use for the founders' pages, which details link to.
    private func detail(of alert: ToldAlert, for claimed: ClaimedNotification) -> String {
        guard claimed.tenantID != nil, let publicURL else { return alert.detail }
        return alert.detail.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.hasPrefix(publicURL + "/admin/") }.joined(separator: "\n")
    }

    private func links(_ claimed: ClaimedNotification, _ alert: ToldAlert, now: Timestamp) -> [AlertText.Link] {
        var links: [AlertText.Link] = []
        if !claimed.isResolved, alert.resolvedAt == nil, alert.acknowledgedBy == nil,
            let url = acknowledging(alert.id, Self.who(claimed), now)
        {
            links.append(AlertText.Link(label: "Acknowledge", url: url, isPrimary: true))
        }
        return links + overview(for: claimed)
    }

    private func overview(for claimed: ClaimedNotification) -> [AlertText.Link] {
        guard let publicURL else { return [] }
        let path = claimed.tenantID == nil ? "/admin/alerts" : "/dashboard/alerts"
        return [AlertText.Link(label: "Open the alerts", url: publicURL + path, isPrimary: false)]
    }

    // MARK: Several in one message

    private func storm(_ batch: [ClaimedNotification], why: String) -> AlertText {
        let told = Self.lastWords(of: batch)
        let critical = told.count { $0.alert?.severity == .critical && !$0.isResolved }
        let worst = critical > 0 ? ", \(critical) of them critical" : ""
        let severities = told.compactMap { $0.isResolved ? nil : $0.alert?.severity }
        return AlertText(
            title: "\(told.count) alerts\(worst)",
            facts: [],
            paragraphs: [why, Self.lines(of: told)],
            tone: severities.max().map { .init($0) } ?? .resolved,
            links: batch.first.map { overview(for: $0) } ?? [])
    }

    private func oneCause(_ batch: [ClaimedNotification], now: Timestamp) -> AlertText {
        let told = Self.lastWords(of: batch)
        let worstFirst = told.sorted { Self.isWorse($0, $1) }
        guard let worst = worstFirst.first, told.count > 1 else { return storm(batch, why: "") }
        let main = single(worst, now: now)
        return AlertText(
            title: main.title,
            facts: main.facts,
            paragraphs: main.paragraphs + [
                "With the same cause:\n" + Self.lines(of: Array(worstFirst.dropFirst()))
            ],
            tone: main.tone,
            links: main.links)
    }

    /// What is over by now is said once.
    private static func lastWords(of batch: [ClaimedNotification]) -> [ClaimedNotification] {
        let over = Set(batch.filter(\.isResolved).compactMap { $0.alert?.id })
        return batch.filter { claimed in
            guard let alert = claimed.alert else { return true }
            return claimed.isResolved || !over.contains(alert.id)
        }
    }

    private static func isWorse(_ left: ClaimedNotification, _ right: ClaimedNotification) -> Bool {
        func rank(_ claimed: ClaimedNotification) -> (Int, Int64) {
            guard let alert = claimed.alert, !claimed.isResolved else { return (3, 0) }
            let severity =
                switch alert.severity {
                case .critical: 0
                case .warning: 1
                case .info: 2
                }
            return (severity, alert.openedAt.microseconds)
        }
        return rank(left) < rank(right)
    }

    private static func lines(of batch: [ClaimedNotification]) -> String {
        var lines = batch.prefix(shownMax).compactMap { one in
            one.alert.map { alert in
                let whose = one.tenantID == nil ? "\(business(alert)), " : ""
                return "• [\(mark(one, alert))] \(alert.title) (\(whose)\(shown(alert.openedAt)))"
            }
        }
        if batch.count > shownMax { lines.append("… and \(batch.count - shownMax) more") }
        return lines.joined(separator: "\n")
    }

    // MARK: Pieces

    private static func mark(_ claimed: ClaimedNotification, _ alert: ToldAlert) -> String {
        switch claimed.kind {
        case .resolved: "RESOLVED"
        case .reminder: "REMINDER"
        case .escalation: "ESCALATED"
        case .raised, .text, .digest, .retryReport: alert.severity.rawValue.uppercased()
        }
    }

    private static func business(_ alert: ToldAlert) -> String {
        alert.tenantName ?? alert.tenantID?.description ?? "the platform"
    }

    /// As it is to stand in the alert's history.
    private static func who(_ claimed: ClaimedNotification) -> String {
        claimed.destination.contains("@") ? claimed.destination : "Slack"
    }

    /// To the second: nobody reads microseconds.
    private static func shown(_ instant: Timestamp) -> String {
        let text = instant.rfc3339
        return text.prefix(19).replacing("T", with: " ") + " UTC"
    }

    /// "45 minutes", "3 hours", "2 days".
    static func span(_ span: Duration) -> String {
        let seconds = max(0, span.components.seconds)
        func counted(_ number: Int64, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
        return switch seconds {
        case ..<120: counted(seconds, "second")
        case ..<7_200: counted(seconds / 60, "minute")
        case ..<172_800: counted(seconds / 3_600, "hour")
        default: counted(seconds / 86_400, "day")
        }
    }
}
