import Runtime

/// `tidings doctor`: looks at everything that must be right before a message can go, and says what to do about what is
/// not. Reads the same settings as the services.
enum Doctor {
    static func run(_ arguments: Arguments, _ session: Session) async throws -> Int32 {
        try arguments.noMore(after: 0)
        var findings: [Finding] = []
        func look(_ title: String, _ checks: () async -> [Finding]) async {
            print(Terminal.coloured(title, .grey))
            for finding in await checks() {
                finding.show()
                findings.append(finding)
            }
        }
        let settings = session.settings
        await look("Settings") { SettingsCheckup(settings: settings).look() }
        await look("Postgres") { await DatabaseCheckup(settings: settings).look() }
        await look("Kafka") { await KafkaCheckup(settings: settings).look() }
        await look("Services") { await ServicesCheckup(settings: settings, client: session.client).look() }
        await look("Providers") { await ProviderCheckup(settings: settings, client: session.client).look() }
        await look("Webhook address") { await WebhookCheckup(settings: settings, client: session.client).look() }
        await look("Business") { await BusinessCheckup(session: session).look() }
        let bad = findings.count { $0.verdict == .bad }
        let doubtful = findings.count { $0.verdict == .doubtful }
        print("\n\(findings.count - bad - doubtful) fine, \(doubtful) to look at, \(bad) to mend")
        return bad == 0 ? 0 : 1
    }
}

/// What a look found, and what to do about it.
struct Finding: Equatable, Sendable {
    enum Verdict: Sendable {
        case fine
        case doubtful
        case bad
        /// Not asked for here.
        case skipped
    }

    let verdict: Verdict
    let text: String
    let remedy: String?

    static func fine(_ text: String) -> Finding { Finding(verdict: .fine, text: text, remedy: nil) }
    static func doubtful(_ text: String, _ remedy: String) -> Finding {
        Finding(verdict: .doubtful, text: text, remedy: remedy)
    }
    static func bad(_ text: String, _ remedy: String) -> Finding { Finding(verdict: .bad, text: text, remedy: remedy) }
    static func skipped(_ text: String) -> Finding { Finding(verdict: .skipped, text: text, remedy: nil) }

    func show() {
        let mark =
            switch verdict {
            case .fine: Terminal.coloured("  ok    ", .green)
            case .doubtful: Terminal.coloured("  look  ", .yellow)
            case .bad: Terminal.coloured("  BAD   ", .red)
            case .skipped: Terminal.coloured("  -     ", .grey)
            }
        print(mark + text)
        if let remedy { print("        → \(remedy)") }
        Terminal.flush()
    }
}
