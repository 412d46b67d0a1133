import Runtime

struct ProvidersSettings: Sendable {
    var listenAddress: String
    var listenPort: Int
    var smtpPort: Int
    /// Where webhooks are posted, as an app's dashboard at Meta would say.
    var webhookURL: String
    var appSecret: Secret
    /// Every delay of the stand-in is multiplied by it: 0.1 makes it ten times as quick.
    var timeScale: Double
    /// Between the answer and `sent`, `sent` and `delivered`, `delivered` and `read`.
    var receiptDelay: Duration
    /// Statuses in one POST. Meta sends up to 1,000.
    var batchMax: Int
    /// False: breaches of Meta's limits are counted, and nothing is refused for them.
    var enforcesLimits: Bool
    /// For each phone number; Meta grants 80 to begin with.
    var messagesPerSecond: Int
    /// Sends the oracle remembers one by one. What is older stays in the counts.
    var sendsKept: Int

    /// POSTs under way at once; Meta's own number is not published.
    static let postsInFlightMax = 8

    init(_ reader: SettingsReader) throws {
        listenAddress = reader.text("LISTEN_ADDRESS", default: "127.0.0.1")
        listenPort = reader.integer("LISTEN_PORT", default: 0, in: 0...65_535)
        smtpPort = reader.integer("SMTP_PORT", default: 0, in: 0...65_535)
        webhookURL = reader.url("WEBHOOK_URL")
        let secrets = reader.secret("META_APP_SECRETS").reveal().split(separator: ",")
        appSecret = Secret(secrets.first.map(String.init) ?? "")
        timeScale = 1
        receiptDelay = reader.duration(
            "SANDBOX_RECEIPT_DELAY",
            default: .milliseconds(30),
            in: .zero ... .seconds(3_600)
        )
        batchMax = reader.integer("SANDBOX_BATCH_MAX", default: 100, in: 1...1_000)
        enforcesLimits = reader.boolean("SANDBOX_ENFORCE_LIMITS", default: true)
        messagesPerSecond = reader.integer("SANDBOX_MESSAGES_PER_SECOND", default: 80, in: 1...1_000_000)
        sendsKept = reader.integer("SANDBOX_SENDS_KEPT", default: 2_000_000, in: 1_000...10_000_000)
        if let text = reader.optionalText("SANDBOX_TIME_SCALE") {
            if let scale = Double(text), scale > 0, scale <= 100 {
                timeScale = scale
            } else {
                reader.note("SANDBOX_TIME_SCALE", "must be a number above 0 and at most 100")
            }
        }
        try reader.finish()
    }

    func scaled(_ span: Duration) -> Duration { span * timeScale }
}
