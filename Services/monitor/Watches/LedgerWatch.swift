import Models
import Runtime
import Storage

/// Holds each tenant's figures against its rows, one tenant after the other.
struct LedgerWatch: Sendable {
    /// After a tenant the check rests three times as long as it worked, within these bounds: while
    /// nothing else is due it keeps a quarter of one processor busy, not one.
    private static let rest = (least: Duration.milliseconds(20), most: Duration.seconds(2), factor: 3)

    let store: LedgerCheckStore
    let outlet: AlertOutlet
    let publicURL: String
    let interval: Duration
    private let seconds = MetricsRegistry.shared.histogram(
        "tidings_ledger_check_seconds",
        help: "Comparing one tenant's counts with its rows."
    )
    private let imbalances = MetricsRegistry.shared.counter(
        "tidings_ledger_imbalances_total",
        help: "Checks that found counts and rows to differ."
    )

    init(store: LedgerCheckStore, outlet: AlertOutlet, publicURL: String, interval: Duration) {
        self.store = store
        self.outlet = outlet
        self.publicURL = publicURL
        self.interval = interval
    }

    /// - Returns: whether another tenant may be due.
    func run() async throws -> Bool {
        let publicURL = publicURL
        let begun = ContinuousClock.now
        guard
            let (finding, news) = try await store.checkNext(
                every: interval,
                draft: { Self.draft($0, publicURL: publicURL) }
            )
        else { return false }
        let took = ContinuousClock.now - begun
        seconds.observe(took)
        if !finding.isBalanced {
            imbalances.increment()
            Log.error(
                "counts and rows of a tenant differ",
                [
                    "tenant": "\(finding.tenantID)",
                    "figures": finding.differences.map(\.figure).joined(separator: " "),
                ]
            )
        }
        outlet.tell(news)
        try? await Task.sleep(for: min(max(took * Self.rest.factor, Self.rest.least), Self.rest.most))
        return true
    }

    static func draft(_ finding: LedgerFinding, publicURL: String) -> AlertDraft {
        let business = finding.tenantName.isEmpty ? "A business" : finding.tenantName
        let lines = finding.differences.map { difference in
            "\(difference.figure): counted \(Piece.number(difference.counted)), found \(Piece.number(difference.rows))"
        }
        return AlertDraft(
            key: AlertKey(.ledgerImbalance, tenantID: finding.tenantID),
            title: "\(business): accepted messages and their states do not add up",
            detail: """
                The figures were held against \(Piece.number(finding.messages)) messages and differ:
                \(lines.joined(separator: "\n"))
                Who acts: the platform's operator. No message is lost by this: the rows are the truth, the figures are wrong.
                What to do: see the runbook "Duplicates, unanswered sends and the ledger".
                \(publicURL)/admin/delivery
                """,
            occurrences: 1
        )
    }
}
